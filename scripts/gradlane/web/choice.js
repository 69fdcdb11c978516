// The answer: the fastest method that has the digits. Who may be recommended, and how exact it is known to be, comes with
// the rows (recommend.py); what is left is to take the fastest.

const competing = (blackBox) =>
  report.timings.filter(
    (row) => holds(row) && row.lanes !== "points" && !missing(row.trusted) && (!blackBox || row.order > 0),
  );
const exactEnough = (rows, wanted) => rows.filter((row) => row.trusted <= 10 ** -wanted);
const bestOf = (rows, wanted) => fastest(exactEnough(rows, wanted));

function answerRows(wanted) {
  const among = competing(selection.among !== "all");
  return rising(among.map((row) => row.n)).map((n) => {
    const here = among.filter((row) => row.n === n);
    const best = bestOf(here, wanted);
    const second =
      best &&
      bestOf(
        here.filter((row) => row.method !== best.method),
        wanted,
      );
    return { n, best, second, closest: here.reduce((a, b) => (a.trusted <= b.trusted ? a : b)) };
  });
}

// "reverse_fused/elements from n = 64 to 65536": neighbouring n with the same answer are one clause.
function answerText(rows) {
  const runs = [];
  for (const { n, best } of rows) {
    const name = best ? pairOf(best) : null;
    if (runs.length > 0 && runs.at(-1).name === name) runs.at(-1).last = n;
    else runs.push({ name, first: n, last: n });
  }
  const where = ({ first, last }) =>
    first === last ? `at n = ${sizeText(first)}` : `from n = ${sizeText(first)} to ${sizeText(last)}`;
  return runs.map((run) => [run.name, where(run)]);
}

function showAnswer() {
  if (report.problems.length === 0) return;
  const place = document.getElementById("chosen-answer");
  const rows = answerRows(selection.digits);
  const asked =
    `${selection.problem}, ${viewText()}, at least ${selection.digits} correct digits` +
    (selection.among === "all" ? "" : ", a black box");
  if (rows.length === 0) {
    place.replaceChildren(element("p", {}, `${asked}: nothing measured here. ${elsewhere()}`));
    return;
  }
  const said = element("p", { class: "said" }, `${asked}: `);
  answerText(rows).forEach(([name, where], k) => {
    const method = name
      ? [element("i", { class: "swatch", "data-method": name.split("/")[0] }), element("b", {}, name)]
      : ["nothing measured"];
    said.append(k > 0 ? "; " : "", ...method, ` ${where}`);
  });
  said.append(".");
  const limits = rows.filter(({ best }) => best?.fraction);
  if (limits.length > 0) {
    const shares = limits.map(({ best }) => best.fraction);
    said.append(
      ` That is ${shareText(Math.min(...shares))} to ${shareText(Math.max(...shares))} of what this machine can do at most.`,
    );
  }
  const listed = rows.map(({ n, best, second, closest }) =>
    best
      ? [
          cell.whole(n),
          pairOf(best),
          cell.time(best.ns),
          { value: best.trusted, text: digitsText(best.trusted) },
          cell.share(best.fraction ?? null),
          best.bound || NONE,
          second ? `${pairOf(second)}, ${ratioText(second.ns / best.ns)} its time` : NONE,
        ]
      : [
          cell.whole(n),
          `none; most exact: ${pairOf(closest)}`,
          cell.time(null),
          { value: closest.trusted, text: digitsText(closest.trusted) },
          cell.share(null),
          NONE,
          NONE,
        ],
  );
  const header = ["n", "take", "time", "digits it has", "of the limit", "bound by", "next"];
  place.replaceChildren(said, tableOf("What to take, for one point", header, listed));
}

// Neighbouring digits with the same answer are one box.
function boxesOf(rows, n) {
  const boxes = [];
  const here = rows.filter((row) => row.n === n);
  for (let wanted = report.digits[0]; wanted <= report.digits[1]; ++wanted) {
    const best = bestOf(here, wanted);
    if (boxes.length > 0 && boxes.at(-1).best === best) boxes.at(-1).last = wanted;
    else boxes.push({ n, best, first: wanted, last: wanted });
  }
  return boxes;
}

// What fits a box so many digits high; the table has everything. Many columns are narrow: there the text stands upright.
const MANY = 6;
function boxText(best, height, columns) {
  const time = timeText(best.ns);
  if (columns > MANY) return height >= 5 ? `${pairOf(best)} ${time}` : time;
  if (height === 1) return time;
  return [...(height > 2 ? [best.method.replace("_difference", "<br>difference")] : []), best.lanes, time].join("<br>");
}

// Columns of n, rows of digits, a box for each answer.
charts.crossover = () => {
  const kinds = [
    ["all methods", false],
    ["a black box: differences of values", true],
  ]
    .map(([title, blackBox]) => [title, competing(blackBox)])
    .filter(([, rows]) => rows.length > 0);
  if (kinds.length === 0) return null;
  const sizes = rising(kinds.flatMap(([, rows]) => rows.map((row) => row.n)));
  const maps = kinds.map(([title, rows]) => [title, sizes.flatMap((n) => boxesOf(rows, n))]);
  const columns = sizes.length;
  const box = (boxes) => {
    const method = boxes[0].best.method;
    return {
      type: "bar",
      name: method,
      legendgroup: method,
      showlegend: true,
      textposition: "inside",
      insidetextanchor: "middle",
      textangle: columns > MANY ? -90 : 0,
      x: boxes.map(({ n }) => sizeText(n)),
      y: boxes.map(({ first, last }) => last - first + 1),
      base: boxes.map(({ first }) => first - 0.5),
      text: boxes.map(({ best, first, last }) => boxText(best, last - first + 1, columns)),
      textfont: { color: theme().ink, size: 11 },
      insidetextfont: { color: theme().ink },
      constraintext: "both",
      customdata: boxes.map(
        ({ best, first, last }) =>
          `${first} to ${last} digits: ${pairOf(best)}, ${timeText(best.ns)}, has ${digitsText(best.trusted)}`,
      ),
      hovertemplate: "n = %{x}<br>%{customdata}<extra></extra>",
      marker: { color: colourOf(method), opacity: 0.35, line: { color: colourOf(method), width: 1.5 } },
    };
  };
  const said = (n, first, last, best) => `n = ${n}, ${first} to ${last} digits: ${best ? pairOf(best) : "none"}`;
  return {
    panels: maps.map(([title, boxes]) => ({
      title,
      x: { ...axes.category("number of inputs n", sizes.map(sizeText)), range: [-0.5, sizes.length - 0.5] },
      y: axes.plain("correct digits asked for", { range: [0.4, report.digits[1] + 0.6], dtick: 2 }),
      guides: [{ y: selection.digits, text: "" }],
      traces: [
        ...groupBy(
          boxes.filter(({ best }) => best),
          ({ best }) => best.method,
        ).values(),
      ].map(box),
    })),
    sharedY: true,
    height: 360,
    alt:
      `A map of the fastest method for ${selection.problem} (${viewText()}) over n and correct digits. ` +
      maps
        .map(
          ([title, boxes]) =>
            `${title}: ` + boxes.map(({ n, first, last, best }) => said(n, first, last, best)).join("; "),
        )
        .join(". "),
    note: "Empty: nothing measured has so many digits. Dotted: the digits chosen above.",
    header: ["among", "n", "digits asked for", "fastest", "time", "digits it has", "of the limit"],
    rows: maps.flatMap(([title, boxes]) =>
      boxes.map(({ n, first, last, best }) => [
        title,
        cell.whole(n),
        first === last ? `${first}` : `${first} to ${last}`,
        best ? pairOf(best) : "none",
        cell.time(best?.ns),
        { value: best?.trusted ?? null, text: best ? digitsText(best.trusted) : NONE },
        cell.share(best?.fraction ?? null),
      ]),
    ),
  };
};
