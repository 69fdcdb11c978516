"""Rounds of four fresh processes, ABBA or BAAB by the seed's coin, and the file that keeps every value as soon as it is
there.

A drift that is linear in time hits both sides of a round alike, and neither side goes first more often. A side's time in a
round is the better of its two processes: on a shared machine whole processes are slowed down now and then (measured on a
virtual one, three series of equal builds: 90 % of the ratios within 5, 9 and 21 % instead of 11, 15 and 20 %). The first round only warms the machine and is dropped.
"""

from __future__ import annotations

import json
import math
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TextIO

from .compare_driver import Results

#: Measures one process of a side (0: base, 1: candidate).
Run = Callable[[int], Results]


def orders(rounds: int, seed: int) -> Iterator[tuple[int, ...]]:
    """The sides of each round's processes in their order."""
    coin = random.Random(seed)
    for _ in range(rounds):
        yield (0, 1, 1, 0) if coin.random() < 0.5 else (1, 0, 0, 1)


class RawFile:
    """JSON lines: a header, then one line a process. Flushed line by line: whatever ends the run, it is there."""

    def __init__(self, path: Path, header: dict[str, Any]) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self.file: TextIO = path.open("x", encoding="utf-8")
        self.lines = 0
        self.add({"schema": 1, "kind": "comparison_raw"} | header)

    def add(self, line: dict[str, Any]) -> None:
        self.file.write(json.dumps(line, ensure_ascii=False) + "\n")
        self.file.flush()
        self.lines += 1

    def close(self) -> None:
        self.file.close()


class Progress:
    """A line on stderr where somebody watches."""

    def __init__(self, total: int, stream: TextIO = sys.stderr) -> None:
        self.total, self.stream, self.done, self.start = total, stream, 0, time.monotonic()

    def step(self, what: str) -> None:
        self.done += 1
        if not self.stream.isatty():
            return
        left = (time.monotonic() - self.start) / self.done * (self.total - self.done)
        end = "\n" if self.done == self.total else ""
        print(
            f"\r{what}: process {self.done} of {self.total}, {left:.0f} s left  ", end=end, file=self.stream, flush=True
        )


def sample(run: Run, cases: list[str], rounds: int, seed: int, raw: RawFile | None, stage: str) -> "Samples":
    """Measures; the ratios of all rounds but the first. A case that failed in some process is told apart."""
    taken = Samples({case: [] for case in cases}, {case: ([], []) for case in cases}, {})
    progress = Progress(4 * rounds)
    for number, order in enumerate(orders(rounds, seed)):
        found: tuple[list[Results], list[Results]] = ([], [])
        for side in order:
            found[side].append(run(side))
            progress.step(stage)
            if raw:
                times = {name: row.best for name, row in found[side][-1].rows.items()}
                raw.add({"stage": stage, "round": number, "side": ("base", "candidate")[side], "ns": times})
        taken.add(*found, dropped=number == 0)
    return taken


class Samples:
    """By case: log ratios of the rounds that count, the times of both sides, and complaints."""

    def __init__(
        self,
        ratios: dict[str, list[float]],
        times: dict[str, tuple[list[float], list[float]]],
        failed: dict[str, tuple[int, str]],
    ) -> None:
        self.ratios, self.times, self.failed = ratios, times, failed

    def add(self, base: list[Results], candidate: list[Results], dropped: bool) -> None:
        """A round: the processes of both sides."""
        for name, ratios in self.ratios.items():
            best = []
            for side, processes in enumerate((base, candidate)):
                rows = [process.rows[name] for process in processes]
                for row in rows:
                    if row.best is None:
                        self.failed.setdefault(name, (side, row.why))
                best.append(min((row.best for row in rows if row.best is not None), default=None))
            if dropped or None in best:
                continue
            ratios.append(math.log(best[1] / best[0]))
            for side, time in enumerate(best):
                self.times[name][side].append(time)


def available_cpus() -> list[int]:
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def pinned(threads: int) -> frozenset[int] | None:
    """As many CPUs as the widest case has threads, the highest ones: interrupts are mostly served by the lowest."""
    cpus = available_cpus()
    return frozenset(cpus[-threads:]) if hasattr(os, "sched_setaffinity") and cpus else None
