// What wider registers, narrower numbers and more threads bring.

const SHOWN = ["reverse_fused/elements", "analytic/elements"];

charts.hardware = () => {
  const rows = report.timings.filter((row) => row.problem === selection.problem && SHOWN.includes(pairOf(row)) && report.ours.includes(row.backend));
  const kinds = groupBy(rows, (row) => `${row.dtype} ${row.backend}${row.threads > 1 ? ` × ${row.threads} threads` : ""}`);
  if (kinds.size < 2) return null;
  const shades = Object.fromEntries([...kinds.keys()].map((kind, k) => [kind, k]));
  return {
    panels: SHOWN.filter((pair) => rows.some((row) => pairOf(row) === pair)).map((pair) => ({
      title: pair, x: axes.size(rows.map((row) => row.n)), y: axes.rate("components per second"),
      traces: [...kinds].map(([kind, group]) => [kind, byN(group.filter((row) => pairOf(row) === pair))]).filter(([, group]) => group.length > 0)
        .map(([kind, group]) => ({ ...lineOf(kind, group[0].method, group.map((row) => ({ x: row.n, y: (row.n / row.ns) * 1e9,
          text: `n = ${row.n}: ${rateText((row.n / row.ns) * 1e9)} components/s (${timeText(row.ns)})` })),
        { named: true, dash: report.pens.backends[group[0].backend], mark: markOf(group[0].dtype), width: group[0].threads > 1 ? 3 : 1.6, colour: colourOf(group[0].method) }),
        legendrank: shades[kind] })),
    })),
    sharedX: true, sharedY: true, shown: selection.problem,
    alt: `Log-log charts of components of the gradient per second of ${selection.problem} against n by instruction set, precision and threads.`,
    note: "Higher is better. Dash: instruction set; triangle: f32, circle: f64; wide: several threads.",
    header: ["method/lanes", "precision", "instruction set", "threads", "n", "time", "components/s"],
    rows: rows.map((row) => [pairOf(row), row.dtype, row.backend, cell.whole(row.threads), cell.whole(row.n), cell.time(row.ns),
      { value: (row.n / row.ns) * 1e9, text: rateText((row.n / row.ns) * 1e9) }]),
  };
};

// Each row of several threads over the same row on one.
function scaling(rows) {
  const alone = new Map(rows.filter((row) => row.threads === 1).map((row) => [`${pairOf(row)} ${row.n} ${row.points}`, row.ns]));
  return rows.filter((row) => row.threads > 1 && alone.has(`${pairOf(row)} ${row.n} ${row.points}`))
    .map((row) => ({ ...row, gain: alone.get(`${pairOf(row)} ${row.n} ${row.points}`) / row.ns }));
}

charts.threads = () => {
  const rows = scaling(report.timings.filter((row) => row.problem === selection.problem && row.dtype === selection.dtype && row.backend === selection.backend));
  if (rows.length === 0) return null;
  const counts = rising(rows.map((row) => row.threads));
  const most = counts.at(-1);
  const point = (x) => (row) => ({ x: row[x], y: row.gain, text: `n = ${row.n}, ${threadsText(row.threads)}: ${ratioText(row.gain)}, efficiency ${shareText(row.gain / row.threads)}` });
  const look = (row) => ({ dash: report.pens.lanes[row.lanes], mark: markOf(row.dtype), title: pairOf(row) });
  const panel = (title, x, part, key) => ({ title, x, y: axes.gain("times faster than 1 thread"), guides: [{ y: 1, solid: true }],
    traces: linesBy(drawn(part), pairOf, (row) => row.method, (row) => row.method, point(key), look) });
  const panels = [panel(`${most} threads`, axes.size(rows.map((row) => row.n)), rows.filter((row) => row.threads === most), "n")];
  panels[0].guides.push({ y: most, text: `ideal: ${most} ×` });
  if (counts.length > 1) { // two numbers of threads are no curve
    const n = Math.max(...rows.map((row) => row.n));
    const part = rows.filter((row) => row.n === n).sort((a, b) => a.threads - b.threads);
    panels.push(panel(`n = ${sizeText(n)}`, axes.size([1, ...counts], "threads"), part, "threads"));
    panels[1].traces.push(guideLine([1, most], [1, most]));
  }
  return {
    panels, sharedY: true, shown: `${selection.problem}, ${selection.dtype}, ${selection.backend}`,
    alt: `Charts of times faster than one thread of ${selection.problem} (${selection.dtype}, ${selection.backend}). On ${most} threads: ` +
      rows.filter((row) => row.threads === most).map((row) => `${pairOf(row)} ${ratioText(row.gain)} at n = ${row.n}`).join("; "),
    header: ["method/lanes", "n", "points", "threads", "time", "times faster", "efficiency"],
    rows: rows.map((row) => [pairOf(row), cell.whole(row.n), cell.whole(row.points), cell.whole(row.threads), cell.time(row.ns), cell.ratio(row.gain), cell.share(row.gain / row.threads)]),
  };
};
