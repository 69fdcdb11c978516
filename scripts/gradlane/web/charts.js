// By its name in the page a function of the selection that says what a chart shows: panels for plot.js, alt text, table;
// null where there is nothing.
const charts = {};

// What the page holds (embed.py), with its rows as objects.
let report = null;
