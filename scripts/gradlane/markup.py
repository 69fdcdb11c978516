"""Small pieces of HTML: escaped text, tables, folded parts."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from . import style


def escape(content: object) -> str:
    return html.escape(str(content))


def swatch(method: str) -> str:
    """The method's colour; always beside its name, never instead of it."""
    return f'<i class="swatch" style="background:{style.colour(method)}"></i>'


def pair(method: str, lanes: str) -> str:
    return f"{swatch(method)}<b>{escape(method)}</b>/{escape(lanes)}"


def table(caption: str, header: Sequence[str], rows: Iterable[Sequence[str]], raw: bool = False) -> str:
    """Columns whose cells begin like a number are set right. `raw` cells are HTML already."""
    body = [list(row) for row in rows]
    numeric = [all(is_number(row[k]) for row in body if k < len(row)) for k in range(len(header))]
    lines = [f"<table><caption>{escape(caption)}</caption>", "<thead><tr>"]
    lines += [f'<th scope="col"{" class=r" if numeric[k] else ""}>{escape(name)}</th>' for k, name in enumerate(header)]
    lines.append("</tr></thead>\n<tbody>")
    for row in body:
        cells = (cell if raw else escape(cell) for cell in row)
        lines.append(
            "<tr>" + "".join(f"<td{' class=r' if n else ''}>{c}</td>" for c, n in zip(cells, numeric)) + "</tr>"
        )
    lines.append("</tbody></table>")
    return '<div class="scroll">' + "\n".join(lines) + "</div>"


def is_number(cell: str) -> bool:
    return cell[:1].isdigit() or cell in ("–", "not finite")


def folded(summary: str, content: str) -> str:
    return f"<details><summary>{escape(summary)}</summary>\n{content}\n</details>"


def listing(items: Iterable[str]) -> str:
    """Items are HTML already."""
    return "<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>"
