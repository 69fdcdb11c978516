// Fills the page's frame, and again whenever the reader chooses: at once what is in sight, the rest when it comes into sight.

const sections = [...document.querySelectorAll("section.chart")];

function elsewhere() {
  const rows = [...report.timings, ...report.errors].filter(
    (row) => row.problem === selection.problem && report.ours.includes(row.backend),
  );
  const known = unique(rows.map((row) => `${row.dtype} ${row.backend} on ${threadsText(row.threads)}`));
  return known.length > 0
    ? `Of ${selection.problem} this run has: ${known.join("; ")}.`
    : `This run has nothing of ${selection.problem}.`;
}

function show(section) {
  section.removeAttribute("aria-busy");
  const kind = section.id;
  const part = (name) => section.querySelector(`.${name}`);
  const spec = charts[kind]();
  const empty = !spec || spec.panels.length === 0;
  section.classList.toggle("empty", empty);
  part("nothing").textContent = empty
    ? `Nothing measured for this chart in ${selection.problem}, ${viewText()}. ${elsewhere()}`
    : "";
  if (empty) return;
  part("shown").textContent = `${spec.shown ?? `${selection.problem}, ${viewText()}`}.`;
  part("note").textContent = spec.note ?? "";
  part("drawing").setAttribute("aria-label", spec.alt);
  part("command").textContent = commandOf(kind);
  part("link").href = addressOf({ chart: kind });
  showTable(section, spec);
  if (report.drawings) showDrawing(section, kind);
  else plot(part("drawing"), spec);
}

// A table is built when it is opened: those of a full run have thousands of rows.
function showTable(section, { header, rows }) {
  const folded = section.querySelector("details.data");
  const title = section.querySelector("h3").textContent;
  folded.querySelector("summary").textContent = `Table: ${rows.length} rows`;
  const place = folded.querySelector(".rows");
  place.replaceChildren();
  const build = () => {
    if (folded.open && !place.hasChildNodes()) place.append(tableOf(title, header, rows));
  };
  folded.ontoggle = build;
  build();
  section.querySelector("button.csv").onclick = () =>
    download(`${section.id}-${selection.problem}.csv`, csvOf(header, rows));
}

// Without Plotly: the static drawing of the problem. It describes itself, and is of one view: its footer names it.
function showDrawing(section, kind) {
  const place = section.querySelector(".drawing");
  for (const name of ["role", "aria-label"]) place.removeAttribute(name);
  place.innerHTML = report.drawings[`${kind}-${selection.problem}`] ?? report.drawings[kind] ?? "";
  const usual = ["dtype", "backend", "threads"].every((key) => selection[key] === report.view[key]);
  if (!usual)
    section.querySelector(".shown").textContent +=
      ` The drawing is of ${report.view.dtype}, ${report.view.backend}, ${threadsText(report.view.threads)}; the table is of what was chosen.`;
}

function colourSwatches() {
  for (const swatch of document.querySelectorAll(".swatch[data-method]"))
    swatch.style.background = colourOf(swatch.dataset.method);
}

function refresh() {
  showAnswer();
  colourSwatches();
  for (const section of sections) {
    section.setAttribute("aria-busy", "true"); // until it is drawn anew
    sight.unobserve(section);
    sight.observe(section);
  }
}

const sight = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) if (isIntersecting && target.ariaBusy) show(target);
  },
  { rootMargin: "300px" },
);

// Paper is white and has a width of its own; everything is drawn, seen or not.
function print(starts) {
  printing = starts;
  document.documentElement.classList.toggle("paper", starts);
  colourSwatches();
  for (const section of sections) show(section);
}

async function start() {
  const content = await unpack(document.getElementById("content").textContent);
  for (const [kind, columns] of Object.entries(content.rows)) {
    const of = rowsOf(columns);
    content.rows[kind] = of;
    Object.defineProperty(content, kind, { get: () => of(selection.problem) });
  }
  report = content;
  const drawings = document.getElementById("drawings");
  if (drawings) report.drawings = await unpack(drawings.textContent);
  startSelection(report);
  buildControls(report);
  watchers.push(refresh);
  for (const watcher of watchers) watcher();
  paper.addEventListener("change", refresh);
  addEventListener("beforeprint", () => print(true));
  addEventListener("afterprint", () => print(false));
  let width = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth !== width && !printing) {
      width = innerWidth;
      refresh();
    }
  });
  addEventListener("hashchange", () => {
    readAddress(report);
    for (const watcher of watchers) watcher();
    toChart();
  });
  toChart();
  document.documentElement.classList.add("ready");
}

function toChart() {
  document.getElementById(new URLSearchParams(location.hash.slice(1)).get("chart"))?.scrollIntoView();
}

start().catch((problem) => {
  document.getElementById("controls").textContent = `The charts could not be drawn: ${problem.message}`;
  throw problem;
});
