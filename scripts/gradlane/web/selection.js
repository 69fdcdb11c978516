// What the reader chose: kept in the address behind #, so that a link brings back the same view.

const KEYS = ["problem", "dtype", "backend", "threads", "digits", "among", "methods", "others"];
const selection = {};
const watchers = [];

function startSelection(report) {
  const { view } = report;
  Object.assign(selection, {
    problem: report.problems[0],
    dtype: view.dtype,
    backend: view.backend,
    threads: view.threads,
    digits: 9,
    among: "all",
    methods: report.usual,
    others: true,
  });
  readAddress(report);
}

// Names that this run does not have are passed over.
function readAddress(report) {
  const given = new URLSearchParams(location.hash.slice(1));
  const take = (key, known) => {
    const value = given.get(key);
    if (known.map(String).includes(value)) selection[key] = known[known.map(String).indexOf(value)];
  };
  take("problem", report.problems);
  take("dtype", report.dtypes);
  take("backend", report.ours);
  take("threads", report.threads);
  take(
    "digits",
    Array.from({ length: 16 }, (_, k) => k + 1),
  );
  take("among", ["all", "black box"]);
  if (given.has("methods")) {
    const wanted = given.get("methods").split(",");
    selection.methods = report.methods.filter((method) => wanted.includes(method));
  }
  if (given.has("others")) selection.others = given.get("others") === "true";
}

// Commas and the like stay readable: no value holds what would have to be escaped.
function addressOf(more = {}) {
  const parts = Object.entries({ ...selection, ...more }).filter(([key]) => KEYS.includes(key) || key === "chart");
  return "#" + parts.map(([key, value]) => `${key}=${encodeURIComponent(value).replaceAll("%2C", ",")}`).join("&");
}

function choose(change) {
  Object.assign(selection, change);
  history.replaceState(null, "", addressOf());
  for (const watcher of watchers) watcher();
}

const chosen = (method) => selection.methods.includes(method);
const viewText = () => `${selection.dtype}, ${selection.backend}, ${threadsText(selection.threads)}`;
const holds = (row) =>
  row.problem === selection.problem &&
  row.dtype === selection.dtype &&
  row.backend === selection.backend &&
  row.threads === selection.threads;
