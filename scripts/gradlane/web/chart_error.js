// How exact: the gradient's error against n, and its components' in ulp.

const LEAST_ULP = 0.05; // what is below is drawn there

// Errors of the chosen problem and instruction set; accuracy is examined on one thread.
const examined = (rows) => rows.filter((row) => row.problem === selection.problem && row.backend === selection.backend);
const examinedText = () => `${selection.problem}, ${selection.backend}`;
const precisions = (rows) => report.dtypes.filter((dtype) => rows.some((row) => row.dtype === dtype));

charts.error = () => {
  const rows = examined(report.errors);
  if (rows.length === 0) return null;
  const finite = rows.map((row) => row.error).filter((error) => error > 0);
  const floor = Math.min(...finite, report.unit_roundoff.f64) / 30;
  const ceiling = Math.max(...finite, 1e-6) * 10;
  const point = (row) => ({
    x: row.n,
    y: missing(row.error) ? ceiling : row.error || floor,
    text: `n = ${row.n}: ${errorText(row.error)}, ${row.verdict}`,
  });
  return {
    panels: precisions(rows).map((dtype) => ({
      title: dtype,
      x: axes.size(rows.map((row) => row.n)),
      y: axes.error("relative error of the gradient", [floor / 10, ceiling * 2]),
      guides: [
        { y: floor, text: "exactly 0", solid: true },
        { y: report.unit_roundoff[dtype], text: "unit roundoff" },
      ],
      traces: linesBy(drawn(rows.filter((row) => row.dtype === dtype && row.stands)), (row) => row.method, point),
    })),
    sharedX: true,
    sharedY: true,
    shown: examinedText(),
    alt:
      `Log-log charts of the gradient's relative error on ${selection.problem} (${selection.backend}) against n. At the largest n: ` +
      rows
        .filter((row) => row.stands && row.n === Math.max(...rows.map((one) => one.n)))
        .map((row) => `${row.method} ${row.dtype} ${errorText(row.error)}`)
        .join("; "),
    note: "At the top: not finite. One lane axis a method.",
    header: [
      "method/lanes",
      "precision",
      "n",
      "relative error",
      "tolerance",
      "max ulp",
      "median ulp",
      "not finite",
      "verdict",
    ],
    rows: rows.map((row) => [
      pairOf(row),
      row.dtype,
      cell.whole(row.n),
      cell.error(row.error),
      cell.error(row.tolerance),
      cell.number(row.max_ulp),
      cell.number(row.median_ulp),
      { value: row.non_finite, text: row.non_finite ? `${row.non_finite} of ${row.checked}` : "0" },
      row.verdict,
    ]),
  };
};

charts.ulps = () => {
  const rows = examined(report.errors).filter((row) => !missing(row.max_ulp) && !missing(row.median_ulp));
  if (rows.length === 0) return null;
  const point = (key) => (row) => ({
    x: row.n,
    y: Math.max(row[key], LEAST_ULP),
    text: `n = ${row.n}: median ${row.median_ulp}, largest ${row.max_ulp} ulp`,
  });
  const lines = (part, key, look) =>
    linesBy(
      part,
      (row) => row.method,
      point(key),
      (row) => ({ ...plainLook(row), ...look }),
    );
  return {
    panels: precisions(rows).map((dtype) => {
      const part = rows.filter((row) => row.dtype === dtype && row.stands);
      return {
        title: dtype,
        x: axes.size(rows.map((row) => row.n)),
        y: axes.error("error in ulp"),
        guides: [{ y: 0.5, text: "½ ulp" }],
        traces: [
          ...lines(drawn(part), "median_ulp", {}),
          ...lines(
            part.filter((row) => chosen(row.method)),
            "max_ulp",
            { dash: "4px,3px", legend: false, mode: "lines", width: 1.2 },
          ),
        ],
      };
    }),
    sharedX: true,
    sharedY: true,
    shown: examinedText(),
    alt: `Log-log charts of the median and the largest error in ulp of a component of ${selection.problem}'s gradient (${selection.backend}) against n.`,
    note: `Lines: the median over the components; dashes: the largest. Below ${LEAST_ULP} ulp: drawn there.`,
    header: ["method/lanes", "precision", "n", "median ulp", "max ulp", "max ÷ u·Σ|terms|"],
    rows: rows.map((row) => [
      pairOf(row),
      row.dtype,
      cell.whole(row.n),
      cell.number(row.median_ulp),
      cell.number(row.max_ulp),
      cell.number(row.scaled),
    ]),
  };
};
