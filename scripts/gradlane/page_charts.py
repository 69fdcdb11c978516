"""The frame of each chart: its title and caption as the static chart has them, and the places that the script fills."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .figure import Chart
from .markup import escape


def kind(chart: Chart) -> str:
    """time of time-chain."""
    return chart.name.split("-")[0]


def frames(kinds: Sequence[str], drawn: Iterable[tuple[Chart, str]]) -> str:
    """Those that some problem of the run has."""
    first: dict[str, Chart] = {}
    for chart, _ in drawn:
        first.setdefault(kind(chart), chart)
    return "\n".join(frame(name, first[name]) for name in kinds if name in first)


def frame(name: str, chart: Chart) -> str:
    return (
        f'<section class="chart" id="{name}">\n<h3>{escape(chart.title)}</h3>\n<p class="shown"></p>\n<p class="nothing"></p>\n'
        f'<div class="drawing" role="img" aria-label=""></div>\n<p class="caption">{escape(chart.caption)} <span class="note"></span></p>\n'
        '<details class="data"><summary>Table</summary><div class="rows"></div></details>\n'
        '<p class="tools"><button type="button" class="csv">Download as CSV</button> <a class="link" href="#">Link to this view</a></p>\n'
        '<details class="how"><summary>Command line that measures this again</summary><pre class="command" tabindex="0"></pre></details>\n'
        "</section>"
    )
