"""What a section of the page consists of."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..figure import Chart


@dataclass
class Section:
    name: str  # its anchor
    title: str
    claim: str  # what the chapter says, a sentence or two
    finding: str  # what was measured here, in numbers
    command: str  # that measures it again
    charts: list[Chart] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)  # HTML
    shown: int = 1  # so many charts, the others are folded
    failures: list[str] = field(default_factory=list)  # where the claim did not hold, a line each


def listed(names: list[str]) -> str:
    """a, b and c."""
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1] if names else "none"
