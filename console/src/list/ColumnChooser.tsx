import { useState } from 'react';
import { Button } from '../ui/Button';
import { CheckField } from '../ui/fields';
import { IconButton } from '../ui/IconButton';
import { IconColumns } from '../ui/icons';
import { Popup } from '../ui/Popup';
import { isShown, type Column } from './column';
import type { LayoutState } from './useLayout';
import styles from './ColumnChooser.module.css';

/** Which columns are shown. */
export function ColumnChooser<T>({ columns, state }: { columns: Column<T>[]; state: LayoutState<T> }) {
  const [open, setOpen] = useState(false);
  return (
    <Popup
      open={open}
      onChange={setOpen}
      label="Columns"
      width={290}
      button={
          <IconButton label="Columns" on={open} aria-expanded={open} onClick={() => setOpen(!open)}>
            <IconColumns size={18} />
          </IconButton>
      }
    >
      <div className={styles['list']}>
        {columns.map((column) => (
          <CheckField
            key={column.id}
            label={column.title}
            help={column.help}
            value={isShown(column, state.layout)}
            onChange={(on) => state.show(column.id, on)}
          />
        ))}
      </div>
      <div className={styles['foot']}>
        <Button small tone="quiet" onClick={state.reset}>
          Reset columns and widths
        </Button>
      </div>
    </Popup>
  );
}
