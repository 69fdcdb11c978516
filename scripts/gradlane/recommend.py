"""Which method to take: the fastest one measured that has the digits asked for. The one place where that is decided:
`accuracy --recommend` prints it, the report draws it over n and digits.

A case has D correct digits if the relative error of its gradient (2-norm, against the oracle) is at most 10^-D, by the
worst of what throughput and accuracy found for it. Only what passed its check takes part: a finite difference without
digits may have come close by chance, and is never recommended. Neither are the value alone and the hand-written gradient,
which a user does not have.
"""

from __future__ import annotations

import argparse
import difflib
import math
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from . import data, tables, text
from .data import Run, Timing


@dataclass(frozen=True)
class Choice:
    """A case that may be recommended. `error` is the worst known."""

    row: Timing
    error: float

    @property
    def digits(self) -> float:
        return math.inf if self.error == 0 else -math.log10(self.error)


def choices(
    run: Run, problem: str, n: int, threads: int = 1, ensembles: bool = False, black_box: bool = False
) -> list[Choice]:
    """What competes at one problem and n: every backend and precision, for one point or (`ensembles`) for many. A
    `black_box` has nothing but values: finite differences."""
    place = lambda case: (case.method, case.lanes, case.dtype, case.backend)
    checks = [row for row in run.errors if row.case.problem == problem and row.case.n == n]
    distrusted = {place(row.case) for row in checks if row.verdict != "ok" or row.error is None}
    worst: dict[tuple[str, ...], float] = {}
    for row in checks:
        worst[place(row.case)] = max(worst.get(place(row.case), 0.0), row.error or 0.0)
    found = []
    for row in run.timings:
        case = row.case
        here = case.problem == problem and case.n == n and case.threads == threads
        if not here or (case.lanes == "points") != ensembles or place(case) in distrusted:
            continue
        if tables.is_contender(row) and (row.order > 0 or not black_box):
            found.append(Choice(row, max(row.error, worst.get(place(case), 0.0))))
    return found


def best(among: Iterable[Choice], digits: float) -> Choice | None:
    """The fastest with at least so many correct digits. Nothing else decides; equal times go by name."""
    able = (choice for choice in among if choice.error <= 10.0**-digits)
    return min(able, key=lambda choice: (choice.row.ns, choice.row.case.name), default=None)


def most_exact(among: Iterable[Choice]) -> Choice | None:
    return min(among, key=lambda choice: (choice.error, choice.row.ns, choice.row.case.name), default=None)


def digits_text(choice: Choice) -> str:
    return "every digit" if choice.error == 0 else f"{choice.digits:.1f} digits"


def answer(among: Sequence[Choice], digits: float) -> str:
    """What the command prints: the name of the case first, then what is known of it."""
    found = best(among, digits)
    if found is None:
        lines = [f"none: no method measured has {digits:g} correct digits"]
        closest = most_exact(among)
        return "\n".join([*lines, "the most exact:", *described(closest)] if closest else lines)
    others = [choice for choice in among if choice.row.case.method != found.row.case.method]
    second = best(others, digits)
    lines = described(found)
    if second is not None:
        slower = text.ratio(second.row.ns / found.row.ns)
        lines.append(f"  next: {second.row.case.name}, {slower} its time, {digits_text(second)}")
    return "\n".join(lines)


def described(choice: Choice) -> list[str]:
    error = "exactly right" if choice.error == 0 else f"relative error {text.error(choice.error)}"
    if choice.row.case.dtype == "f32":
        error += ", at inputs rounded to f32"
    return [choice.row.case.name, f"  {text.time(choice.row.ns)} per gradient, {digits_text(choice)} ({error})"]


class BadUsage(Exception):
    """One line for the user."""


def required(flag: str, wanted: str, known: Sequence[str]) -> None:
    if wanted in known:
        return
    near = difflib.get_close_matches(wanted, known, 1)
    hint = f" (did you mean '{near[0]}'?)" if near else f": this folder has {', '.join(known)}"
    raise BadUsage(f"{flag}: unknown name '{wanted}'{hint}")


def candidates(run: Run, given: argparse.Namespace) -> list[Choice]:
    """What competes under these flags; BadUsage for what was never measured."""
    timed = [row.case for row in run.timings]
    if not timed:
        raise BadUsage(f"{run.folder} holds no times: measure with throughput --out {run.folder}")
    required("--problem", given.problem, sorted({case.problem for case in timed}))
    timed = [case for case in timed if case.problem == given.problem]
    for flag, wanted, of in (
        ("--n", given.n, lambda case: case.n),
        ("--threads", given.threads, lambda case: case.threads),
    ):
        known = sorted({of(case) for case in timed})
        if wanted not in known:
            listed = ", ".join(map(str, known))
            raise BadUsage(f"{flag}: {given.problem} was not measured at {wanted}, but at {listed}")
        timed = [case for case in timed if of(case) == wanted]
    for flag, wanted, of in (
        ("--dtype", given.dtype, lambda case: case.dtype),
        ("--backend", given.backend, lambda case: case.backend),
    ):
        if wanted:
            required(flag, wanted, sorted({of(case) for case in timed}))
            timed = [case for case in timed if of(case) == wanted]
    left = set(timed)
    found = choices(run, given.problem, given.n, given.threads, given.ensembles, given.black_box)
    return [choice for choice in found if choice.row.case in left]


class Parser(argparse.ArgumentParser):
    """Says in one line what is wrong."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def parser() -> Parser:
    made = Parser(
        prog="accuracy --recommend",
        description="The fastest method measured that has the digits asked for, from a results folder.",
    )
    made.add_argument("folder", metavar="DIR", type=Path, help="a folder that scripts/run or the drivers wrote")
    made.add_argument("--problem", required=True, metavar="NAME")
    made.add_argument("--n", required=True, type=int, help="number of inputs, one that was measured")
    made.add_argument(
        "--digits", required=True, type=float, metavar="D", help="relative error of the gradient at most 10^-D"
    )
    made.add_argument("--dtype", metavar="NAME", help="f32 or f64 only; default: whichever is faster")
    made.add_argument("--backend", metavar="NAME", help="this one only, such as avx2; default: whichever is faster")
    made.add_argument("--threads", type=int, default=1, metavar="T", help="default 1")
    made.add_argument("--ensembles", action="store_true", help="per gradient of many independent points (lanes points)")
    made.add_argument("--black-box", action="store_true", help="only methods that need nothing but values: differences")
    return made


def main(arguments: list[str] | None = None) -> int:
    given = parser().parse_args(arguments)
    try:
        if not (math.isfinite(given.digits) and given.digits > 0):
            raise BadUsage("--digits: not a finite number above 0")
        print(answer(candidates(data.load(given.folder), given), given.digits))
    except (BadUsage, data.BadInput) as problem:
        print(f"accuracy --recommend: {problem}", file=sys.stderr)
        return 2
    return 0
