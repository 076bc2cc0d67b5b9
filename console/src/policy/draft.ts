/** Reads a draft: the documents that `doorward apply -f` takes. Pure. */
import { parseAllDocuments } from 'yaml';

export type DraftDocument = { kind: string; name: string; spec?: unknown };

export type Draft = { documents: DraftDocument[] } | { wrong: string };

/** Documents in YAML or JSON, one after another or in a list; none at all is a draft too. */
export function readDraft(text: string): Draft {
  try {
    // What is said of an error without its place is on its first line; the rest draws the place with spaces and arrows.
    const values = [...parseAllDocuments(text)].map((part): unknown => {
      const [error] = part.errors;
      if (error !== undefined) throw error;
      return part.toJS();
    });
    const documents = values.flat().filter((value) => value !== null && value !== undefined);
    const nth = documents.findIndex((value) => !isDocument(value));
    return nth < 0 ? { documents: documents as DraftDocument[] } : { wrong: `Document ${nth + 1} needs a kind and a name` };
  } catch (thrown) {
    const [first = ''] = (thrown instanceof Error ? thrown.message : String(thrown)).split('\n');
    return { wrong: first.replace(/:$/, '') };
  }
}

function isDocument(value: unknown): boolean {
  const { kind, name } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  return typeof kind === 'string' && typeof name === 'string';
}
