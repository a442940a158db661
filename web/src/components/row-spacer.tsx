// The room of the rows of a table that are not drawn.

export function RowSpacer({ columns, height }: { columns: number; height: number }) {
  if (height <= 0) return null;
  return (
    <tr class="gap" aria-hidden="true">
      <td colSpan={columns} style={{ height: `${height}px` }} />
    </tr>
  );
}
