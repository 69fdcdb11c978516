// The first-order remainder against ε: slope 2 for a right gradient, slope 1 for a wrong one.

const CONTROL = "control";
const ORACLE = "oracle";
const remainderName = (row) =>
  ({ [CONTROL]: "made wrong: a component 1 % off", [ORACLE]: "exact (oracle)" })[row.method] ?? row.method;
const always = (row) => row.method === CONTROL || row.method === ORACLE;

function remainderLine(row) {
  const points = row.epsilon
    .map((epsilon, k) => ({
      x: epsilon,
      y: row.values[k],
      text: `ε = ${errorText(epsilon)}: R = ${errorText(row.values[k])}, slope ${missing(row.slope) ? NONE : row.slope}`,
    }))
    .filter((at) => at.y > 0)
    .sort((a, b) => a.x - b.x);
  const colour = { [CONTROL]: theme().ink, [ORACLE]: theme().band }[row.method];
  const line = lineOf(remainderName(row), row.method, points, {
    named: always(row) || undefined,
    mode: "lines",
    colour,
    width: row.method === ORACLE ? 9 : 1.8,
    dash: row.method === CONTROL ? "6px,3px" : "solid",
  });
  return { ...line, rank: row.method === ORACLE ? 0 : line.rank };
}

// Slopes 1 and 2 from one point, where the paper is empty: below the lines on the right.
function slopes(rows) {
  const ends = rows
    .flatMap((row) => row.epsilon.map((epsilon, k) => [epsilon, row.values[k]]))
    .filter(([, value]) => value > 0);
  if (ends.length === 0) return [];
  const right = Math.max(...ends.map(([epsilon]) => epsilon));
  const span = Math.min(...ends.map(([epsilon]) => epsilon)) / right;
  const high = Math.max(...ends.map(([, value]) => value));
  const start = right * span ** 0.28;
  const bottom = high * (start / right) ** 2 * span ** 0.2;
  return [1, 2].map((order) => ({
    ...guideLine([start, right], [bottom, bottom * (right / start) ** order]),
    mode: "lines+text",
    text: ["", `slope ${order}`],
    textposition: "middle left",
    textfont: { size: 11, color: theme().soft },
  }));
}

// In working precision the useful range of ε, in quad where each finite difference turns to slope 1.
function usefulRange(rows) {
  const row = rows.find((one) => one.order === 0 && !always(one) && one.useful_from);
  return row && row.precision !== "quad" ? [row.useful_from, row.useful_to] : null;
}

function turns(rows) {
  const oracle = rows.find((row) => row.method === ORACLE);
  const middle = oracle?.epsilon.length >> 1;
  const curvature = oracle?.values[middle] / oracle?.epsilon[middle] ** 2;
  if (!(curvature > 0)) return [];
  return rows
    .filter((row) => row.turn && (row.order > 0 || row.method === CONTROL) && (always(row) || chosen(row.method)))
    .map((row) => ({
      ...lineOf(
        remainderName(row),
        row.method,
        [{ x: row.turn, y: curvature * row.turn ** 2, text: `slope 1 below ε = ${errorText(row.turn)}` }],
        {
          named: true,
          mode: "markers",
          hollow: true,
          size: 8,
          legend: false,
          colour: row.method === CONTROL ? theme().ink : colourOf(row.method),
        },
      ),
      rank: 2,
    }));
}

charts.remainder = () => {
  const all = report.remainders.filter(
    (row) => row.problem === selection.problem && (row.backend === selection.backend || row.backend === ""),
  );
  const rows = report.remainders.filter((row) => row.problem === selection.problem && row.epsilon.length > 0);
  if (rows.length === 0) return null;
  const panel = (title, part) => ({
    title,
    x: { type: "log", title: "ε", exponentformat: "power" },
    y: axes.error("remainder R(ε)"),
    guides: unique(part.filter((row) => row.floor && row.method !== CONTROL).map((row) => row.floor))
      .sort((a, b) => b - a)
      .slice(0, 1)
      .map((y) => ({ y, text: "noise floor" })),
    band: usefulRange(part),
    traces: [
      ...slopes(part),
      ...part.filter((row) => always(row) || chosen(row.method) || selection.others).map(remainderLine),
      ...turns(part),
    ],
  });
  const working = precisions(rows.filter((row) => row.precision === "working")).map((dtype) =>
    panel(
      `working precision, ${dtype}`,
      rows.filter((row) => row.precision === "working" && row.dtype === dtype),
    ),
  );
  const quad = rows.filter(
    (row) =>
      row.precision === "quad" &&
      row.dtype ===
        (rows.some((one) => one.precision === "quad" && one.dtype === selection.dtype) ? selection.dtype : row.dtype),
  );
  const said = rows.map(
    (row) => `${remainderName(row)} (${row.dtype}, ${row.precision}) ${missing(row.slope) ? NONE : row.slope}`,
  );
  return {
    panels: quad.length > 0 ? [...working, panel(`quad precision, gradient in ${quad[0].dtype}`, quad)] : working,
    columns: 3,
    height: 340,
    shown: `${selection.problem}, n = ${rows[0].n}`,
    alt: `Log-log charts of the first-order remainder of ${selection.problem} against epsilon, n = ${rows[0].n}. Estimated slopes: ${said.join("; ")}.`,
    note: `Direction ${rows[0].direction}. Shaded: the useful range of ε. Rings: where slope 2 turns into slope 1. In quad the values are the oracle's: only the gradient's own error shows.`,
    header: [
      "gradient by",
      "n",
      "direction",
      "precision",
      "slope",
      "noise floor",
      "useful ε",
      "slope 1 below",
      "verdict",
    ],
    rows: all.map((row) => [
      always(row) ? row.method : pairOf(row),
      cell.whole(row.n),
      row.direction,
      `${row.dtype}, ${row.precision}`,
      cell.number(row.slope),
      cell.error(row.floor ?? 0),
      row.useful_from ? `${errorText(row.useful_from)} to ${errorText(row.useful_to)}` : NONE,
      cell.number(row.turn, 2),
      row.verdict,
    ]),
  };
};
