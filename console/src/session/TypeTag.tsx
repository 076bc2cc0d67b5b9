import { Tag } from '../ui/Tag';

/** Names that would not fit into a column. */
const SHORT: Record<string, string> = { postgres: 'PGSQL', mongodb: 'MONGO', kubernetes: 'K8S' };

/** The protocol of a resource; of databases also the engine. */
export function TypeTag({ type, engine }: { type: string; engine?: string | null | undefined }) {
  const word = engine ?? type;
  const short = SHORT[word];
  return short === undefined ? (
    <Tag>{word.toUpperCase()}</Tag>
  ) : (
    <abbr title={word} style={{ textDecoration: 'none' }}>
      <Tag>{short}</Tag>
    </abbr>
  );
}
