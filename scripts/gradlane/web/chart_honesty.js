// How honest a method is that estimates its own error: what it believes against what is true.

charts.honesty = () => {
  const all = examined(report.own_estimates);
  const rows = all.filter((row) => row.n === usualSize(all));
  if (rows.length === 0) return null;
  const pairs = (row) =>
    row.estimate
      .map((estimate, k) => [estimate, row.error[k]])
      .filter(([estimate, error]) => !missing(estimate) && !missing(error));
  const kept = (row, factor) =>
    (pairs(row).filter(([estimate, error]) => error <= factor * estimate).length +
      row.estimate.filter(missing).length) /
    row.error.length;
  const panel = (row) => {
    const known = pairs(row)
      .flat()
      .filter((value) => value > 0);
    const [low, high] = known.length > 0 ? [Math.min(...known) / 5, Math.max(...known) * 5] : [1e-16, 1];
    const points = pairs(row).map(([estimate, error]) => ({
      x: Math.max(estimate, low),
      y: Math.max(error, low),
      text: `believes ${errorText(estimate)}, is off by ${errorText(error)}`,
    }));
    return {
      title: `${row.dtype}, n = ${row.n}: honest in ${row.honest} of ${row.error.length}`,
      x: axes.error("error by its own estimate", [low, high]),
      y: axes.error("true error", [low, high]),
      traces: [
        guideLine([low, high], [low, high]),
        guideLine([low, high], [10 * low, 10 * high], { dash: "2px,3px" }),
        lineOf(row.method, row.method, points, { named: true, mode: "markers", size: 5 }),
      ],
    };
  };
  return {
    panels: [...rows].sort((a, b) => (a.dtype < b.dtype ? 1 : -1)).map(panel),
    legend: false,
    shown: examinedText(),
    alt:
      `Scatter charts of the true error of ${selection.problem}'s gradient components against the error that ${rows[0].method} believes in. ` +
      rows.map((row) => `${row.dtype}: honest in ${shareText(kept(row, 1))}`).join("; "),
    note: "A point a component. Below the line the method is honest. Dotted: ten times its estimate. On the frame: exactly 0.",
    header: ["method", "precision", "n", "components", "honest", "within 10 ×", "no claim"],
    rows: all.map((row) => [
      row.method,
      row.dtype,
      cell.whole(row.n),
      cell.whole(row.error.length),
      cell.share(kept(row, 1)),
      cell.share(kept(row, 10)),
      cell.whole(row.estimate.filter(missing).length),
    ]),
  };
};
