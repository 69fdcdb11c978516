"""From a figure to files that are byte for byte the same in every run, and to a part of a page."""

from __future__ import annotations

import html
import io
import re
from functools import cache
from pathlib import Path

import matplotlib
from matplotlib import pyplot
from PIL import Image

from . import style
from .figure import Chart

RESOLUTION = 150  # pixels per inch of the PNG
SHADES = 10  # of each colour towards white, where edges are smoothed


def save(chart: Chart, folder: Path) -> str:
    """Writes NAME.svg and NAME.png, closes the figure, and returns the SVG for a page."""
    svg, png = io.StringIO(), io.BytesIO()
    # Identifiers are hashes salted with the name: equal in every run, different between figures on one page.
    with matplotlib.rc_context({"svg.hashsalt": chart.name}):
        chart.figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    chart.figure.savefig(png, format="png", dpi=RESOLUTION, metadata={"Software": None})
    pyplot.close(chart.figure)
    drawing = shorter(svg.getvalue())
    (folder / f"{chart.name}.svg").write_text(drawing, encoding="utf-8")
    image = Image.open(png).convert("RGB").quantize(palette=palette(), dither=Image.Dither.NONE)
    image.save(folder / f"{chart.name}.png", optimize=True)
    return inlined(drawing, chart.alt)


@cache
def palette() -> Image.Image:
    """The colours that charts have and their shades: files of a third of the size of full colour. A palette fitted to
    each image would be as small, but merges colours that cover little of it, such as two thin lines' orange and yellow.
    """
    pens = [*style.COLOURS.values(), *style.CENTRAL.values(), *style.RESERVE]
    pens = list(dict.fromkeys(pens + [style.readable(pen) for pen in pens]))
    levels: list[int] = []
    for pen in pens:
        channels = [int(pen[k : k + 2], 16) for k in (1, 3, 5)]
        for shade in range(SHADES):
            levels += [round(c + (255 - c) * shade / SHADES) for c in channels]
    count = 256 - len(levels) // 3
    for grey in range(count):
        levels += [round(255 * grey / (count - 1))] * 3
    image = Image.new("P", (1, 1))
    image.putpalette(levels)
    return image


def shorter(svg: str) -> str:
    """Without metadata and identifiers that nothing refers to, coordinates to a hundredth of a point."""
    used = set(re.findall(r"#([\w.-]+)", svg))
    svg = re.sub(r' id="([\w.-]+)"', lambda m: m.group(0) if m.group(1) in used else "", svg)
    svg = re.sub(r" *<metadata>.*?</metadata>\n?", "", svg, flags=re.S)
    svg = re.sub(
        r"(?<=[\s\",(-])(\d+\.\d{3,})(?=[\s\",)])", lambda m: f"{float(m.group(1)):.2f}".rstrip("0").rstrip("."), svg
    )
    # Readers without the font get one of the same widths.
    return svg.replace("'DejaVu Sans'", "'DejaVu Sans', Verdana, sans-serif")


def inlined(svg: str, alt: str) -> str:
    """An SVG file as a part of a page: no prologue, no fixed size, described for those who cannot see it."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r'^<svg([^>]*?) width="[^"]*"', r"<svg\1", body, count=1)
    body = re.sub(r'^<svg([^>]*?) height="[^"]*"', r"<svg\1", body, count=1)
    return body.replace("<svg", f'<svg role="img" aria-label="{html.escape(alt)}"', 1).strip()
