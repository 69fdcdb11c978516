// The command lines that measure again what a chart shows, and draw it.

const BUILD = "build/release/bench/";
const FOLDER = "results/mine";

function measuring(driver, rows, more) {
  const sizes = rising(rows.map((row) => row.n));
  const flags = { problem: selection.problem, ...more, dims: sizes.join(","), out: FOLDER };
  return (
    BUILD +
    driver +
    Object.entries(flags)
      .filter(([, value]) => value !== "")
      .map(([flag, value]) => ` --${flag} ${value}`)
      .join("")
  );
}

const view = () => ({ dtype: selection.dtype, backend: selection.backend, threads: selection.threads });
const both = () => ({ backend: selection.backend, threads: selection.threads });
const limitsFirst = () =>
  `${BUILD}limits --backend ${selection.backend} --threads ${selection.threads} --out ${FOLDER}`;
const timed = () => measuring("throughput", report.timings.filter(holds), view());
const exact = (rows) => () => measuring("accuracy", examined(report[rows]), { backend: selection.backend });
const allThreads = () =>
  rising(report.timings.filter((row) => row.problem === selection.problem).map((row) => row.threads)).join(",");

const COMMANDS = {
  time: timed,
  cost: timed,
  speedup: timed,
  crossover: () =>
    answerRows(selection.digits)
      .map(
        ({ n }) =>
          `scripts/recommend ${report.folder} --problem ${selection.problem} --n ${n} --digits ${selection.digits} --dtype ${selection.dtype}` +
          ` --backend ${selection.backend} --threads ${selection.threads}` +
          (selection.among === "all" ? "" : " --black-box"),
      )
      .join("\n"),
  pareto: () => measuring("throughput", report.timings.filter(holds), both()),
  limit: () => `${limitsFirst()}\n${measuring("throughput", report.timings.filter(holds), both())}`,
  roofline: () => `${limitsFirst()}\n${timed()}`,
  hardware: () =>
    measuring(
      "throughput",
      report.timings.filter((row) => row.problem === selection.problem),
      {
        method: "reverse_fused,analytic",
        lanes: "elements",
        dtype: "f32,f64",
        backend: report.ours.join(","),
        threads: allThreads(),
      },
    ),
  threads: () =>
    measuring(
      "throughput",
      report.timings.filter((row) => row.problem === selection.problem && row.threads > 1),
      { dtype: selection.dtype, backend: selection.backend, threads: allThreads() },
    ),
  peers: () => "scripts/run --peers",
  error: exact("errors"),
  ulps: exact("errors"),
  histogram: exact("errors"),
  step: exact("steps"),
  honesty: exact("own_estimates"),
  remainder: exact("remainders"),
  functions: () => `${BUILD}functions --dtype ${selection.dtype} --out ${FOLDER}`,
  change: () =>
    `scripts/compare runs ${report.base} ${report.folder} --filter '^${selection.problem}/.*/${selection.dtype}/${selection.backend}/.*threads:${selection.threads}$'`,
};

function commandOf(kind) {
  const measured = COMMANDS[kind]();
  return ["crossover", "peers", "change"].includes(kind) ? measured : `${measured}\nscripts/report ${FOLDER}`;
}
