// Numbers as the report prints them: text.py's rules.

const NONE = "–";
const missing = (value) => value === null || value === undefined;

function digits(value) {
  if (value >= 99.95) return value.toFixed(0);
  return value >= 9.995 ? value.toFixed(1) : value >= 0.01 ? value.toFixed(2) : value.toPrecision(3);
}

function timeText(ns) {
  if (missing(ns)) return NONE;
  const [scale, unit] = [
    [1e9, "s"],
    [1e6, "ms"],
    [1e3, "µs"],
  ].find(([least]) => ns >= 0.9995 * least) ?? [1, "ns"];
  return `${digits(ns / scale)} ${unit}`;
}

const ratioText = (value) => (missing(value) ? NONE : `${digits(value)} ×`);
const errorText = (value) => (missing(value) ? "not finite" : value === 0 ? "0" : value.toExponential(1));
const shareText = (value) => (missing(value) ? NONE : `${(100 * value).toPrecision(2) * 1} %`);

function rateText(perSecond) {
  const [scale, prefix] = [
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
  ].find(([least]) => perSecond >= 0.9995 * least) ?? [1, ""];
  return `${Number((perSecond / scale).toPrecision(3))} ${prefix}`.trim();
}

const superscript = (whole) => [...String(whole)].map((sign) => "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"["0123456789-".indexOf(sign)]).join("");

// 4, 1024, 2¹⁶.
function sizeText(n) {
  const power = Math.log2(n);
  return n <= 4096 || !Number.isInteger(power) ? String(n) : `2${superscript(power)}`;
}

const threadsText = (threads) => (threads === 1 ? "1 thread" : `${threads} threads`);
const digitsText = (error) => (error === 0 ? "all" : (-Math.log10(error)).toFixed(1));

// A cell of a table: what is shown, and the number by which it sorts and which a CSV holds.
const cell = {
  time: (ns) => ({ value: ns, text: timeText(ns) }),
  ratio: (value) => ({ value, text: ratioText(value) }),
  error: (value) => ({ value, text: errorText(value) }),
  number: (value, precision = 3) => ({
    value,
    text: missing(value) ? NONE : String(Number(value.toPrecision(precision))),
  }),
  whole: (value) => ({ value, text: missing(value) ? NONE : String(value) }),
  share: (value) => ({ value, text: shareText(value) }),
  span: (low, high) => ({ value: low, text: `${timeText(low)} to ${timeText(high)}`, csv: `${low}..${high}` }),
};
