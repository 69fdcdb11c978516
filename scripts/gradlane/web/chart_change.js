// Two runs: the time of this one over that of the other, against n.

charts.change = () => {
  const rows = (report.changes ?? []).filter(holds);
  if (rows.length === 0) return null;
  const timed = rows.filter((row) => row.ratio);
  const point = (row) => ({
    x: row.n,
    y: row.ratio,
    low: row.low,
    high: row.high,
    text: `n = ${row.n}: ${changeText(row.ratio)} (${timeText(row.base)} → ${timeText(row.candidate)}), ${row.verdict}`,
  });
  const bound = timed[0]?.threshold ?? 0;
  const panels = report.lanes
    .filter((lanes) => timed.some((row) => row.lanes === lanes))
    .map((lanes) => ({
      title: lanes,
      x: axes.size(timed.map((row) => row.n)),
      y: { type: "log", title: "time ÷ that of the base", tickformat: ".2f", nticks: 8 },
      guides: [
        { y: 1, solid: true },
        { y: 1 + bound, text: "" },
        { y: 1 / (1 + bound), text: "" },
      ],
      traces: linesBy(drawn(timed.filter((row) => row.lanes === lanes)), (row) => row.method, point),
    }));
  const counts = [...groupBy(rows, (row) => row.verdict)].map(([verdict, group]) => `${group.length} ${verdict}`);
  return {
    panels,
    sharedX: true,
    sharedY: true,
    alt: `Charts of the time of ${selection.problem} (${viewText()}) over that of the base against n, by lane axis. ${counts.join(", ")}.`,
    note: `Below 1: faster than the base. Bars: interval of the ratio. Dotted: the threshold of ${100 * bound} %.`,
    header: [
      "method/lanes",
      "n",
      "points",
      "verdict",
      "change",
      "lowest",
      "highest",
      "base",
      "candidate",
      "error of the base",
      "error of the candidate",
    ],
    rows: rows.map((row) => [
      pairOf(row),
      cell.whole(row.n),
      cell.whole(row.points),
      row.verdict,
      ...[row.ratio, row.low, row.high].map((value) => ({ value, text: changeText(value) })),
      cell.time(row.base),
      cell.time(row.candidate),
      cell.error(row.base_error ?? 0),
      cell.error(row.candidate_error ?? 0),
    ]),
  };
};

const changeText = (ratio) =>
  missing(ratio) ? NONE : `${ratio >= 1 ? "+" : "−"}${Math.abs(100 * (ratio - 1)).toFixed(1)} %`;
