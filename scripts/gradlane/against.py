"""Two stored runs: what changed from the base to the candidate. The judgement is that of scripts/compare runs."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from math import exp
from typing import Any

from . import compare_builds, compare_environment, compare_model, compare_policy, compare_runs, embed_columns
from .compare_model import Finding, Report, Stop
from .data import Case, Run
from .markup import escape, folded, listing


class NotComparable(Exception):
    """The message is the one line that the user sees."""


@dataclass(frozen=True)
class Change:
    """A case that both runs have."""

    case: Case
    finding: Finding

    @property
    def ratio(self) -> float | None:
        return None if self.finding.middle is None else exp(self.finding.middle)

    @property
    def interval(self) -> tuple[float | None, float | None]:
        """None: unbounded."""
        return compare_model.finite_ratio(self.finding.low), compare_model.finite_ratio(self.finding.high)


@dataclass(frozen=True)
class Against:
    base: Run
    names: tuple[str, str]
    report: Report
    changes: list[Change]
    differences: list[str]  # of the environments' identity

    def columns(self) -> dict[str, Any]:
        rounded = embed_columns.rounded
        finding = lambda key, digits=4: lambda row: rounded(getattr(row.finding, key), digits)
        return embed_columns.columns(
            self.changes,
            [
                *embed_columns.case_columns(),
                ("verdict", lambda row: row.finding.verdict),
                ("threshold", lambda row: row.finding.threshold),
                ("ratio", lambda row: rounded(row.ratio, 4)),
                ("low", lambda row: rounded(row.interval[0], 4)),
                ("high", lambda row: rounded(row.interval[1], 4)),
                ("base", finding("base")),
                ("candidate", finding("candidate")),
                ("base_error", finding("base_error", 3)),
                ("candidate_error", finding("candidate_error", 3)),
            ],
        )

    def heading(self) -> str:
        """The verdicts first, then how little two stored runs can say."""
        lines = [f"<p class=said><b>{escape(self.report.summary)}</b></p>"]
        if self.differences:
            lines.append(
                '<div class="alarm"><b>The environments differ</b>, so a change of time need not be one of code.'
                f"{listing(map(escape, self.differences))}</div>"
            )
        lines.append(
            "<p>Two stored runs are the weaker design: whatever drifted between them looks like a change. "
            "<code>scripts/compare builds</code> measures two builds in turns.</p>"
        )
        # What bears on all verdicts is said, what bears on a case can be looked up.
        warnings = [note for note in self.report.notes if note.startswith("too few")]
        lines += [f"<p>{escape(note[0].upper() + note[1:])}.</p>" for note in warnings]
        others = [note for note in self.report.notes if note not in warnings]
        if others:
            lines.append(folded(f"{len(others)} notes", listing(map(escape, others))))
        return "\n".join(lines)


def named(base: Run, candidate: Run) -> tuple[str, str]:
    """The folders' names; where they are equal, with their parents'."""
    one, other = base.folder.resolve(), candidate.folder.resolve()
    if one.name != other.name:
        return one.name, other.name
    return f"{one.parent.name}-{one.name}", f"{other.parent.name}-{other.name}"


def compare(base: Run, candidate: Run) -> Against:
    """NotComparable where the two have nothing in common."""
    policy = compare_policy.Policy(allow=["*"])
    plan = compare_builds.Plan(rounds=0, alpha=0.05, policy=policy, allow_missing=True)
    report = Report("runs", "", str(base.folder), str(candidate.folder))
    try:
        # What it would say on stderr is among the report's notes.
        with contextlib.redirect_stderr(io.StringIO()):
            compare_runs.compare_runs(base.folder, candidate.folder, plan, report)
    except Stop as problem:
        raise NotComparable(str(problem)) from None
    cases = {row.case.name: row.case for row in candidate.timings} | {
        row.case.name: row.case for row in candidate.missing
    }
    changes = [Change(cases[one.name], one) for one in report.findings if one.name in cases]
    backends = {change.case.backend for change in changes}
    differing = compare_environment.differences(base.context, candidate.context, "identity", backends)
    report.notes = [note for note in report.notes if not note.startswith("allowed to differ")]
    return Against(base, named(base, candidate), report, changes, [compare_environment.told(one) for one in differing])
