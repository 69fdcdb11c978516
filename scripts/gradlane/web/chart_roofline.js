// The roofline: operations a second against operations a byte, below what was measured as the most of either.

const INTENSITIES = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 1000];
const intensity = (row) => row.operations / row.traffic;
const operationRate = (row) => (row.operations / row.ns) * 1e9;

// Flat roofs of arithmetic, a slope for each level of the memory: its best probe.
function roofsOf(low, high, bottom) {
  const mine = report.roofs.filter(
    (roof) =>
      roof.backend === selection.backend && roof.dtype === selection.dtype && roof.threads === selection.threads,
  );
  const rate = (probe) => mine.find((roof) => roof.probe === probe && !roof.level)?.rate;
  if (!rate("multiply_add")) return null;
  const peak = 2 * rate("multiply_add");
  const roof = (x, y, text, textposition) => ({
    ...guideLine(x, y),
    mode: "lines+text",
    text: textposition === "bottom right" ? [text, ""] : ["", text],
    textposition,
    textfont: { size: 10.5, color: theme().soft },
  });
  const flat = [
    ["multiply-add", peak],
    ["single additions and multiplications", rate("add_multiply")],
  ]
    .filter(([, value]) => value)
    .map(([name, value], k) =>
      roof([low, high], [value, value], `${name}: ${rateText(value)}/s`, k === 0 ? "top left" : "bottom left"),
    );
  const slopes = [
    ...groupBy(
      mine.filter((one) => one.level),
      (one) => one.level,
    ),
  ].map(([level, probes]) => {
    const bytes = Math.max(...probes.map((one) => one.rate));
    const start = Math.max(low, bottom / bytes);
    return roof([start, peak / bytes], [start * bytes, peak], `${level}: ${rateText(bytes)}B/s`, "bottom right");
  });
  return { traces: [...flat, ...slopes], peak };
}

charts.roofline = () => {
  const view = report.problems
    .flatMap(report.rows.timings)
    .filter(
      (row) => row.dtype === selection.dtype && row.backend === selection.backend && row.threads === selection.threads,
    );
  const known = view.filter((row) => row.operations && row.traffic && row.lanes !== "points");
  const mine = known.filter((row) => row.problem === selection.problem && chosen(row.method));
  const others = known.filter((row) => row.problem !== selection.problem && row.method === "reverse_fused");
  if (mine.length === 0) return null;
  const all = [...mine, ...others];
  const [low, high] = [Math.min(...all.map(intensity)) / 2, Math.max(...all.map(intensity)) * 3];
  const bottom = Math.min(...all.map(operationRate)) / 2;
  const roofs = roofsOf(low, high, bottom);
  if (!roofs) return null;
  const dot = (row) => ({
    x: intensity(row),
    y: operationRate(row),
    text: `${row.problem}, n = ${row.n}: ${rateText(operationRate(row))} operations/s, ${shareText(row.fraction)} of the limit (${row.bound})`,
  });
  const size = (row) => 4 + 0.6 * Math.log2(row.n);
  const cloud = (rows, name, look) =>
    lineOf(name, rows[0].method, rows.map(dot), {
      mode: "markers",
      title: pairOf(rows[0]),
      mark: markOf(selection.dtype),
      ...look,
    });
  const traces = [...groupBy(mine, pairOf).values()].map((rows) => {
    const trace = cloud(byN(rows), rows[0].method, { hollow: rows[0].method === "analytic" });
    trace.marker.size = byN(rows).map(size);
    return trace;
  });
  if (selection.others && others.length > 0)
    traces.push({
      ...cloud(others, "reverse_fused on other problems", { named: true, colour: theme().faint, size: 5 }),
      rank: 0,
    });
  const best = mine.reduce((a, b) => (a.fraction >= b.fraction ? a : b));
  return {
    panels: [
      {
        title: viewText(),
        x: { type: "log", title: "operations per byte", tickvals: INTENSITIES, ticktext: INTENSITIES.map(String) },
        y: axes.rate("operations per second"),
        traces: [...roofs.traces, ...traces],
      },
    ],
    height: 420,
    wide: true,
    alt: `Log-log chart of operations per second against operations per byte of ${selection.problem} (${viewText()}) below the measured roofs. Nearest to its limit: ${pairOf(best)} at n = ${best.n} with ${shareText(best.fraction)}.`,
    note: "The larger the mark, the larger n. Lines: measured roofs. Hollow: written by hand.",
    header: ["method/lanes", "n", "operations/byte", "operations/s", "limit", "bound by", "fraction"],
    rows: known
      .filter((row) => row.problem === selection.problem)
      .map((row) => [
        pairOf(row),
        cell.whole(row.n),
        cell.number(intensity(row)),
        { value: operationRate(row), text: rateText(operationRate(row)) },
        cell.time(row.limit),
        row.bound,
        cell.number(row.fraction),
      ]),
  };
};
