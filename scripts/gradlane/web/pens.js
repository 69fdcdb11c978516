// How lines look: colour = method, dash = lanes or instruction set, mark = precision. style.py decides, light or dark.

const paper = window.matchMedia("(prefers-color-scheme: dark)");
let printing = false;
const isDark = () => paper.matches && !printing;

function theme() {
  return isDark()
    ? {
        ink: "#e8e8e8",
        soft: "#b4b4b4",
        grid: "#30343a",
        faint: "#6d6d6d",
        guide: "#a0a0a0",
        band: "#3b4046",
        paper: "#16181b",
      }
    : {
        ink: "#222222",
        soft: "#5a5a5a",
        grid: "#e9e9e9",
        faint: "#b5b5b5",
        guide: "#6f6f6f",
        band: "#dcdcdc",
        paper: "#ffffff",
      };
}

const colourOf = (method) => report.pens.methods[method]?.[isDark() ? "dark" : "light"] ?? theme().ink;
const markOf = (dtype) => report.pens.marks[dtype] ?? "square";

// A line through rows; `points` are {x, y, low?, high?, text}. A method that is not in colour is thin and grey.
function lineOf(name, method, points, look = {}) {
  const named = look.named ?? chosen(method);
  const wide = named && points.some((point) => point.high > 1.05 * point.low);
  const colour = named ? (look.colour ?? colourOf(method)) : theme().faint;
  return {
    type: "scatter",
    mode: look.mode ?? (named ? "lines+markers" : "lines"),
    name,
    legendgroup: look.group ?? name,
    showlegend: named && look.legend !== false,
    x: points.map((point) => point.x),
    y: points.map((point) => point.y),
    text: points.map((point) => point.text),
    hovertemplate: `<b>${look.title ?? name}</b><br>%{text}<extra></extra>`,
    line: {
      color: colour,
      dash: look.dash ?? "solid",
      width: named ? (look.width ?? report.pens.methods[method]?.width ?? 1.8) : 0.9,
    },
    marker: {
      color: look.hollow ? theme().paper : colour,
      symbol: look.mark ?? "circle",
      size: look.size ?? 6,
      line: { color: colour, width: look.hollow ? 1.6 : 0 },
    },
    error_y: wide
      ? {
          type: "data",
          symmetric: false,
          thickness: 1,
          width: 2,
          color: colour,
          array: points.map((point) => Math.max(point.high - point.y, 0)),
          arrayminus: points.map((point) => Math.max(point.y - point.low, 0)),
        }
      : undefined,
    rank: named ? 1 : 0,
  };
}

// A guide: no name in the legend, nothing under the pointer.
const guideLine = (x, y, look = {}) => ({
  type: "scatter",
  mode: "lines",
  x,
  y,
  hoverinfo: "skip",
  showlegend: false,
  line: { color: look.colour ?? theme().guide, width: look.width ?? 1, dash: look.dash ?? "solid" },
  rank: -1,
  guide: true,
});
