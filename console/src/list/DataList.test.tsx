import { fireEvent, render, screen } from '@testing-library/react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Provider } from '../ui/Provider';
import type { Column } from './column';
import { DataList } from './DataList';
import { useLayout } from './useLayout';
import { useSelection } from './useSelection';

interface Fruit {
  name: string;
  weight: number;
}

const columns: Column<Fruit>[] = [
  { id: 'name', title: 'Name', width: 120, sort: 'name', render: (fruit) => fruit.name },
  { id: 'weight', title: 'Weight', width: 80, render: (fruit) => fruit.weight },
  { id: 'secret', title: 'Secret', width: 80, hidden: true, render: () => 'x' },
];
const fruits = ['apple', 'banana', 'cherry', 'date'].map((name, at) => ({ name, weight: at }));

function Fruits({ rows = fruits, onOpen, onSort }: { rows?: Fruit[]; onOpen?: (fruit: Fruit) => void; onSort?: (field: string) => void }) {
  const layout = useLayout('fruits', columns);
  const selection = useSelection();
  return (
    <>
      <output data-testid="picked">{[...selection.picked].join(' ')}</output>
      <DataList
        label="Fruits"
        rows={rows}
        layout={layout}
        keyOf={(fruit) => fruit.name}
        nameOf={(fruit) => fruit.name}
        selection={selection}
        sort={{ field: 'name', down: false }}
        total={rows.length}
        empty="No fruit"
        {...(onOpen ? { onOpen } : {})}
        {...(onSort ? { onSort } : {})}
      />
    </>
  );
}

const show = (props: Parameters<typeof Fruits>[0] = {}) => render(<Fruits {...props} />, { wrapper: Provider });
const grid = () => screen.getByRole('grid', { name: 'Fruits' });
const press = (...keys: string[]) => keys.forEach((key) => fireEvent.keyDown(grid(), { key }));

beforeEach(() => {
  localStorage.clear();
  // Nothing has a size without a layout, and a list without a height draws no rows.
  for (const [side, pixels] of [['clientHeight', 600], ['clientWidth', 900]] as const) {
    Object.defineProperty(HTMLElement.prototype, side, { configurable: true, value: pixels });
  }
  vi.spyOn(window, 'matchMedia').mockImplementation(
    (query) => ({ matches: false, media: query, addEventListener: () => {}, removeEventListener: () => {} }) as unknown as MediaQueryList,
  );
});

describe('a list', () => {
  it('shows its columns but for those that wait in the chooser', () => {
    show();
    expect(screen.getAllByRole('columnheader').map((head) => head.textContent)).toEqual(['', 'Name', 'Weight']);
    expect(screen.getByRole('columnheader', { name: /Name/ }).getAttribute('aria-sort')).toBe('ascending');
  });
  it('opens the row that the keyboard is on', () => {
    const onOpen = vi.fn();
    show({ onOpen });
    press('j', 'ArrowDown', 'k', 'Enter');
    expect(onOpen).toHaveBeenCalledWith(fruits[0], undefined);
  });
  it('opens the row that is clicked, but not when a tick is meant', () => {
    const onOpen = vi.fn();
    show({ onOpen });
    fireEvent.click(screen.getByRole('checkbox', { name: 'Select cherry' }));
    expect(onOpen).not.toHaveBeenCalled();
    fireEvent.click(screen.getByRole('gridcell', { name: 'cherry' }));
    expect(onOpen).toHaveBeenCalledWith(fruits[2], expect.objectContaining({ type: 'click' }));
  });
  it('ticks ranges with shift, and all with the box above', () => {
    show();
    fireEvent.click(screen.getByRole('checkbox', { name: 'Select apple' }));
    fireEvent.click(screen.getByRole('checkbox', { name: 'Select cherry' }), { shiftKey: true });
    expect(screen.getByTestId('picked').textContent).toBe('apple banana cherry');
    fireEvent.click(screen.getByRole('checkbox', { name: 'Select all loaded rows' }));
    expect(screen.getByTestId('picked').textContent).toBe('apple banana cherry date');
  });
  it('keeps ticks by key when the rows are read anew', () => {
    const { rerender } = show();
    press('j', 'x');
    rerender(<Fruits rows={fruits.toReversed()} />);
    expect(screen.getByRole('checkbox', { name: 'Select apple' })).toHaveProperty('checked', true);
  });
  it('asks the server to sort', () => {
    const onSort = vi.fn();
    show({ onSort });
    fireEvent.click(screen.getByRole('button', { name: /Name/ }));
    expect(onSort).toHaveBeenCalledWith('name');
  });
  it('says so when there is nothing', () => {
    show({ rows: [] });
    expect(screen.getByText('No fruit')).toBeTruthy();
  });
});
