// A row of bars for each method: which share of the components is off by how many ulp.

const binText = (k) => (k === 0 ? "½" : k < 8 ? String(2 ** (k - 1)) : `2${superscript(k - 1)}`);
const sum = (values) => values.reduce((total, value) => total + value, 0);
const within = (row, bins) => sum(row.ulps.slice(0, bins)) / sum(row.ulps);

// The largest n where most methods were examined: few components make no histogram.
function histogramSize(rows) {
  const counts = [...groupBy(rows, (row) => row.n)].map(([n, group]) => [
    n,
    unique(group.map((row) => row.method)).length,
  ]);
  const most = Math.max(...counts.map(([, count]) => count));
  return Math.max(...counts.filter(([, count]) => count === most).map(([n]) => n));
}

charts.histogram = () => {
  const all = examined(report.errors).filter((row) => row.stands && sum(row.ulps) > 0);
  if (all.length === 0) return null;
  const n = histogramSize(all);
  const rows = all.filter((row) => row.n === n);
  const methods = report.methods
    .filter((method) => rows.some((row) => row.method === method) && (chosen(method) || selection.others))
    .reverse();
  const widest = Math.max(...rows.map((row) => row.ulps.length), 4);
  const bins = Array.from({ length: widest }, (_, k) => k).filter((k) => k % Math.ceil(widest / 7) === 0);
  const bars = (row) => {
    const total = sum(row.ulps);
    const most = Math.max(...row.ulps);
    return {
      type: "bar",
      name: row.method,
      legendgroup: row.method,
      showlegend: false,
      x: row.ulps.map((_, k) => k),
      base: methods.indexOf(row.method),
      y: row.ulps.map((count) => (0.9 * count) / most),
      text: row.ulps.map((count, k) => `at most ${binText(k)} ulp: ${((100 * count) / total).toFixed(1)} %`),
      textposition: "none",
      hovertemplate: `<b>${pairOf(row)}</b><br>%{text}<extra></extra>`,
      marker: { color: chosen(row.method) ? colourOf(row.method) : theme().faint },
    };
  };
  return {
    panels: precisions(rows).map((dtype) => ({
      title: `${dtype}, n = ${sizeText(n)}`,
      x: axes.plain("error at most, in ulp", {
        tickvals: bins,
        ticktext: bins.map(binText),
        range: [-0.6, widest - 0.4],
      }),
      y: axes.plain("", {
        tickvals: methods.map((_, k) => k + 0.35),
        ticktext: methods,
        range: [-0.05, methods.length + 0.05],
      }),
      guides: [{ x: 0.5, text: "" }],
      traces: rows.filter((row) => row.dtype === dtype && methods.includes(row.method)).map(bars),
    })),
    sharedY: true,
    hideInner: true,
    shown: examinedText(),
    height: 60 + 30 * methods.length,
    legend: false,
    alt:
      `Histograms of the error in ulp of the components of ${selection.problem}'s gradient at n = ${n}, a row a method. ` +
      rows
        .map((row) => `${row.method} ${row.dtype}: ${(100 * within(row, 1)).toFixed(0)} % within half an ulp`)
        .join("; "),
    note: "Height: share of the components, to the scale of each row. Left of the dots they are rounded correctly.",
    header: ["method/lanes", "precision", "components", "≤ ½ ulp", "≤ 1", "≤ 4", "≤ 2¹⁰"],
    rows: rows.map((row) => [
      pairOf(row),
      row.dtype,
      cell.whole(row.checked),
      ...[1, 2, 4, 12].map((count) => ({
        value: within(row, count),
        text: `${(100 * within(row, count)).toFixed(1)} %`,
      })),
    ]),
  };
};
