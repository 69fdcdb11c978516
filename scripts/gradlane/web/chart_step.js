// The V curve: the error of finite differences against the step.

const usualSize = (rows) => {
  const sizes = rising(rows.map((row) => row.n));
  return sizes.includes(64) ? 64 : sizes[Math.floor(sizes.length / 2)];
};

charts.step = () => {
  const all = examined(report.steps).filter((row) => row.step.length > 0);
  if (all.length === 0) return null;
  const rows = all.filter((row) => row.n === usualSize(all));
  const isFlat = (row) => {
    const errors = row.error.filter((error) => error > 0);
    return Math.max(...errors) < 10 * Math.min(...errors);
  };
  const curve = (row) =>
    row.step
      .map((step, k) => ({
        x: step,
        y: row.error[k],
        text: `step ${errorText(step)}: error ${errorText(row.error[k])}`,
      }))
      .filter((at) => at.y > 0)
      .sort((a, b) => a.x - b.x);
  // What nobody chose would hide the curves: every difference is in colour here.
  const line = (row) => {
    const points = curve(row);
    const marks = [];
    const mark = (x, y, symbol, what, hollow) =>
      marks.push({
        ...lineOf(row.method, row.method, [{ x, y, text: `${what}: step ${errorText(x)}, error ${errorText(y)}` }], {
          named: true,
          mode: "markers",
          mark: symbol,
          size: 10,
          hollow,
          legend: false,
          title: pairOf(row),
        }),
        rank: 2,
      });
    // The complex step's default, 1e-100, would press everything else against the edge.
    const beyond = row.default_step < points[0]?.x;
    if (row.default_step && row.default_error && points.length > 0)
      mark(beyond ? points[0].x : row.default_step, row.default_error, beyond ? "triangle-left" : "diamond", "default");
    if (row.best_step && row.best_error && !isFlat(row)) mark(row.best_step, row.best_error, "circle", "best", true);
    return [
      { ...lineOf(row.method, row.method, points, { named: true, mode: "lines", title: pairOf(row) }) },
      ...marks,
    ];
  };
  const standing = rows.filter((row) => row.stands);
  return {
    shown: examinedText(),
    panels: precisions(rows).map((dtype) => ({
      title: `${dtype}, n = ${sizeText(rows[0].n)}`,
      x: { type: "log", title: "relative step", exponentformat: "power" },
      y: axes.error("relative error of the gradient"),
      traces: standing.filter((row) => row.dtype === dtype).flatMap(line),
    })),
    alt:
      `Log-log charts of the gradient error of finite differences on ${selection.problem} against the step. ` +
      standing
        .map(
          (row) =>
            `${row.method} in ${row.dtype} best ${errorText(row.best_error)} at step ${errorText(row.best_step)}, default ${errorText(row.default_error)}`,
        )
        .join("; "),
    note: "Diamond: the default step; triangle: it lies beyond the axis; ring: the best step measured.",
    header: [
      "method/lanes",
      "precision",
      "n",
      "default step",
      "error there",
      "best step",
      "best error",
      "default ÷ best",
    ],
    rows: all.map((row) => [
      pairOf(row),
      row.dtype,
      cell.whole(row.n),
      cell.error(row.default_step),
      cell.error(row.default_error),
      cell.error(row.best_step),
      cell.error(row.best_error),
      cell.ratio(row.default_error && row.best_error ? row.default_error / row.best_error : null),
    ]),
  };
};
