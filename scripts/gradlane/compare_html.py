"""The report as one page: no script, no external request, readable in the dark and on paper."""

from __future__ import annotations

import math
from html import escape

from . import text
from .compare_model import (
    FASTER,
    IMPROVED,
    INCONCLUSIVE,
    REGRESSION,
    SIMILAR,
    SLOWER,
    UNCHANGED,
    Finding,
    Report,
    percent,
)

#: Okabe and Ito's colours, and a mark of its own for each verdict.
LOOKS = {
    REGRESSION: ("#D55E00", "triangle"),
    SLOWER: ("#D55E00", "triangle"),
    IMPROVED: ("#0072B2", "square"),
    FASTER: ("#0072B2", "square"),
    UNCHANGED: ("#009E73", "circle"),
    SIMILAR: ("#009E73", "circle"),
    INCONCLUSIVE: ("#7F7F7F", "ring"),
}
STYLE = """
:root { color-scheme: light dark; --ink: #1a1a1a; --paper: #fff; --rule: #ccc; --band: #8882; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e8e8; --paper: #16181b; --rule: #555; --band: #aaa2; } }
body { font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 75rem;
  margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; } td, th { padding: .2rem .7rem .2rem 0; text-align: left; vertical-align: top;
  border-bottom: 1px solid var(--rule); font-variant-numeric: tabular-nums; }
.wide { overflow-x: auto; } code { font-size: 13px; } .summary { font-size: 1.2rem; font-weight: 600; }
svg { max-width: 100%; height: auto; } svg text { fill: var(--ink); font: 12px system-ui, sans-serif; }
@media print { body { margin: 0; max-width: none; } }
"""
LEFT, WIDE, ROW, TOP = 540, 1160, 20, 10  # of the chart, in pixels
MOST = 120  # rows of the chart: the table has all


def page(report: Report) -> str:
    title = f"compare {report.kind}: {report.base} → {report.candidate}"
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>",
        f'<h1>{escape(title)}</h1><p class="summary">{escape(report.summary)}</p><p>{escape(report.design)}</p>',
        chart(report),
        table("Cases", ["verdict", "change", "interval", "before", "after", "case", "remark"], rows(report)),
        *(table(t.title, t.header, [[escape(cell) for cell in row] for row in t.rows]) for t in report.tables),
        "<h2>Notes</h2><ul>" + "".join(f"<li>{escape(note)}</li>" for note in report.notes) + "</ul>"
        if report.notes
        else "",
        environment(report),
        "</body></html>",
    ]
    return "\n".join(part for part in parts if part) + "\n"


def rows(report: Report) -> list[list[str]]:
    def amount(value: float | None) -> str:
        return text.NONE if value is None else text.time(value) if report.unit == "ns" else f"{value:.0f}"

    return [
        [
            f"<b>{escape(f.verdict)}</b>",
            *map(escape, (percent(f.middle), f.interval, amount(f.base), amount(f.candidate))),
            f"<code>{escape(f.name)}</code>",
            escape(f.remark),
        ]
        for f in report.sorted()
    ]


def table(title: str, header: list[str], cells: list[list[str]]) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in header)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in cells)
    body = body or f'<tr><td colspan="{len(header)}">none</td></tr>'
    return f'<h2>{escape(title)}</h2><div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def environment(report: Report) -> str:
    sides = [
        (which, dict(text.flatten({k: context.get(k) for k in ("identity", "volatile", "provenance")})))
        for which, context in report.environment.items()
    ]
    keys = sorted({key for _, known in sides for key in known})
    cells = [[escape(key), *(escape(known.get(key, "")) for _, known in sides)] for key in keys]
    listed = table("Environment", ["fact", *(which for which, _ in sides)], cells) if sides else ""
    return f"<details><summary>Environment and parameters</summary>{parameters(report)}{listed}</details>"


def parameters(report: Report) -> str:
    return table("Parameters", ["name", "value"], [[escape(k), escape(str(v))] for k, v in report.parameters.items()])


def chart(report: Report) -> str:
    """Each case's change with its interval; the band is the threshold."""
    shown = [f for f in report.sorted() if f.middle is not None][:MOST]
    if not shown:
        return ""
    bounds = [math.log1p(f.threshold or 0) for f in shown]
    reach = reach_of(shown, bounds)
    height = TOP + ROW * len(shown) + 50

    def x(log_ratio: float | None, otherwise: float) -> float:
        value = max(-reach, min(reach, otherwise if log_ratio is None else log_ratio))
        return LEFT + (WIDE - LEFT - 20) * (value / reach + 1) / 2

    marks = []
    for k, f in enumerate(shown):
        y, (colour, shape) = TOP + ROW * (k + 0.5), LOOKS[f.verdict]
        bound = bounds[k]
        band = f'<rect x="{x(-bound, 0):.1f}" y="{y - ROW / 2:.1f}" width="{x(bound, 0) - x(-bound, 0):.1f}" '
        marks.append(band + f'height="{ROW}" fill="var(--band)"/>')
        marks.append(f'<text x="{LEFT - 10}" y="{y + 4:.1f}" text-anchor="end">{escape(f.name)}</text>')
        line = f'<line x1="{x(f.low, -reach):.1f}" x2="{x(f.high, reach):.1f}" y1="{y:.1f}" y2="{y:.1f}" '
        marks.append(line + f'stroke="{colour}" stroke-width="2"/>' + mark(shape, x(f.middle, 0), y, colour, f))
    axis = "".join(tick(value, x(value, 0), height) for value in ticks(reach))
    named = f"change of {report.unit if report.unit != 'ns' else 'time'}, candidate against base"
    axis += f'<text x="{x(0, 0):.1f}" y="{height - 8}" text-anchor="middle">{named}</text>'
    more = f"<p>The first {MOST} of {len(report.findings)} cases; the table has all.</p>" if len(shown) == MOST else ""
    alt = f"Change of each case with its interval: {report.summary}"
    return (
        f'<h2>Change</h2><div class="wide"><svg viewBox="0 0 {WIDE} {height}" width="{WIDE}" role="img" '
        f'aria-label="{escape(alt)}">{axis}{"".join(marks)}</svg></div>{legend(shown)}{more}'
    )


def reach_of(shown: list[Finding], bounds: list[float]) -> float:
    """Of the axis: all estimates and nine tenths of the intervals' ends; one wild interval must not flatten the others."""
    ends = [abs(v) for f in shown for v in (f.low, f.high) if v is not None and math.isfinite(v)]
    ends = sorted(ends)[: max(1, math.ceil(0.9 * len(ends)))]
    return 1.1 * max([*ends, *bounds, *(abs(f.middle or 0) for f in shown), 0.01])


def mark(shape: str, x: float, y: float, colour: str, f: Finding) -> str:
    title = f"<title>{escape(f'{f.name}: {percent(f.middle)} {f.interval}, {f.verdict}')}</title>"
    if shape == "triangle":
        return f'<path d="M{x:.1f} {y - 6:.1f}l6 11h-12z" fill="{colour}">{title}</path>'
    if shape == "square":
        return f'<rect x="{x - 5:.1f}" y="{y - 5:.1f}" width="10" height="10" fill="{colour}">{title}</rect>'
    fill = colour if shape == "circle" else "var(--paper)"
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{fill}" stroke="{colour}" stroke-width="2">{title}</circle>'


def ticks(reach: float) -> list[float]:
    """Round shares within reach, about four a side: as much more, and as much less."""
    most, steps = math.expm1(reach), (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 50, 100)
    step = next((step for step in steps if most / step <= 4), most)
    above = [k * step for k in range(1, int(most / step) + 1)]
    below = [math.log1p(-share) for share in above if share < 1 and math.log1p(-share) >= -reach]
    return sorted([0.0, *(math.log1p(share) for share in above), *below])


def tick(value: float, x: float, height: float) -> str:
    dashed = "" if value == 0 else ' stroke-dasharray="2 3"'
    line = f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{height - 46}" stroke="var(--rule)"{dashed}/>'
    label = "0" if value == 0 else percent(value).replace(".0 %", " %")
    return line + f'<text x="{x:.1f}" y="{height - 30}" text-anchor="middle">{label}</text>'


def legend(shown: list[Finding]) -> str:
    names = {"triangle": "▲", "square": "■", "circle": "●", "ring": "○"}
    kinds = [(verdict, look) for verdict, look in LOOKS.items() if any(f.verdict == verdict for f in shown)]
    said = ", ".join(f"{names[shape]} {verdict}" for verdict, (_, shape) in kinds)
    return f"<p>{said}; the grey band is the threshold. Right is more. An interval that leaves the chart is cut at its edge.</p>"
