/** What several kinds of objects say. */
import type { Field } from '../form/field';

export const description: Field = { name: 'description', label: 'Description', type: 'area', column: { width: 220, grow: true } };
export const where = (section: string): Field => ({
  name: 'resources',
  label: 'Resources',
  type: 'selector',
  kind: 'resource',
  all: 'Every resource',
  section,
  column: { width: 220, grow: true },
});
