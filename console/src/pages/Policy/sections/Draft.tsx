import { useQueries } from '@tanstack/react-query';
import { objectsQuery } from '../../../api/objects';
import { kinds } from '../../../object/kinds';
import { toYaml } from '../../../object/yaml';
import { DRAFTED } from '../../../policy/drafted';
import { Replay } from '../../../policy/Replay';
import { SINCE, USUAL } from '../../../policy/words';
import { Button } from '../../../ui/Button';
import { AreaField, SelectField } from '../../../ui/fields';
import styles from '../Policy.module.css';
import type { PolicyState } from '../usePolicy';

/** Holds a draft of rules against what was done. */
export function Draft({ policy }: { policy: PolicyState }) {
  const { text, setText, draft, since, setSince, asked, replay } = policy;
  const wrong = 'wrong' in draft ? draft.wrong : undefined;
  const other = asked !== null && (since !== asked.since || ('documents' in draft && JSON.stringify(draft.documents) !== JSON.stringify(asked.documents)));
  return (
    <>
      <form
        className={styles['draft']}
        onSubmit={(event) => {
          event.preventDefault();
          replay();
        }}
      >
        <BeginWith onPick={(yaml) => setText(text.trim() === '' ? yaml : `${text.trimEnd()}\n---\n${yaml}`)} />
        <AreaField
          label="Draft"
          help="Documents as for doorward apply -f, in YAML or JSON, taken as applied. Without any, the rules of today are held against what was done."
          mono
          rows={8}
          value={text}
          onChange={setText}
          error={wrong}
        />
        <div className={styles['ways']}>
          <SelectField label="Period" choices={SINCE} value={since} onChange={(next) => setSince(next ?? USUAL)} />
          <Button type="submit" tone="primary" disabled={wrong !== undefined}>
            Show what would change
          </Button>
          {text !== '' && <Button onClick={() => setText('')}>Clear</Button>}
          {other && <span className="muted">The draft has changed since</span>}
        </div>
      </form>
      {asked !== null && (
        <section className={styles['results']} aria-label="What the draft would have changed">
          <Replay asked={asked} />
        </section>
      )}
    </>
  );
}

/** Puts an object that there is into the draft, to be changed there. */
function BeginWith({ onPick }: { onPick(yaml: string): void }) {
  const lists = useQueries({ queries: DRAFTED.map((kind) => objectsQuery(kind)) });
  const objects = lists.flatMap((list) => list.data ?? []);
  return (
    <SelectField
      label="Begin with what there is"
      placeholder="An access rule, a profile or a group"
      searchable
      choices={objects.map(({ kind, name }) => ({ value: `${kind}/${name}`, label: `${kinds[kind]?.one ?? kind} ${name}` }))}
      value={null}
      onChange={(picked) => {
        const object = objects.find(({ kind, name }) => `${kind}/${name}` === picked);
        if (object !== undefined) onPick(toYaml(object.kind, object.name, object.spec));
      }}
    />
  );
}
