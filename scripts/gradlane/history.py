"""scripts/history: adds runs to the history, shows a case over time, lists change points."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from . import text
from .command import parsers, status_of
from .compare_arguments import threshold
from .compare_driver import read_results
from .compare_model import NOT_COMPARABLE, USAGE, Stop, percent
from .compare_outputs import columns
from .compare_sides import ROOT
from .history_changes import changes
from .history_file import Entry, append, line_of, line_that_equals, read

EPILOG = """\
Times of different environments (processor, caches, compiler, flags, ...) are never in one series: a fingerprint of all
identity fields tells them apart. Change points are advisory: a shift of level by optimal partitioning of ln(time), at least
three runs on each side; the same history always gives the same ones.

exit codes: 0 done, also where changes were found; 2 bad usage or an unreadable file; 3 nothing there to show or to add
"""
WIDTH = 30  # of the bars, in characters


def parser() -> argparse.ArgumentParser:
    told = "The times of this project's cases, run after run, in results/history.jsonl."
    top, commands = parsers("history", told, EPILOG)
    add = commands.add_parser("add", help="append a run: a results folder or a throughput shard", allow_abbrev=False)
    add.add_argument("run", type=Path, metavar="RUN")
    show = commands.add_parser("show", help="cases over time", allow_abbrev=False)
    show.add_argument("case", metavar="REGEX", help="cases whose name matches")
    marks = commands.add_parser("changes", help="where the level of a case shifted", allow_abbrev=False)
    marks.add_argument("--filter", metavar="REGEX", default="", help="only cases whose name matches")
    for one in (show, marks):
        one.add_argument(
            "--threshold", default="0.02", metavar="SHARE", help="smallest shift, 0.02 or 2%%; default 0.02"
        )
        one.add_argument("--environment", metavar="PRINT", default="", help="only fingerprints that begin so")
    for one in (add, show, marks):
        one.add_argument("--file", type=Path, default=ROOT / "results" / "history.jsonl", metavar="FILE")
    return top


def say(line: str) -> None:
    print(f"history: {line}", file=sys.stderr)


def pattern(flag: str, written: str) -> re.Pattern[str]:
    try:
        return re.compile(written)
    except re.error as problem:
        raise Stop(f"{flag}: '{written}' is not a regular expression: {problem}", USAGE) from None


def add(given: argparse.Namespace) -> None:
    if not given.run.exists():
        raise Stop(f"RUN: no such file or folder: {given.run}", USAGE)
    line = line_of(read_results(given.run))
    if given.file.exists() and (there := line_that_equals(given.file, line)):
        raise Stop(f"{given.file}:{there}: this run has been added already", NOT_COMPARABLE)
    if note := append(given.file, line):
        say(note)
    print(f"{len(line['cases'])} cases of environment {line['fingerprint']} added to {given.file}")


def series(given: argparse.Namespace, wanted: re.Pattern[str]) -> dict[tuple[str, str], list[Entry]]:
    """(fingerprint, case) to its runs, in the order they were added."""
    entries, notes = read(given.file)
    for note in notes:
        say(note)
    found: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        for name in entry.times:
            if entry.fingerprint.startswith(given.environment) and wanted.search(name):
                found.setdefault((entry.fingerprint, name), []).append(entry)
    if not found:
        raise Stop(f"{given.file}: no case matches", NOT_COMPARABLE)
    return dict(sorted(found.items(), key=lambda item: (item[0][1], item[0][0])))


def show(given: argparse.Namespace) -> None:
    least = threshold(given.threshold)
    for (print_of, name), entries in series(given, pattern("REGEX", given.case)).items():
        times = [entry.times[name] for entry in entries]
        marked = {change.index: change for change in changes(times, least)}
        print(f"{name}\n  {print_of} ({entries[-1].machine})")
        rows = []
        for index, (entry, time) in enumerate(zip(entries, times)):
            low, high = entry.ends[name]
            commit = entry.commit[:10] + ("+" if entry.dirty else "")
            bar = "#" * max(1, round(WIDTH * time / max(times)))
            told = f"<- {percent(marked[index].log_ratio)}" if index in marked else ""
            rows.append(
                ["  " + entry.utc, commit, text.time(time), f"[{text.time(low)}, {text.time(high)}]", bar, told]
            )
        print("\n".join(columns(rows)))


def list_changes(given: argparse.Namespace) -> None:
    least, count, rows = threshold(given.threshold), 0, []
    for (print_of, name), entries in series(given, pattern("--filter", given.filter)).items():
        count += 1
        for change in changes([entry.times[name] for entry in entries], least):
            entry = entries[change.index]
            levels = f"{text.time(change.before)} -> {text.time(change.after)}"
            rows.append([percent(change.log_ratio), levels, entry.utc, entry.commit[:10], print_of, name])
    print("\n".join([*columns(rows), f"{len(rows)} changes in {count} series (advisory)"]))


def main(arguments: list[str] | None = None) -> int:
    def work() -> int:
        given = parser().parse_args(arguments)
        {"add": add, "show": show, "changes": list_changes}[given.command](given)
        return 0

    return status_of("history", work)
