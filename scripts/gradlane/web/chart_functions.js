// The elementary functions: the largest error in ulp beside the time of an element, ours and those of libraries.

const ulpText = (value) => (missing(value) ? NONE : value < 1000 ? value.toFixed(2) : value.toExponential(1));

// Functions 1 apart, from the top; libraries beside each other.
function functionPlaces(rows) {
  const names = unique(rows.map((row) => row.function)).sort((a, b) => rankOf(a) - rankOf(b));
  const libraries = Object.keys(report.libraries.light).filter((name) => rows.some((row) => row.library === name));
  const middle = (libraries.length - 1) / 2;
  return {
    names,
    of: (row) => -(names.indexOf(row.function) + report.libraries.step * (libraries.indexOf(row.library) - middle)),
  };
}
const rankOf = (name) => (report.libraries.order.includes(name) ? report.libraries.order.indexOf(name) : 99);

charts.functions = () => {
  const rows = report.functions.filter((row) => row.dtype === selection.dtype);
  if (rows.length === 0) return null;
  const places = functionPlaces(rows);
  const colours = report.libraries[isDark() ? "dark" : "light"];
  const title = (row) => `${row.library}${row.registers ? `, ${row.registers}` : ""}`;
  const dots = (key, text) =>
    [...groupBy(rows, (row) => row.backend).values()].map((group) => {
      const seen = group.filter((row) => row[key] > 0);
      const trace = lineOf(
        title(group[0]),
        "",
        seen.map((row) => ({
          x: key === "ulp" ? Math.min(row.ulp, report.libraries.edge) : row[key],
          y: places.of(row),
          text: `${row.function}: ${text(row)}`,
        })),
        {
          named: true,
          mode: "markers",
          colour: colours[group[0].library],
          mark: report.libraries.marks[group[0].registers],
          size: 8,
        },
      );
      trace.marker.color = seen.map((row) => (row.partial ? theme().paper : colours[row.library]));
      trace.marker.line.width = 1.4;
      return trace;
    });
  const across = axes.plain("", {
    tickvals: places.names.map((_, k) => -k),
    ticktext: places.names,
    range: [0.5 - places.names.length, 0.5],
  });
  const log = (title, ticks) => ({ type: "log", title, tickvals: ticks, ticktext: ticks.map(String) });
  const errorOf = (row) => `${ulpText(row.ulp)} ulp at x = ${row.at}`;
  const panels = [
    {
      title: "Largest error",
      x: log("ulp", [0.5, 1, 2, 3, 4, 6]),
      y: across,
      traces: dots("ulp", errorOf),
    },
    {
      title: "Time",
      x: log("nanoseconds per element", [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100]),
      y: across,
      traces: dots("ns", (row) => timeText(row.ns)),
    },
  ];
  const ours = rows.filter((row) => row.bound && row.ulp).sort((a, b) => b.ulp - a.ulp)[0];
  return {
    panels: panels.filter(({ traces }) => traces.some((trace) => trace.x.length > 0)),
    sharedY: true,
    hideInner: true,
    height: 420,
    shown: selection.dtype,
    alt:
      `Dots for the largest error in ulp and the nanoseconds per element of each elementary function in ${selection.dtype}, by library and instruction set.` +
      (ours ? ` The largest error of ours: ${ours.function} on ${ours.backend} with ${ulpText(ours.ulp)} ulp.` : ""),
    note: "Left is better. Hollow: wrong for some special value, beyond some argument, or where the result is subnormal. At 8 ulp: that or more.",
    header: [
      ...["function", "backend", "max ulp", "at x", "promised", "subnormal ulp", "NaN or ∞ amiss"],
      ...["special values right", "per element", "interval"],
    ],
    rows: rows.map((row) => [
      row.function,
      row.backend,
      { value: row.ulp, text: ulpText(row.ulp) },
      cell.number(row.at, 9),
      { value: row.bound, text: ulpText(row.bound) },
      { value: row.subnormal_ulp, text: ulpText(row.subnormal_ulp) },
      cell.whole(row.wrong),
      { value: row.specials - row.missed, text: `${row.specials - row.missed} of ${row.specials}` },
      cell.time(row.ns),
      cell.span(row.low, row.high),
    ]),
  };
};
