// Against other libraries: the two methods that stand for ours, and theirs.

const isReverse = (row) => row.method.startsWith("reverse");

charts.peers = () => {
  const theirs = report.timings.filter(
    (row) =>
      row.problem === selection.problem &&
      row.dtype === selection.dtype &&
      row.threads === selection.threads &&
      row.peer,
  );
  if (theirs.length === 0) return null;
  const ours = report.timings.filter((row) => holds(row) && report.peers.panels.some(([pair]) => pair === pairOf(row)));
  const counterpart = (row) => ours.find((mine) => mine.n === row.n && isReverse(mine) === isReverse(row));
  const over = (row) => (counterpart(row) ? row.ns / counterpart(row).ns : null);
  const everything = [...ours, ...theirs];
  const dash = (row) =>
    /replayed|difference/.test(row.method)
      ? report.pens.lanes.scalar
      : row.lanes === "scalar"
        ? "solid"
        : report.pens.lanes[row.lanes];
  const panel = ([pair, title]) => {
    const mine = ours.filter((row) => pairOf(row) === pair);
    const group = theirs.filter((row) => isReverse(row) === pair.startsWith("reverse"));
    return {
      title,
      x: axes.size(everything.map((row) => row.n)),
      y: axes.time(),
      guides: cacheGuides(),
      traces: [
        ...linesBy(mine, pairOf, timePoint, (row) => ({
          name: pairOf(row),
          named: true,
          colour: report.peers.ours,
          width: 4,
        })),
        ...linesBy(
          group,
          (row) => row.peer,
          timePoint,
          (row) => ({
            name: row.peer,
            named: true,
            colour: report.peers.colours[row.backend],
            dash: dash(row),
            width: 1.6,
          }),
        ),
      ],
    };
  };
  const best = [...groupBy(theirs, (row) => `${row.n} ${isReverse(row)}`).values()].map(fastest).filter(over);
  return {
    panels: report.peers.panels.map(panel),
    sharedX: true,
    sharedY: true,
    alt:
      `Log-log charts of the time per gradient of ${selection.problem} (${selection.dtype}) against n, ours and other libraries'. The fastest library: ` +
      byN(best)
        .map((row) => `n = ${row.n}: ${row.peer} takes ${ratioText(over(row))} our time`)
        .join("; "),
    note: "Orange, wide: ours.",
    header: ["implementation", "n", "median", "interval", "÷ ours", "prepare", "error"],
    rows: everything.map((row) => [
      `${row.backend} ${pairOf(row)}`,
      cell.whole(row.n),
      cell.time(row.ns),
      cell.span(row.low, row.high),
      cell.ratio(over(row)),
      cell.time(row.prepare),
      cell.error(row.error),
    ]),
  };
};
