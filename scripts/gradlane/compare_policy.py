"""What a project demands of a comparison: a JSON file, every mistake in it one clear line.

{"threshold": 0.02, "thresholds": {"GLOB": 0.05}, "ignore": ["GLOB"], "error_growth": 10, "allow": ["KEY"]}
A case takes the first of the thresholds whose glob matches its name. All keys may be left out.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from .compare_model import USAGE, Stop

THRESHOLD = 0.02
KEYS = ("threshold", "thresholds", "ignore", "error_growth", "allow")


@dataclass
class Policy:
    threshold: float = THRESHOLD
    thresholds: dict[str, float] = field(default_factory=dict)
    ignore: list[str] = field(default_factory=list)
    error_growth: float | None = None  # an error that grows by more is a regression even within its bound
    allow: list[str] = field(default_factory=list)  # identity fields that may differ

    def threshold_of(self, name: str) -> float:
        matching = (value for glob, value in self.thresholds.items() if fnmatchcase(name, glob))
        return next(matching, self.threshold)

    def bound(self, name: str) -> float:
        """L = ln(1 + threshold)."""
        return math.log1p(self.threshold_of(name))

    def ignores(self, name: str) -> bool:
        return any(fnmatchcase(name, glob) for glob in self.ignore)

    def allows(self, key: str) -> bool:
        return any(fnmatchcase(key, glob) for glob in self.allow)

    def unused(self, names: list[str]) -> list[str]:
        """Globs that match no case: most likely a slip."""
        globs = [*self.thresholds, *self.ignore]
        return [glob for glob in globs if not any(fnmatchcase(name, glob) for name in names)]


def strict_json(text: str) -> Any:
    """JSON as the standard has it: Python's own reader takes NaN, infinities and repeated keys."""

    def refuse(constant: str) -> Any:
        raise ValueError(f"{constant} is no JSON number")

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        if len(set(keys)) < len(keys):
            raise ValueError(f"'{next(key for key in keys if keys.count(key) > 1)}' stands twice in one object")
        return dict(pairs)

    return json.loads(text, parse_constant=refuse, object_pairs_hook=once)


def load_json(path: Path) -> Any:
    try:
        return strict_json(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise Stop(f"{path}: {problem.strerror}", USAGE) from None
    except (UnicodeDecodeError, ValueError, RecursionError) as problem:
        raise Stop(f"{path}: not readable as JSON: {problem}", USAGE) from None


def share(value: Any) -> float | None:
    """A threshold: a number of at least 0 and below 1."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1:
        return None
    return float(value)


def load_policy(path: Path | None, threshold: float = THRESHOLD) -> Policy:
    """`threshold` holds where the file names none."""
    policy = Policy(threshold)
    if path is None:
        return policy
    given = load_json(path)

    def reject(what: str) -> Stop:
        return Stop(f"--policy: {path}: {what}", USAGE)

    if not isinstance(given, dict):
        raise reject("is no JSON object")
    if unknown := [key for key in given if key not in KEYS]:
        raise reject(f"unknown key '{unknown[0]}' (known: {', '.join(KEYS)})")
    if "threshold" in given:
        policy.threshold = threshold_in(given["threshold"], "threshold", reject)
    if not isinstance(given.get("thresholds", {}), dict):
        raise reject("'thresholds' is no object of globs and numbers")
    for glob, value in given.get("thresholds", {}).items():
        policy.thresholds[glob] = threshold_in(value, f"thresholds: {glob}", reject)
    for key in ("ignore", "allow"):
        listed = given.get(key, [])
        if not isinstance(listed, list) or not all(isinstance(glob, str) and glob for glob in listed):
            raise reject(f"'{key}' is no list of globs")
        setattr(policy, key, listed)
    if (growth := given.get("error_growth")) is not None:
        if isinstance(growth, bool) or not isinstance(growth, (int, float)) or not growth > 1:
            raise reject("'error_growth' is no number above 1")
        policy.error_growth = float(growth)
    return policy


def threshold_in(value: Any, where: str, reject: Any) -> float:
    found = share(value)
    if found is None:
        raise reject(f"'{where}' is no share between 0 and 1, such as 0.02")
    return found
