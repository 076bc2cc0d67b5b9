import type { StoredObject } from '../api/types';
import { blank, get } from '../form/field';
import type { Column } from '../list/column';
import { Moment } from '../ui/Moment';
import type { Kind } from './kinds';
import { Value } from './Value';

/** The columns of a kind's list: its name, the fields that have a column, and when it was changed. */
export function columnsOf(kind: Kind): Column<StoredObject>[] {
  const seen = kind.fields({}, []).flatMap((field): Column<StoredObject>[] => {
    const { column } = field;
    if (column === undefined) return [];
    return [
      {
        id: field.name,
        title: column.title ?? field.label,
        width: column.width,
        ...(column.grow ? { grow: true } : {}),
        ...(column.hidden ? { hidden: true } : {}),
        ...(column.end ? { align: 'end' as const } : {}),
        ...(field.type === 'mono' ? { mono: true } : {}),
        blank: (object) => blank(get(object.spec, field.name)),
        render: (object) => <Value field={field} spec={object.spec} short />,
      },
    ];
  });
  return [
    { id: 'name', title: 'Name', width: 180, render: (object) => <strong title={object.name}>{object.name}</strong> },
    ...seen,
    { id: 'updated_at', title: 'Changed', width: 110, render: (object) => <Moment at={object.updated_at} /> },
  ];
}
