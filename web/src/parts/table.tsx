// A plain table for the smaller views: columns as functions of a row, numbers to the right.
import type { ComponentChildren } from 'preact';

export interface Column<T> { title: string; right?: boolean; cell: (row: T) => ComponentChildren; sort?: (row: T) => string | number }

export function Table<T>({ label, columns, rows, keyOf }: { label: string; columns: Column<T>[]; rows: T[]; keyOf: (row: T) => string }) {
  return (
    <div class="sheet">
      <table aria-label={label}>
        <thead><tr>{columns.map((column) => <th scope="col" class={column.right ? 'n' : ''}>{column.title}</th>)}</tr></thead>
        <tbody>
          {rows.map((row) => <tr key={keyOf(row)}>{columns.map((column) => <td class={column.right ? 'n' : ''}>{column.cell(row)}</td>)}</tr>)}
        </tbody>
      </table>
    </div>
  );
}
