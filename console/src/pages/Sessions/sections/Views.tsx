import { useState } from 'react';
import { isAdmin, useMe } from '../../../api/me';
import { Problem } from '../../../api/problem';
import { Button } from '../../../ui/Button';
import { SwitchField, TextField } from '../../../ui/fields';
import { IconButton } from '../../../ui/IconButton';
import { IconBookmark, IconTrash } from '../../../ui/icons';
import { Notice } from '../../../ui/Notice';
import { Popup } from '../../../ui/Popup';
import { toast } from '../../../ui/toast';
import { readView, useViews, writeView } from '../useViews';
import type { FilterProps } from './FilterBar';
import styles from './Views.module.css';

/** Filters and order kept by a name: for oneself, or, by administrators, for everybody. */
export function Views({ filters, set }: FilterProps) {
  const me = useMe();
  const { views, error, save, remove } = useViews();
  const [open, setOpen] = useState(false);
  const [name, setName] = useState('');
  const [shared, setShared] = useState(false);
  const here = writeView(filters);
  const current = views.find((view) => view.query === here);
  const trouble = save.error ?? remove.error ?? error;
  const keep = () =>
    save.mutate(
      { name: name.trim(), filters, shared },
      {
        onSuccess: () => {
          toast(`View ${name.trim()} saved`);
          setName('');
          setOpen(false);
        },
      },
    );
  return (
    <Popup
      open={open}
      onChange={setOpen}
      label="Saved views"
      width={300}
      button={
        <Button aria-label={current?.name ?? 'Views'} aria-expanded={open} onClick={() => setOpen(!open)}>
          <span className={styles['face']}>
            <IconBookmark size={15} />
            <span className={styles['current']}>{current?.name ?? 'Views'}</span>
          </span>
        </Button>
      }
    >
      {views.length > 0 && (
        <ul className={styles['list']} aria-label="Saved views">
          {views.map((view) => (
            <li key={`${view.shared} ${view.name}`}>
              <button
                type="button"
                className={styles['view']}
                aria-current={view === current || undefined}
                onClick={() => {
                  set(readView(view.query));
                  setOpen(false);
                }}
              >
                <span>{view.name}</span>
                {view.shared && <span className="muted">for everybody</span>}
              </button>
              {(!view.shared || isAdmin(me)) && (
                <IconButton small label={`Remove view ${view.name}`} onClick={() => remove.mutate(view)}>
                  <IconTrash size={14} />
                </IconButton>
              )}
            </li>
          ))}
        </ul>
      )}
      <form
        className={styles['save']}
        onSubmit={(event) => {
          event.preventDefault();
          keep();
        }}
      >
        <TextField label="Save what is shown now as" placeholder="Failed this week" value={name} onChange={setName} />
        {isAdmin(me) && <SwitchField label="For everybody" value={shared} onChange={setShared} />}
        {trouble !== null && <Notice tone="danger" title={Problem.of(trouble).title}>{Problem.of(trouble).message}</Notice>}
        <Button type="submit" small tone="primary" disabled={name.trim() === ''} busy={save.isPending}>
          Save view
        </Button>
      </form>
    </Popup>
  );
}
