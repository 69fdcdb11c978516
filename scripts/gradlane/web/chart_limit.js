// How near to the machine's limit: the share of it that was reached, against n.

charts.limit = () => {
  const rows = report.timings.filter(
    (row) =>
      row.problem === selection.problem &&
      row.backend === selection.backend &&
      row.threads === selection.threads &&
      row.lanes !== "points" &&
      row.fraction,
  );
  const best = [...groupBy(rows.filter(holds), (row) => row.n).values()].map((group) =>
    group.reduce((a, b) => (a.fraction >= b.fraction ? a : b)),
  );
  const least = Math.min(...rows.map((row) => row.fraction));
  return {
    shown: `${selection.problem}, ${selection.backend}, ${threadsText(selection.threads)}`,
    panels: precisions(rows).map((dtype) => ({
      title: dtype,
      x: axes.size(rows.map((row) => row.n)),
      y: axes.share("share of the limit", Math.max(least / 1.3, 1e-4)),
      guides: [{ y: 1, solid: true, text: "the limit" }],
      traces: linesBy(
        drawn(rows.filter((row) => row.dtype === dtype)),
        pairOf,
        (row) => ({
          x: row.n,
          y: row.fraction,
          low: (row.fraction * row.ns) / row.high,
          high: (row.fraction * row.ns) / row.low,
          text: `n = ${row.n}: ${shareText(row.fraction)} of the limit of ${timeText(row.limit)}, bound by ${row.bound}`,
        }),
        lanesLook,
      ),
    })),
    sharedX: true,
    sharedY: true,
    alt:
      `Log-log charts of the fraction of the machine's limit of ${selection.problem} (${selection.backend}, ${threadsText(selection.threads)}) against n. Nearest: ` +
      byN(best)
        .map((row) => `${pairOf(row)} ${shareText(row.fraction)} at n = ${row.n}`)
        .join("; "),
    note: "Dash: lanes. What bounds the limit is under the pointer and in the table.",
    header: ["method/lanes", "precision", "n", "time", "limit", "bound by", "fraction"],
    rows: rows.map((row) => [
      pairOf(row),
      row.dtype,
      cell.whole(row.n),
      cell.time(row.ns),
      cell.time(row.limit),
      row.bound,
      cell.number(row.fraction),
    ]),
  };
};
