// Time per gradient against n, a panel per lane axis.

// Of the shown view: what may be named for one point, fastest by n.
const fastestSingle = (rows) =>
  [
    ...groupBy(
      rows.filter((row) => row.lanes !== "points" && !report.references.includes(row.method)),
      (row) => row.n,
    ).values(),
  ].map(fastest);

const timePoint = (row) => ({
  x: row.n,
  y: row.ns,
  low: row.low,
  high: row.high,
  text:
    `n = ${row.n}: ${timeText(row.ns)} (${timeText(row.low)} to ${timeText(row.high)})` +
    (row.method === "primal" ? "" : `, error ${errorText(row.error)}`),
});

const cacheGuides = () =>
  report.edges
    .filter(([problem, dtype]) => problem === selection.problem && dtype === selection.dtype)
    .map(([, , level, n]) => ({ x: n, text: level }));

charts.time = () => {
  const rows = report.timings.filter(holds);
  const gradients = rows.filter((row) => row.method !== "primal");
  const best = byN(fastestSingle(gradients));
  const band = guideLine(
    best.map((row) => row.n),
    best.map((row) => row.ns),
    { colour: theme().band, width: 9 },
  );
  const panels = report.lanes
    .filter((lanes) => gradients.some((row) => row.lanes === lanes))
    .map((lanes) => ({
      title: lanes,
      x: axes.size(rows.map((row) => row.n)),
      y: axes.time(),
      guides: lanes === "points" ? [] : cacheGuides(),
      traces: [
        band,
        ...linesBy(drawn(gradients.filter((row) => row.lanes === lanes)), (row) => row.method, timePoint, lanesLook),
      ],
    }));
  const said = best.map((row) => `${pairOf(row)} at n = ${row.n} with ${timeText(row.ns)}`).join("; ");
  return {
    panels,
    sharedX: true,
    sharedY: true,
    alt: `Log-log charts of the time per gradient of ${selection.problem} (${viewText()}) against n, by lane axis. Fastest automatic method for one point: ${said}.`,
    note: "Pale band in every panel: the fastest automatic method for one point.",
    header: ["method/lanes", "n", "median", "interval", "per component", "prepare", "plan bytes", "error"],
    rows: rows.map((row) => [
      pairOf(row),
      cell.whole(row.n),
      cell.time(row.ns),
      cell.span(row.low, row.high),
      cell.time(row.ns / row.n),
      cell.time(row.prepare),
      cell.whole(row.bytes),
      row.method === "primal" ? cell.whole(null) : cell.error(row.error),
    ]),
  };
};
