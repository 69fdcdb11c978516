// Accuracy against throughput: a point an implementation, at the four n where most methods were timed.

function tellingSizes(rows, most) {
  const counts = [...groupBy(rows, (row) => row.n)].map(([n, group]) => [
    n,
    unique(group.map((row) => row.method)).length,
  ]);
  return rising(
    counts
      .sort((a, b) => b[1] - a[1] || a[0] - b[0])
      .slice(0, most)
      .map(([n]) => n),
  );
}

charts.pareto = () => {
  const rows = report.timings.filter(
    (row) =>
      row.problem === selection.problem &&
      row.backend === selection.backend &&
      row.threads === selection.threads &&
      !missing(row.error) &&
      row.method !== "primal",
  );
  if (rows.length === 0) return null;
  const errors = rows.map((row) => row.error).filter((error) => error > 0);
  const floor = Math.min(...errors, report.unit_roundoff.f64) / 1000;
  const place = (row) => ({
    x: 1e9 / row.ns,
    y: row.error || floor,
    text:
      `${row.dtype}, n = ${row.n}: ${timeText(row.ns)}, error ${errorText(row.error)}` +
      (row.lanes === "points" ? ", per gradient of many points" : ""),
  });
  const panel = (n) => {
    const here = rows.filter((row) => row.n === n);
    const dots = [...groupBy(drawn(here), (row) => `${pairOf(row)} ${row.dtype}`).values()].map((group) => ({
      ...lineOf(group[0].method, group[0].method, group.map(place), {
        mode: "markers",
        size: 9,
        mark: markOf(group[0].dtype),
        hollow: group[0].lanes === "points",
        title: pairOf(group[0]),
      }),
    }));
    const best = here.filter((row) => row.front).sort((a, b) => b.ns - a.ns);
    const front = best.map(place);
    const names = {
      ...guideLine(
        front.map((at) => at.x),
        front.map((at) => at.y),
      ),
      mode: "text",
      text: best.map((row) => `${pairOf(row)} ${row.dtype} `),
      textposition: best.map((_, k) => (k % 2 === 0 ? "bottom left" : "top left")),
      textfont: { size: 11, color: theme().ink },
    };
    const stairs = {
      ...guideLine(
        front.map((at) => at.x),
        front.map((at) => at.y),
        { width: 1.4 },
      ),
      line: { color: theme().guide, width: 1.4, shape: "vh" },
    };
    return {
      title: `n = ${sizeText(n)}`,
      x: axes.rate("gradients per second"),
      y: axes.error("relative error", [floor / 10, Math.max(...errors, 1e-12) * 30]),
      guides: [
        { y: floor, text: "exactly 0", solid: true },
        { y: report.unit_roundoff.f64, text: "" },
      ],
      traces: [stairs, ...dots, names],
    };
  };
  const said = rows.filter((row) => row.front).map((row) => `${pairOf(row)} ${row.dtype} at n = ${row.n}`);
  return {
    panels: tellingSizes(rows, 4).map(panel),
    sharedY: true,
    shown: `${selection.problem}, ${selection.backend}, ${threadsText(selection.threads)}`,
    alt: `Scatter charts of the relative error of ${selection.problem}'s gradients (${selection.backend}, ${threadsText(selection.threads)}) against gradients per second. Not dominated: ${said.join("; ")}.`,
    note: "Right and down is better. Circle: f64; triangle: f32; hollow: lanes points. Line: the front. Dotted: unit roundoff of f64.",
    header: ["method/lanes", "precision", "n", "gradients/s", "time", "relative error", "not dominated"],
    rows: rows.map((row) => [
      pairOf(row),
      row.dtype,
      cell.whole(row.n),
      { value: 1e9 / row.ns, text: rateText(1e9 / row.ns) },
      cell.time(row.ns),
      cell.error(row.error),
      row.front ? "yes" : "no",
    ]),
  };
};
