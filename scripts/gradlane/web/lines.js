// From rows to lines, a line for each method or pair.

// Methods in colour, and the others unless they were sent away.
const drawn = (rows) => rows.filter((row) => chosen(row.method) || selection.others);

const plainLook = (row) => ({ mark: markOf(row.dtype), title: pairOf(row) });
const lanesLook = (row) => ({ ...plainLook(row), dash: report.pens.lanes[row.lanes] });

// Rows with the same key are one line by rising n, named by its method unless the look says otherwise.
function linesBy(rows, key, point, look = plainLook) {
  return [...groupBy(rows, key).values()].map((group) => {
    const { name = group[0].method, ...rest } = look(group[0]);
    const points = byN(group).map(point);
    return lineOf(
      name,
      group[0].method,
      points.filter(({ y }) => y > 0),
      rest,
    );
  });
}
