// What a gradient costs in values of the objective, and what lanes gain over plain numbers.

function ratioPoint(key) {
  return (row) => ({ x: row.n, y: row[key], text: `n = ${row.n}: ${ratioText(row[key])} (${timeText(row.ns)})` });
}

const ratioLines = (rows, key) => linesBy(drawn(rows), pairOf, ratioPoint(key), lanesLook);

charts.cost = () => {
  const rows = report.timings.filter((row) => holds(row) && row.method !== "primal");
  const sizes = rising(rows.map((row) => row.n));
  const parts = [
    ["scalar lanes ÷ scalar primal", "cost", rows.filter((row) => row.lanes === "scalar" && row.cost)],
    [
      "SIMD lanes ÷ fastest primal",
      "over",
      rows.filter((row) => ["directions", "elements"].includes(row.lanes) && row.over),
    ],
  ].filter(([, , part]) => part.length > 0);
  const most = Math.max(...parts.flatMap(([, key, part]) => part.map((row) => row[key])));
  const count = sizes.filter((n) => n + 1 <= 2 * most);
  return {
    panels: parts.map(([title, key, part]) => ({
      title,
      x: axes.size(sizes),
      y: axes.ratio("gradient ÷ primal"),
      guides: [{ y: 1, solid: true }],
      traces: [
        {
          ...guideLine(
            count,
            count.map((n) => n + 1),
            { dash: "6px,3px" },
          ),
          name: "n + 1 values",
          legendgroup: "n + 1 values",
          showlegend: true,
        },
        ...ratioLines(part, key),
      ],
    })),
    sharedX: true,
    sharedY: true,
    alt:
      `Log-log charts of gradient time over primal time of ${selection.problem} (${viewText()}) against n. At the largest n: ` +
      parts
        .flatMap(([, key, part]) =>
          part.filter((row) => row.n === sizes.at(-1)).map((row) => `${pairOf(row)} ${ratioText(row[key])}`),
        )
        .join("; "),
    note: "Dash: lanes. Grey dashes: n + 1, the number of values that forward differences take.",
    header: ["method/lanes", "n", "÷ scalar primal", "÷ fastest primal"],
    rows: rows.map((row) => [pairOf(row), cell.whole(row.n), cell.ratio(row.cost), cell.ratio(row.over)]),
  };
};

charts.speedup = () => {
  const rows = report.timings.filter((row) => holds(row) && row.speedup && row.lanes !== "scalar");
  const lanes = report.registers[`${selection.dtype} ${selection.backend}`];
  const most = [...rows].sort((a, b) => b.speedup - a.speedup).slice(0, 4);
  return {
    panels: report.lanes
      .filter((name) => rows.some((row) => row.lanes === name))
      .map((name) => ({
        title: name,
        x: axes.size(rows.map((row) => row.n)),
        y: axes.ratio("times faster than scalar"),
        guides: [{ y: 1, solid: true }, ...(lanes ? [{ y: lanes, text: `${lanes} lanes a register` }] : [])],
        traces: ratioLines(
          rows.filter((row) => row.lanes === name),
          "speedup",
        ),
      })),
    columns: 3,
    sharedX: true,
    sharedY: true,
    alt:
      `Log-log charts of the speedup over scalar lanes of ${selection.problem} (${viewText()}) against n, by lane axis. Largest: ` +
      most.map((row) => `${pairOf(row)} ${ratioText(row.speedup)} at n = ${row.n}`).join("; "),
    header: ["method/lanes", "n", "times faster", "baseline"],
    rows: rows.map((row) => [pairOf(row), cell.whole(row.n), cell.ratio(row.speedup), row.baseline]),
  };
};
