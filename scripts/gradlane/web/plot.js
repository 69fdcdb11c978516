// From panels to a Plotly figure: a grid that becomes one column where the page is narrow.

const NARROW = 700; // pixels
const GAP = 84; // between lines of panels: ticks, a title, the next panel's name
const decades = Array.from({ length: 60 }, (_, k) => Number(`1e${k - 45}`));

// Log axes; their ticks say what is measured.
const axes = {
  size(sizes, title = "number of inputs n") {
    let ticks = rising(sizes);
    while (ticks.length > 8) ticks = ticks.filter((_, k) => k % 2 === (ticks.length - 1) % 2);
    return { type: "log", title, tickvals: ticks, ticktext: ticks.map(sizeText) };
  },
  time: (title = "time per gradient") => ({
    type: "log",
    title,
    tickvals: decades.slice(45),
    ticktext: decades.slice(45).map((ns) => timeText(ns).replace(/\.0+(?= )/, "")),
  }),
  error(title, range) {
    const span = range ? Math.log10(range[1] / range[0]) : 0;
    return {
      type: "log",
      title,
      exponentformat: "power",
      range: range?.map(Math.log10),
      dtick: range ? Math.ceil(span / 8) : undefined,
    };
  },
  rate: (title) => ({ type: "log", title, tickvals: decades, ticktext: decades.map(rateText) }),
  ratio: (title) => ({
    type: "log",
    title,
    tickvals: RATIOS,
    ticktext: RATIOS.map((value) => (value < 1e4 ? `${value} ×` : `10${superscript(Math.log10(value))} ×`)),
  }),
  gain: (title) => ({ type: "log", title, tickvals: GAINS, ticktext: GAINS.map((value) => `${value} ×`) }),
  share: (title, least) => ({
    type: "log",
    title,
    tickvals: SHARES,
    ticktext: SHARES.map(shareText),
    range: [least, 1.6].map(Math.log10),
  }),
  category: (title, names) => ({ type: "category", title, categoryorder: "array", categoryarray: names }),
  plain: (title, more = {}) => ({ type: "linear", title, ...more }),
};
const SHARES = [1e-4, 1e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1];
const GAINS = [0.1, 0.2, 0.5, 0.7, 1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128];
const RATIOS = [1e-3, 0.01, 0.1, 0.2, 0.5, 1, 2, 5, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7];

function axisLayout({ title, ...axis }, more) {
  const look = theme();
  return {
    ...axis,
    title: { text: title, standoff: 8 },
    gridcolor: look.grid,
    linecolor: look.guide,
    zeroline: false,
    automargin: true,
    showline: true,
    tickfont: { color: look.ink },
    ...more,
  };
}

// Where the panels stand, in shares of the drawing.
function gridOf(count, columns, lines, gaps) {
  const [wide, high] = [(1 - gaps.x * (columns - 1)) / columns, (1 - gaps.y * (lines - 1)) / lines];
  return Array.from({ length: count }, (_, k) => {
    const [column, line] = [k % columns, Math.floor(k / columns)];
    const [left, top] = [column * (wide + gaps.x), 1 - line * (high + gaps.y)];
    return {
      x: [left, Math.min(left + wide, 1)],
      y: [Math.max(top - high, 0), top],
      first: column === 0,
      last: k + columns >= count,
    };
  });
}

// Guides of a panel: {x, text} or {y, text}, thin lines across it; `band`, a shaded range of x.
function guidesOf(panel, number) {
  const look = theme();
  const [xaxis, yaxis] = [`x${number}`, `y${number}`];
  const place = (axis, value) => (axis.type === "log" ? Math.log10(value) : value);
  const shapes = panel.guides.map(({ x, y, solid }) => ({
    type: "line",
    layer: "below",
    line: { color: look.guide, width: 1, dash: solid ? "solid" : "2px,3px" },
    ...(missing(y)
      ? { xref: xaxis, yref: `${yaxis} domain`, x0: x, x1: x, y0: 0, y1: 1 }
      : { yref: yaxis, xref: `${xaxis} domain`, y0: y, y1: y, x0: 0, x1: 1 }),
  }));
  if (panel.band)
    shapes.push({
      type: "rect",
      layer: "below",
      line: { width: 0 },
      fillcolor: look.band,
      opacity: 0.5,
      xref: xaxis,
      yref: `${yaxis} domain`,
      x0: panel.band[0],
      x1: panel.band[1],
      y0: 0,
      y1: 1,
    });
  const names = panel.guides
    .filter(({ text }) => text)
    .map(({ x, y, text }) => ({
      text,
      showarrow: false,
      bgcolor: look.paper,
      opacity: 0.85,
      borderpad: 1,
      font: { size: 10.5, color: look.soft },
      xanchor: "left",
      yanchor: "bottom",
      ...(missing(y)
        ? { xref: xaxis, yref: `${yaxis} domain`, x: place(panel.x, x), y: 0 }
        : { yref: yaxis, xref: `${xaxis} domain`, y: place(panel.y, y), x: 0.01 }),
    }));
  return { shapes, names };
}

// A line of the legend. A method is its colour: dashes and marks tell lanes and precision, which panels or notes name.
function keyOf(trace) {
  const rank = report.methods.indexOf(trace.legendgroup);
  const plain = rank >= 0 &&
    trace.type === "scatter" && {
      line: { ...trace.line, dash: "solid" },
      marker: { ...trace.marker, symbol: "circle", size: 7, color: trace.line.color },
    };
  return {
    ...trace,
    ...plain,
    x: [null],
    y: [null],
    error_y: undefined,
    text: "",
    base: undefined,
    legendrank: trace.legendrank ?? 100 + rank,
    showlegend: true,
    key: true,
  };
}

function figureOf(spec, width) {
  const look = theme();
  const columns = width < NARROW ? 1 : Math.min(spec.columns ?? 2, spec.panels.length);
  const lines = Math.ceil(spec.panels.length / columns);
  const inner = lines * (spec.height ?? 300) * (printing ? 0.8 : 1) + (lines - 1) * GAP;
  const cells = gridOf(spec.panels.length, columns, lines, { x: spec.sharedY ? 0.07 : 0.1, y: GAP / inner });
  const layout = {
    height: inner + 165,
    margin: { l: 64, r: 16, t: 56, b: 44 },
    paper_bgcolor: look.paper,
    plot_bgcolor: look.paper,
    font: { family: "system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif", size: 12, color: look.ink },
    hovermode: "closest",
    hoverlabel: { bgcolor: look.paper, bordercolor: look.guide, font: { color: look.ink }, align: "left" },
    legend: { orientation: "h", x: 0, xanchor: "left", y: -52 / inner, yanchor: "top", font: { size: 12 } },
    dragmode: width < NARROW ? false : "zoom",
    barmode: "overlay",
    bargap: 0.06,
    shapes: [],
    annotations: [],
    showlegend: spec.legend !== false,
  };
  const data = [];
  const named = new Set();
  spec.panels.forEach((panel, k) => {
    const number = k === 0 ? "" : String(k + 1);
    const cellOf = cells[k];
    const match = (name) => (k > 0 && spec[`shared${name.toUpperCase()}`] ? { matches: name } : {});
    layout[`xaxis${number}`] = axisLayout(
      { ...panel.x, title: cellOf.last || !spec.sharedX ? panel.x.title : "" },
      { domain: cellOf.x, anchor: `y${number}`, ...match("x") },
    );
    layout[`yaxis${number}`] = axisLayout(
      { ...panel.y, title: cellOf.first ? panel.y.title : "" },
      { domain: cellOf.y, anchor: `x${number}`, showticklabels: cellOf.first || !spec.hideInner, ...match("y") },
    );
    layout.annotations.push({
      text: `<b>${panel.title}</b>`,
      showarrow: false,
      xref: "paper",
      yref: "paper",
      x: cellOf.x[0],
      y: cellOf.y[1],
      xanchor: "left",
      yanchor: "bottom",
      yshift: 4,
      font: { size: 13, color: look.ink },
    });
    const guides = guidesOf({ guides: [], ...panel }, number);
    layout.shapes.push(...guides.shapes);
    layout.annotations.push(...guides.names);
    for (const trace of [...panel.traces].sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0))) {
      const place = { xaxis: `x${number}`, yaxis: `y${number}` };
      if (trace.showlegend && !named.has(trace.legendgroup)) data.push({ ...keyOf(trace), ...place });
      if (trace.showlegend) named.add(trace.legendgroup);
      data.push({ ...trace, showlegend: false, ...place });
    }
  });
  return { data, layout };
}

const PLOTLY = {
  displaylogo: false,
  responsive: false,
  modeBarButtons: [["zoom2d", "pan2d", "resetScale2d", "toImage"]],
  toImageButtonOptions: { format: "svg" },
};

const PAPER = 700; // pixels that a sheet has beside its margins

function plot(place, spec) {
  const room = printing ? PAPER : place.clientWidth;
  const width = spec.panels.length > 1 || spec.wide ? room : Math.min(room, 760); // a panel alone
  const { data, layout } = figureOf(spec, width);
  return Plotly.react(place, data, { ...layout, width }, PLOTLY);
}
