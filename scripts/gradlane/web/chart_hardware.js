// What wider registers, narrower numbers and more threads bring to the fused sweep and its ceiling.

const SHOWN = ["reverse_fused/elements", "analytic/elements"];

charts.hardware = () => {
  const rows = report.timings.filter(
    (row) => row.problem === selection.problem && SHOWN.includes(pairOf(row)) && report.ours.includes(row.backend),
  );
  const kinds = groupBy(
    rows,
    (row) => `${row.dtype} ${row.backend}${row.threads > 1 ? ` × ${row.threads} threads` : ""}`,
  );
  if (kinds.size < 2) return null;
  const shades = Object.fromEntries([...kinds.keys()].map((kind, k) => [kind, k]));
  return {
    panels: SHOWN.filter((pair) => rows.some((row) => pairOf(row) === pair)).map((pair) => ({
      title: pair,
      x: axes.size(rows.map((row) => row.n)),
      y: axes.rate("components per second"),
      traces: [...kinds]
        .map(([kind, group]) => [kind, byN(group.filter((row) => pairOf(row) === pair))])
        .filter(([, group]) => group.length > 0)
        .map(([kind, group]) => ({
          ...lineOf(
            kind,
            group[0].method,
            group.map((row) => ({
              x: row.n,
              y: (row.n / row.ns) * 1e9,
              text: `n = ${row.n}: ${rateText((row.n / row.ns) * 1e9)} components/s (${timeText(row.ns)})`,
            })),
            {
              named: true,
              dash: report.pens.backends[group[0].backend],
              mark: markOf(group[0].dtype),
              width: group[0].threads > 1 ? 3 : 1.6,
              colour: colourOf(group[0].method),
            },
          ),
          legendrank: shades[kind],
        })),
    })),
    sharedX: true,
    sharedY: true,
    shown: selection.problem,
    alt: `Log-log charts of components of the gradient per second of ${selection.problem} against n by instruction set, precision and threads.`,
    note: "Higher is better. Dash: instruction set; triangle: f32, circle: f64; wide: several threads.",
    header: ["method/lanes", "precision", "instruction set", "threads", "n", "time", "components/s"],
    rows: rows.map((row) => [
      pairOf(row),
      row.dtype,
      row.backend,
      cell.whole(row.threads),
      cell.whole(row.n),
      cell.time(row.ns),
      { value: (row.n / row.ns) * 1e9, text: rateText((row.n / row.ns) * 1e9) },
    ]),
  };
};
