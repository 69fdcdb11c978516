"""A report as text, Markdown, JSON and JUnit XML; what is written is written whole or not at all."""

from __future__ import annotations

import json
import os
import xml.etree.ElementTree as xml
from pathlib import Path

from . import text
from .compare_html import page
from .compare_model import FASTER, IMPROVED, INCONCLUSIVE, REGRESSION, SIMILAR, SLOWER, UNCHANGED
from .compare_model import USAGE, Finding, Report, Stop, percent

#: Shown without colour: no verdict is told by colour alone.
SIGNS = {REGRESSION: "▲", SLOWER: "▲", IMPROVED: "▼", FASTER: "▼", UNCHANGED: "=", SIMILAR: "=", INCONCLUSIVE: "?"}
LONG = 20  # quiet cases that Markdown shows at once; the others are folded away


def amount(value: float | None, unit: str) -> str:
    if value is None:
        return text.NONE
    return text.time(value) if unit == "ns" else f"{value:,.0f}".replace(",", " ")


def figures(finding: Finding, unit: str) -> list[str]:
    """Change, interval, before and after."""
    both = f"{amount(finding.base, unit)} → {amount(finding.candidate, unit)}"
    return [percent(finding.middle), finding.interval, both]


def as_text(report: Report) -> str:
    rows = [[f"{SIGNS[f.verdict]} {f.verdict}", *figures(f, report.unit), f.name, f.remark] for f in report.sorted()]
    lines = [f"compare {report.kind}: {report.base} → {report.candidate}", report.design]
    lines += columns(rows)
    for table in report.tables:
        lines += ["", table.title, *(columns([table.header, *table.rows]) if table.rows else ["  none"])]
    lines += [""] * bool(report.notes) + [f"note: {note}" for note in report.notes]
    if report.raw:
        lines.append(f"raw values: {report.raw}")
    return "\n".join([*lines, "", report.summary]) + "\n"


def columns(rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))] if rows else []
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]


def as_markdown(report: Report) -> str:
    loud = [f for f in report.sorted() if f.verdict not in (UNCHANGED, SIMILAR)]
    quiet = [f for f in report.sorted() if f.verdict in (UNCHANGED, SIMILAR)]
    head = ["verdict", "change", "interval", "before → after", "case", "remark"]

    def rows(findings: list[Finding]) -> list[list[str]]:
        return [
            [f"{SIGNS[f.verdict]} {f.verdict}", *figures(f, report.unit), f"`{f.name}`", f.remark] for f in findings
        ]

    parts = [f"### compare {report.kind}: {report.base} → {report.candidate}", f"**{report.summary}**", report.design]
    if loud:
        parts.append(markdown_table(head, rows(loud)))
    if quiet and len(quiet) <= LONG:
        parts.append(markdown_table(head, rows(quiet)))
    elif quiet:
        inner = markdown_table(head, rows(quiet))
        parts.append(f"<details><summary>{len(quiet)} unchanged</summary>\n\n{inner}\n\n</details>")
    parts += [f"**{table.title}**\n\n" + markdown_table(table.header, table.rows) for table in report.tables]
    if report.notes:
        parts.append("\n".join(f"- {escaped(note)}" for note in report.notes))
    return "\n\n".join(parts) + "\n"


def escaped(cell: str) -> str:
    return cell.replace("\n", " ").replace("|", "\\|").replace("<", "&lt;")


def markdown_table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *([escaped(cell) for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def as_json(report: Report) -> str:
    return json.dumps(report.to_json(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def as_junit(report: Report) -> str:
    """A case is a test: it fails for a regression and is skipped where nothing could be concluded."""
    suite = xml.Element(
        "testsuite",
        name=f"compare {report.kind}",
        tests=str(len(report.findings)),
        failures=str(report.count(REGRESSION)),
        errors="0",
        skipped=str(report.count(INCONCLUSIVE)),
    )
    properties = xml.SubElement(suite, "properties")
    for key, value in {**report.parameters, "design": report.design, "summary": report.summary}.items():
        xml.SubElement(properties, "property", name=key, value=printable(str(value)))
    for finding in report.sorted():
        where = finding.name.partition("/n:")[0]
        case = xml.SubElement(suite, "testcase", classname=where.replace("/", "."), name=finding.name)
        told = printable(", ".join([finding.verdict, *figures(finding, report.unit)]))
        if finding.verdict == REGRESSION:
            failure = xml.SubElement(case, "failure", message=told, type=REGRESSION)
            failure.text = printable(finding.remark)
        elif finding.verdict == INCONCLUSIVE:
            xml.SubElement(case, "skipped", message=printable(f"{told}; {finding.remark}"))
        xml.SubElement(case, "system-out").text = told
    root = xml.Element("testsuites")
    root.append(suite)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + xml.tostring(root, encoding="unicode") + "\n"


def printable(value: str) -> str:
    """Without the control characters that XML cannot hold."""
    return "".join(c if c >= " " or c in "\n\t" else "�" for c in value)


def write(path: Path, content: str) -> None:
    """By a temporary file and a rename."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(content, encoding="utf-8")
        temporary.replace(path)
    except OSError as problem:
        temporary.unlink(missing_ok=True)
        raise Stop(f"{path}: cannot be written: {problem.strerror}", USAGE) from None


def append_summary(report: Report, where: str) -> None:
    try:
        with open(where, "a", encoding="utf-8") as file:
            file.write(as_markdown(report) + "\n")
    except OSError as problem:
        raise Stop(f"--github-summary: {where}: {problem.strerror}", USAGE) from None


FORMATS = {"markdown": as_markdown, "json": as_json, "junit": as_junit, "html": page}
