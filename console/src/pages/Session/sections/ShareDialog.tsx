import { useState } from 'react';
import { Problem } from '../../../api/problem';
import { useSharing, type ShareForm } from '../../../session/useShares';
import { Button } from '../../../ui/Button';
import { Command } from '../../../ui/Command';
import { Dialog } from '../../../ui/Dialog';
import { AreaField, SelectField } from '../../../ui/fields';
import { TagsField } from '../../../ui/many';
import { Notice } from '../../../ui/Notice';
import styles from '../../../session/OrderDialog.module.css';

const DAY = 86_400;
const LASTS = [
  { value: String(3600), label: '1 hour' },
  { value: String(DAY), label: '1 day' },
  { value: String(7 * DAY), label: '7 days' },
  { value: String(30 * DAY), label: '30 days' },
  { value: String(90 * DAY), label: '90 days' },
];
const empty: ShareForm = { users: [], groups: [], note: '', lasts: 7 * DAY };

/** Chooses who is shown a session, and gives the link that only they can use. */
export default function ShareDialog({ session, onClose }: { session: string; onClose(): void }) {
  const [form, setForm] = useState(empty);
  const { share } = useSharing(session);
  const set = (part: Partial<ShareForm>) => setForm((old) => ({ ...old, ...part }));
  return (
    <Dialog open onClose={onClose} title="Share this session">
      {share.data === undefined ? (
        <form
          className={styles['form']}
          onSubmit={(event) => {
            event.preventDefault();
            share.mutate(form);
          }}
        >
          <p className="muted">They see its details and its replay, and cannot take files out. That they look is on record.</p>
          <TagsField label="People" help="Login names, each followed by Enter" value={form.users} onChange={(users) => set({ users })} />
          <TagsField label="Groups" help="Such as reviewers" value={form.groups} onChange={(groups) => set({ groups })} />
          <SelectField label="For" value={String(form.lasts)} onChange={(lasts) => set({ lasts: Number(lasts ?? DAY) })} choices={LASTS} />
          <AreaField label="Note" help="Kept in the audit log" value={form.note} onChange={(note) => set({ note })} rows={2} />
          {share.isError && <Notice tone="danger" title={Problem.of(share.error).message} />}
          <div className={styles['buttons']}>
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" tone="primary" busy={share.isPending}>
              Share
            </Button>
          </div>
        </form>
      ) : (
        <div className={styles['form']}>
          <Notice tone="info" title="The link opens the session for those people, and for nobody else" />
          <Command line={`${location.origin}${share.data.link}`} what="link" />
          <div className={styles['buttons']}>
            <Button tone="primary" onClick={onClose}>
              Done
            </Button>
          </div>
        </div>
      )}
    </Dialog>
  );
}
