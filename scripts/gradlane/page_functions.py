"""The elementary functions on the page, as tables that need no script: errors and times, and what is not right where."""

from __future__ import annotations

from . import functions, text
from .data import Run
from .functions import FunctionRow
from .markup import escape, folded, table


def overview(run: Run) -> str:
    """A row for each function and precision, a column for each backend."""
    if not run.functions:
        return ""
    cells = {(row.function, row.dtype, row.backend): row for row in run.functions}
    columns = functions.backends(run.functions)
    kinds = sorted({(row.dtype, functions.rank(row.function)) for row in run.functions})
    body = [
        (f"{name} {dtype}", *(cell(cells.get((name, dtype, one))) for one in columns)) for dtype, (_, name) in kinds
    ]
    caption = (
        "Largest error where the result is a normal number, and time of an element; * wrong for some special value, beyond "
        "some argument, or where the result is subnormal; – the library has no such function"
    )
    return table(caption, ("function", *columns), body) + faults(run.functions)


def ulp(value: float | None) -> str:
    return text.NONE if value is None else f"{value:.2f}" if value < 1000 else f"{value:.1e}"


def cell(row: FunctionRow | None) -> str:
    if row is None:
        return text.NONE
    star = "*" if row.partial else ""
    return f"{ulp(row.ulp)} ulp{star}" + ("" if row.ns is None else f", {text.time(row.ns)}")


def faults(rows: list[FunctionRow]) -> str:
    """Where a function is not right, in a line each."""
    found = [
        (f"{row.backend}", f"{row.function} {row.dtype}", "; ".join(faults_of(row))) for row in rows if row.partial
    ]
    if not found:
        return "<p>Every function is right at every special value, infinity and subnormal result that was tried.</p>"
    return folded(
        f"{len(found)} functions that are wrong somewhere",
        table("What is wrong", ("backend", "function", "where"), found),
    )


def faults_of(row: FunctionRow) -> list[str]:
    parts = [f"{result} for {argument} (expected {expected})" for argument, result, expected in row.wrong_specials]
    if (row.ulp or 0) > functions.OFF:
        parts.append(f"results off by up to {row.ulp:.1e} ulp, at x = {row.at:.9g}")
    if (row.subnormal_ulp or 0) > functions.OFF:
        parts.append(f"subnormal results off by up to {row.subnormal_ulp:.1e} ulp, at x = {row.subnormal_at:g}")
    if row.wrong:
        parts.append(f"NaN or infinite for {row.wrong} arguments where it must not be, or the other way round")
    return parts


def alarms(run: Run) -> list[str]:
    """Functions that break their own promise, as items of a list."""
    return [
        f"<code>{escape(row.backend)}/{escape(row.dtype)}/{escape(row.function)}</code>: largest error {ulp(row.ulp)} ulp, "
        f"{len(row.wrong_specials)} special values wrong, promised {ulp(row.bound)} ulp"
        for row in run.functions
        if row.verdict == "wrong"
    ]
