"""The page itself: one HTML file without a script and without a request to anywhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from .. import scope, text
from ..data import BadInput, Missing
from ..markup import escape, folded, listing, table
from ..save import save
from . import approximation, chain_rule, critical, curvature, descents, directions, matrices, starts
from .measured import KINDS, Calculus, load
from .section import Section

STYLE = Path(__file__).parents[1] / "report.css"
NAME = "calculus.html"
TITLE = "The calculus, measured"

#: In the order of the page.
SECTIONS: tuple[Callable[[Calculus], Section | None], ...] = (
    approximation.section,
    descents.section,
    starts.section,
    directions.section,
    critical.section,
    chain_rule.section,
    curvature.section,
    matrices.section,
)


def exists(folder: Path) -> bool:
    return any(any((folder / kind).glob("*.json")) for kind in KINDS)


def write(folder: Path) -> Path:
    """Makes figures/calculus/ and calculus.html in a results folder. BadInput where it holds nothing of the calculus."""
    found = load(folder)
    figures = folder / "figures" / "calculus"
    sections: list[Section] = []
    drawings: dict[str, str] = {}
    for make in SECTIONS:
        if (section := make(found)) is not None:
            figures.mkdir(parents=True, exist_ok=True)
            sections.append(section)
            # At once: an open figure is a lot of memory.
            drawings |= {chart.name: save(chart, figures) for chart in section.charts}
    if not sections:
        raise BadInput(f"{folder}: its shards of the calculus have no row to draw")
    for stale in figures.iterdir():
        if stale.suffix in (".svg", ".png") and stale.stem not in drawings:
            stale.unlink()
    path = folder / NAME
    path.write_text(page(found, sections, drawings), encoding="utf-8")
    return path


def page(found: Calculus, sections: list[Section], drawings: dict[str, str]) -> str:
    policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    links = [(one.name, one.title) for one in sections] + [("environment", "Environment")]
    report = '<a href="report.html">Report</a>' if (found.folder / "report.html").exists() else ""
    navigation = report + "".join(f'<a href="#{name}">{escape(title)}</a>' for name, title in links)
    body = "\n".join([headline(found), alarms(found, sections), *(shown(one, drawings) for one in sections)])
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>gradlane: {TITLE}</title>\n<style>\n{STYLE.read_text(encoding='utf-8')}</style>\n</head>\n<body>\n"
        f"<nav><div>{navigation}</div></nav>\n<main>\n{body}\n{tail(found)}\n</main>\n</body>\n</html>\n"
    )


def machine(context: dict) -> str:
    """Processor, compiler, commit, time."""
    facts = ("cpu_model_name", "compiler", "commit", "utc")
    known = [scope.fact(context, name) for name in facts]
    known = [f"commit {fact[:12]}" if name == "commit" and fact else fact for name, fact in zip(facts, known)]
    return " · ".join(fact for fact in known if fact)


def headline(found: Calculus) -> str:
    return (
        f"<h1>{TITLE}</h1>\n<p class=soft>{escape(machine(found.context))}</p>\n"
        "<p>What a chapter on multivariable calculus says about gradients, held against the gradients of this suite: the same "
        "methods, lanes and modules that the report compares. Every gradient was checked against a closed form in quad "
        "precision before it was followed.</p>"
    )


def alarms(found: Calculus, sections: list[Section]) -> str:
    items = [escape(line) for line in found.complaints]
    items += [f"{escape(one.title)}: {escape(line)}" for one in sections for line in one.failures]
    if not items:
        return ""
    return f'<div class="alarm"><b>{len(items)} claims or cases failed.</b>{listing(items)}</div>'


def shown(one: Section, drawings: dict[str, str]) -> str:
    parts = [f'<h2 id="{one.name}">{escape(one.title)}</h2>', f"<p>{escape(one.claim)}</p>"]
    parts.append(f"<p class=said>{escape(one.finding)}</p>")
    for index, chart in enumerate(one.charts):
        drawn = f'<div class="drawing">{drawings[chart.name]}</div>\n<p class="caption">{escape(chart.caption)}</p>'
        drawn += folded("Table", table(chart.title, chart.header, chart.rows)) if chart.rows else ""
        frame = f'<section class="chart" id="chart-{chart.name}">\n<h3>{escape(chart.title)}</h3>\n{drawn}\n</section>'
        parts.append(frame if index < one.shown else folded(chart.title, frame))
    parts += one.tables
    parts.append(f"<p class=soft>Measured again by</p>\n<pre>{escape(one.command)}</pre>")
    return "\n".join(parts)


def tail(found: Calculus) -> str:
    facts = [(key, value) for key, value in text.flatten(found.context) if not re.search(r"(^|\.)reasons", key)]
    return gaps(found.missing) + (
        '<h2 id="environment">Environment</h2>\n'
        + folded("What the measurements depend on", table("Facts of the run", ("fact", "value"), facts))
    )


def gaps(missing: list[Missing]) -> str:
    if not missing:
        return ""
    rows = [(row.case.name, row.reason) for row in missing]
    return "<h2>Not measured</h2>\n" + folded(f"{len(rows)} cases", table("", ("case", "why"), rows))
