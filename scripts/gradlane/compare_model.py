"""What a comparison finds, whatever it compared: findings by case, and a report of them. No input or output here."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

PASS, REGRESSION_FOUND, USAGE, NOT_COMPARABLE, NOT_CONCLUSIVE, SKIPPED, INTERRUPTED = 0, 1, 2, 3, 4, 77, 130

REGRESSION, IMPROVED, UNCHANGED, INCONCLUSIVE = "REGRESSION", "IMPROVED", "UNCHANGED", "INCONCLUSIVE"
FASTER, SLOWER, SIMILAR = "FASTER", "SLOWER", "SIMILAR"  # of methods within one run

SCHEMA = 1


class Stop(Exception):
    """Ends the command: one line for the user, and what to exit with."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


def percent(log_ratio: float | None) -> str:
    """A log ratio as +5.1 %."""
    if log_ratio is None or not math.isfinite(log_ratio):
        return "–"
    share = 100 * math.expm1(log_ratio)
    return f"{share:+.1f} %" if abs(share) < 100 else f"{share:+.0f} %"


@dataclass
class Finding:
    """One case. Ratios are logarithms of candidate over base; times are ns of one gradient."""

    name: str
    verdict: str
    middle: float | None = None
    low: float | None = None  # None: unbounded
    high: float | None = None
    p: float | None = None
    adjusted: float | None = None  # by Holm
    threshold: float | None = None  # as a share: 0.02
    smallest: float | None = None  # log ratio that would have been seen
    base: float | None = None
    candidate: float | None = None
    base_error: float | None = None
    candidate_error: float | None = None
    bound: float | None = None  # of the errors
    notes: list[str] = field(default_factory=list)
    samples: list[float] = field(default_factory=list)  # log ratio of each round used

    @property
    def interval(self) -> str:
        return f"[{percent(self.low)}, {percent(self.high)}]"

    @property
    def remark(self) -> str:
        notes = list(self.notes)
        if self.verdict == INCONCLUSIVE:
            seen = "no effect, however large" if self.smallest is None else f"effects from {percent(self.smallest)}"
            notes.append(f"could have seen {seen}")
        return "; ".join(notes)

    def to_json(self) -> dict[str, Any]:
        ratio = {key: finite_ratio(getattr(self, key)) for key in ("middle", "low", "high", "smallest")}
        return {
            "name": self.name,
            "verdict": self.verdict,
            "ratio": ratio["middle"],
            "ratio_low": ratio["low"],
            "ratio_high": ratio["high"],
            "smallest_detectable_ratio": ratio["smallest"],
            "p": self.p,
            "p_holm": self.adjusted,
            "threshold": self.threshold,
            "base": self.base,
            "candidate": self.candidate,
            "base_error": self.base_error,
            "candidate_error": self.candidate_error,
            "error_bound": self.bound,
            "notes": self.notes,
            "ratios": [math.exp(value) for value in self.samples],
        }


def finite_ratio(log_ratio: float | None) -> float | None:
    return math.exp(log_ratio) if log_ratio is not None and math.isfinite(log_ratio) else None


@dataclass
class Table:
    """Beside the findings: who wins where, crossovers, noise."""

    title: str
    header: list[str]
    rows: list[list[str]]


@dataclass
class Report:
    kind: str  # the subcommand
    design: str  # one line: how it was measured and judged
    base: str
    candidate: str
    unit: str = "ns"
    parameters: dict[str, Any] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    environment: dict[str, Any] = field(default_factory=dict)
    raw: str | None = None
    status: int = PASS

    def count(self, verdict: str) -> int:
        return sum(finding.verdict == verdict for finding in self.findings)

    @property
    def matched(self) -> list[float]:
        return [finding.middle for finding in self.findings if finding.middle is not None]

    @property
    def geomean(self) -> float | None:
        return math.exp(math.fsum(self.matched) / len(self.matched)) if self.matched else None

    @property
    def summary(self) -> str:
        words = (REGRESSION, IMPROVED, UNCHANGED, INCONCLUSIVE, FASTER, SLOWER, SIMILAR)
        shown = {REGRESSION, INCONCLUSIVE} if self.kind != "methods" else set()
        counts = [f"{self.count(word)} {word}" for word in words if self.count(word) or word in shown]
        mean = f"geometric mean {self.geomean:.4f} over {len(self.matched)} matched cases" if self.matched else ""
        return "; ".join(part for part in (", ".join(counts), mean) if part)

    def sorted(self) -> list[Finding]:
        """What matters first."""
        order = [REGRESSION, SLOWER, INCONCLUSIVE, IMPROVED, FASTER, UNCHANGED, SIMILAR]
        return sorted(self.findings, key=lambda f: (order.index(f.verdict), -abs(f.middle or 0), f.name))

    def to_json(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "kind": "comparison",
            "command": self.kind,
            "design": self.design,
            "base": self.base,
            "candidate": self.candidate,
            "unit": self.unit,
            "parameters": self.parameters,
            "exit_code": self.status,
            "summary": self.summary,
            "geometric_mean": self.geomean,
            "matched_cases": len(self.matched),
            "findings": [finding.to_json() for finding in self.sorted()],
            "tables": [{"title": t.title, "header": t.header, "rows": t.rows} for t in self.tables],
            "notes": self.notes,
            "environment": self.environment,
            "raw": self.raw,
        }


def exit_code(report: Report, require_conclusive: bool) -> int:
    if report.count(REGRESSION):
        return REGRESSION_FOUND
    return NOT_CONCLUSIVE if require_conclusive and report.count(INCONCLUSIVE) else PASS
