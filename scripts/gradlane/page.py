"""The report: one HTML page without a request to anywhere, opening with the answer.

What needs no choice is plain HTML (page_tables.py). Charts are frames (page_charts.py) that the page's script fills from the
embedded rows (embed.py, web/): with Plotly where scripts/setup could install it, else with the static drawings.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from . import embed, page_charts, page_functions, page_tables, scope, tables, text
from .against import Against
from .calculus import page as calculus
from .data import Run
from .figure import Chart
from .markup import escape, listing

HERE = Path(__file__).parent
STYLE = HERE / "report.css"
PLOTLY = HERE.parent / "plotly" / "node_modules" / "plotly.js-basic-dist-min" / "plotly-basic.min.js"
#: In this order, one scope for all of them.
SCRIPTS = ("charts", "rows", "text", "selection", "controls", "table", "pens", "lines", "plot", "choice")
SCRIPTS += ("chart_time", "chart_ratio", "chart_limit", "chart_roofline", "chart_hardware", "chart_threads")
SCRIPTS += ("chart_pareto", "chart_peers", "chart_error", "chart_histogram", "chart_step", "chart_honesty")
SCRIPTS += ("chart_remainder", "chart_functions", "chart_change", "commands", "main")

#: Charts by name, each with its drawing.
Drawn = list[tuple[Chart, str]]


def page(run: Run, view: tables.View, drawn: Drawn, interactive: bool, against: Against | None = None) -> str:
    """`interactive`: Plotly is there and wanted."""
    content = embed.content(run, view)
    if against is not None:
        content |= {"folder": against.names[1], "base": against.names[0]}
        content["rows"]["changes"] = against.columns()
    scripts = [PLOTLY.read_text(encoding="utf-8")] if interactive else []
    scripts.append(own_script())
    data = [data_block("content", content)]
    if not interactive:
        data.append(data_block("drawings", {chart.name: drawing for chart, drawing in drawn}))
    inlined = "\n".join([*data, *(f"<script>{script}</script>" for script in scripts)])
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy(scripts)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>gradlane report</title>\n<style>\n{STYLE.read_text(encoding='utf-8')}</style>\n</head>\n<body>\n"
        f"{body(run, view, drawn, against)}\n{inlined}\n</body>\n</html>\n"
    )


def own_script() -> str:
    parts = [(HERE / "web" / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS]
    return '(() => {\n"use strict";\n' + "\n".join(parts) + "})();\n"


def data_block(name: str, tree: object) -> str:
    return f'<script type="text/plain" id="{name}">{embed.packed(tree)}</script>'


def policy(scripts: list[str]) -> str:
    """Nothing from anywhere, no script but these. Plotly writes styles: they may stand in the page."""
    hashes = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii") for script in scripts)
    allowed = " ".join(f"'sha256-{one}'" for one in hashes)
    return f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def body(run: Run, view: tables.View, drawn: Drawn, against: Against | None) -> str:
    answers = tables.answers(run, view)
    parts = {
        "Answer": [
            '<div id="chosen-answer" aria-live="polite"></div>',
            "<noscript><p>The charts need scripts. The folder <code>figures</code> beside this page has each of them as "
            "SVG and PNG.</p></noscript>",
            page_charts.frames(("crossover", "pareto"), drawn),
            page_tables.answer(run, answers, view),
            page_tables.noise(run),
        ],
        "Changes": [against.heading(), page_charts.frames(("change",), drawn)] if against else [],
        "Speed": [
            page_charts.frames(("time", "cost", "speedup", "hardware", "threads", "peers"), drawn),
            page_tables.gains(run, view),
        ],
        "Limits": [page_charts.frames(("limit", "roofline"), drawn), page_tables.rates(run)],
        "Accuracy": [page_charts.frames(("error", "ulps", "histogram", "step", "honesty", "remainder"), drawn)],
        "Math": [page_charts.frames(("functions",), drawn), page_functions.overview(run)],
    }
    if against:  # what was asked for comes first
        parts = {"Changes": parts.pop("Changes")} | parts
    parts = {name: [part for part in found if part] for name, found in parts.items()}
    parts = {name: found for name, found in parts.items() if found}
    sections = [f'<h2 id="{name.lower()}">{name}</h2>\n' + "\n".join(found) for name, found in parts.items()]
    links = [(name.lower(), name) for name in parts]
    tail = [page_tables.gaps(run), page_tables.reading(), page_tables.environment(run)]
    if tail[0]:
        links.append(("gaps", "Not measured"))
    links += [("reading", "How to read"), ("environment", "Environment")]
    navigation = "".join(f'<a href="#{anchor}">{name}</a>' for anchor, name in links)
    if not against and calculus.exists(run.folder):
        navigation += f'<a href="{calculus.NAME}">{calculus.TITLE}</a>'
    controls = '<form id="controls" class="controls" aria-label="What to show"></form>'
    main = [headline(run, view, against), alarms(run), controls, *sections, *tail]
    return f"<nav><div>{navigation}</div></nav>\n<main>\n" + "\n".join(part for part in main if part) + "\n</main>"


def headline(run: Run, view: tables.View, against: Against | None) -> str:
    when = scope.fact(run.context, "utc")
    parts = [part for part in (scope.machine(run, view), when, scope.repetitions(run)) if part]
    title = "Which gradient is the right one here?"
    if against:
        title = f"What changed from {against.names[0]} to {against.names[1]}?"
    return f"<h1>{escape(title)}</h1>\n<p class=soft>{escape(' · '.join(parts))}</p>"


def alarms(run: Run) -> str:
    """What failed comes before any figure."""
    failed = [row for row in run.missing if row.failed]
    wrong = [row for row in run.errors if row.verdict == "wrong"]
    slopes = [
        row
        for row in run.remainders
        if row.verdict == "wrong" and row.precision == "quad" and row.case.method != "control"
    ]
    items = [f"<code>{escape(row.case.name)}</code>: {escape(row.reason)}" for row in failed]
    items += [
        f"<code>{escape(row.case.name)}</code>: gradient off by {text.error(row.error)}, tolerance "
        f"{text.error(row.tolerance)}"
        for row in wrong
    ]
    items += [f"<code>{escape(row.case.name)}</code>: remainder of slope {row.slope}" for row in slopes]
    items += page_functions.alarms(run)
    parts = []
    if items:
        parts.append(
            f'<div class="alarm"><b>{len(items)} cases failed.</b> They are in no chart of times.{listing(items)}</div>'
        )
    if run.notes:
        parts.append(f'<div class="notes">{listing(map(escape, run.notes))}</div>')
    return "\n".join(parts)
