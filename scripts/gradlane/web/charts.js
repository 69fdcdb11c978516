// By its name in the page a function of the selection that says what a chart shows: panels for plot.js, alt text, table;
// null where there is nothing.
const charts = {};

// What the page holds (embed.py). Of each kind of rows those of the chosen problem: report.timings, report.errors, …; of
// another problem report.rows.timings(problem).
let report = null;
