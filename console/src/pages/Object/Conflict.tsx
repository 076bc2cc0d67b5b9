import { useQuery } from '@tanstack/react-query';
import { api, body } from '../../api/client';
import type { StoredObject } from '../../api/types';
import { get, type Field, type Values } from '../../form/field';
import { Value } from '../../object/Value';
import { Button } from '../../ui/Button';
import { Moment } from '../../ui/Moment';
import { Notice } from '../../ui/Notice';
import styles from './Conflict.module.css';

interface Props {
  kind: string;
  name: string;
  fields: Field[];
  /** What it said when it was opened, and what is to be saved. */
  before: StoredObject;
  mine: Values;
  onTakeTheirs(): void;
  onSaveMine(version: number): void;
}

/** Someone else was faster: what they changed, and the two ways on. */
export function Conflict({ kind, name, fields, before, mine, onTakeTheirs, onSaveMine }: Props) {
  const theirs = useQuery({
    queryKey: ['object', kind, name, 'theirs'],
    staleTime: 0,
    gcTime: 0,
    queryFn: ({ signal }) => body(api.GET('/v1/objects/{kind}/{name}', { params: { path: { kind, name } }, signal })),
  });
  const now = theirs.data;
  const same = (field: Field) => now !== undefined && JSON.stringify(get(now.spec, field.name)) === JSON.stringify(get(mine, field.name));
  const differ = now === undefined ? [] : fields.filter((field) => !field.type.startsWith('secret') && !same(field));
  return (
    <div role="alert">
      <Notice tone="warn" title="Not saved: someone else has changed this in the meantime">
        {theirs.isError && <p>It cannot be read any more; it may have been removed.</p>}
        {now !== undefined && (
          <>
            <p>
              You opened version {before.version}; now it is version {now.version}, changed <Moment at={now.updated_at} />.
            </p>
            {differ.length === 0 ? (
              <p>It says what you wanted to save.</p>
            ) : (
              <div className={styles['scroll']} tabIndex={0} role="region" aria-label="What differs">
                <table className={styles['differ']}>
                  <thead>
                    <tr>
                      <th scope="col">Field</th>
                      <th scope="col">Yours</th>
                      <th scope="col">Theirs</th>
                    </tr>
                  </thead>
                  <tbody>
                    {differ.map((field) => (
                      <tr key={field.name}>
                        <th scope="row">{field.label}</th>
                        <td>
                          <Value field={field} spec={mine} />
                        </td>
                        <td>
                          <Value field={field} spec={now.spec} />
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            )}
            <div className={styles['buttons']}>
              <Button onClick={onTakeTheirs}>Take theirs, drop mine</Button>
              {differ.length > 0 && <Button onClick={() => onSaveMine(now.version)}>Save mine over it</Button>}
            </div>
          </>
        )}
      </Notice>
    </div>
  );
}
