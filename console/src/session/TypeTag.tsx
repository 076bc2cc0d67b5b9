import { Tag } from '../ui/Tag';

/** The protocol of a resource; of databases also the engine. */
export function TypeTag({ type, engine }: { type: string; engine?: string | null | undefined }) {
  return <Tag>{(engine ?? type).toUpperCase()}</Tag>;
}
