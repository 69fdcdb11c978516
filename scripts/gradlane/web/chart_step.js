// The V curve: the error of finite differences against the step; and how honest a method is that estimates its own error.

const usualSize = (rows) => { const sizes = rising(rows.map((row) => row.n)); return sizes.includes(64) ? 64 : sizes[Math.floor(sizes.length / 2)]; };

charts.step = () => {
  const all = examined(report.steps).filter((row) => row.step.length > 0);
  if (all.length === 0) return null;
  const rows = all.filter((row) => row.n === usualSize(all));
  const isFlat = (row) => { const errors = row.error.filter((error) => error > 0); return Math.max(...errors) < 10 * Math.min(...errors); };
  const curve = (row) => row.step.map((step, k) => ({ x: step, y: row.error[k], text: `step ${errorText(step)}: error ${errorText(row.error[k])}` }))
    .filter((at) => at.y > 0).sort((a, b) => a.x - b.x);
  // What nobody chose would hide the curves: every difference is in colour here.
  const line = (row) => {
    const points = curve(row);
    const marks = [];
    const mark = (x, y, symbol, what, hollow) => marks.push({ ...lineOf(row.method, row.method, [{ x, y, text: `${what}: step ${errorText(x)}, error ${errorText(y)}` }],
      { named: true, mode: "markers", mark: symbol, size: 10, hollow, legend: false, title: pairOf(row) }), rank: 2 });
    // The complex step's default, 1e-100, would press everything else against the edge.
    const beyond = row.default_step < points[0]?.x;
    if (row.default_step && row.default_error && points.length > 0) mark(beyond ? points[0].x : row.default_step, row.default_error, beyond ? "triangle-left" : "diamond", "default");
    if (row.best_step && row.best_error && !isFlat(row)) mark(row.best_step, row.best_error, "circle", "best", true);
    return [{ ...lineOf(row.method, row.method, points, { named: true, mode: "lines", title: pairOf(row) }) }, ...marks];
  };
  const standing = rows.filter((row) => row.stands);
  return {
    shown: examinedText(),
    panels: precisions(rows).map((dtype) => ({ title: `${dtype}, n = ${sizeText(rows[0].n)}`, x: { type: "log", title: "relative step", exponentformat: "power" },
      y: axes.error("relative error of the gradient"), traces: standing.filter((row) => row.dtype === dtype).flatMap(line) })),
    alt: `Log-log charts of the gradient error of finite differences on ${selection.problem} against the step. ` +
      standing.map((row) => `${row.method} in ${row.dtype} best ${errorText(row.best_error)} at step ${errorText(row.best_step)}, default ${errorText(row.default_error)}`).join("; "),
    note: "Diamond: the default step; triangle: it lies beyond the axis; ring: the best step measured.",
    header: ["method/lanes", "precision", "n", "default step", "error there", "best step", "best error", "default ÷ best"],
    rows: all.map((row) => [pairOf(row), row.dtype, cell.whole(row.n), cell.error(row.default_step), cell.error(row.default_error), cell.error(row.best_step), cell.error(row.best_error),
      cell.ratio(row.default_error && row.best_error ? row.default_error / row.best_error : null)]),
  };
};

charts.honesty = () => {
  const all = examined(report.own_estimates);
  const rows = all.filter((row) => row.n === usualSize(all));
  if (rows.length === 0) return null;
  const pairs = (row) => row.estimate.map((estimate, k) => [estimate, row.error[k]]).filter(([estimate, error]) => !missing(estimate) && !missing(error));
  const kept = (row, factor) => (pairs(row).filter(([estimate, error]) => error <= factor * estimate).length + row.estimate.filter(missing).length) / row.error.length;
  const panel = (row) => {
    const known = pairs(row).flat().filter((value) => value > 0);
    const [low, high] = known.length > 0 ? [Math.min(...known) / 5, Math.max(...known) * 5] : [1e-16, 1];
    const points = pairs(row).map(([estimate, error]) => ({ x: Math.max(estimate, low), y: Math.max(error, low), text: `believes ${errorText(estimate)}, is off by ${errorText(error)}` }));
    return { title: `${row.dtype}, n = ${row.n}: honest in ${row.honest} of ${row.error.length}`, x: axes.error("error by its own estimate", [low, high]),
      y: axes.error("true error", [low, high]), traces: [guideLine([low, high], [low, high]), guideLine([low, high], [10 * low, 10 * high], { dash: "2px,3px" }),
        lineOf(row.method, row.method, points, { named: true, mode: "markers", size: 5 })] };
  };
  return {
    panels: [...rows].sort((a, b) => (a.dtype < b.dtype ? 1 : -1)).map(panel), legend: false, shown: examinedText(),
    alt: `Scatter charts of the true error of ${selection.problem}'s gradient components against the error that ${rows[0].method} believes in. ` +
      rows.map((row) => `${row.dtype}: honest in ${shareText(kept(row, 1))}`).join("; "),
    note: "A point a component. Below the line the method is honest. Dotted: ten times its estimate. On the frame: exactly 0.",
    header: ["method", "precision", "n", "components", "honest", "within 10 ×", "no claim"],
    rows: all.map((row) => [row.method, row.dtype, cell.whole(row.n), cell.whole(row.error.length), cell.share(kept(row, 1)), cell.share(kept(row, 10)), cell.whole(row.estimate.filter(missing).length)]),
  };
};
