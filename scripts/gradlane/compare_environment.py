"""Whether two measurements may be compared: identity facts must be equal, volatile ones are told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from . import text
from .compare_model import NOT_COMPARABLE, Stop
from .compare_policy import Policy

#: Differ in any two runs, and say nothing about whether they may be compared.
ALWAYS_DIFFERENT = ("load", "steal_seconds")


def facts(context: dict[str, Any], group: str, backends: Iterable[str]) -> dict[str, str]:
    """Dotted names with values; of the backends only those that take part."""
    tree = dict(context.get(group) or {})
    if isinstance(tree.get("backends"), list):
        kept = set(backends)
        tree["backends"] = [b for b in tree["backends"] if isinstance(b, dict) and b.get("name") in kept]
    return dict(text.flatten(tree))


def differences(
    base: dict[str, Any], candidate: dict[str, Any], group: str, backends: Iterable[str]
) -> list[tuple[str, str, str]]:
    """(key, base's value, candidate's), by key."""
    names = list(backends)
    one, other = facts(base, group, names), facts(candidate, group, names)
    keys = sorted({*one, *other})
    return [(k, one.get(k, "absent"), other.get(k, "absent")) for k in keys if one.get(k) != other.get(k)]


def told(difference: tuple[str, str, str]) -> str:
    key, one, other = difference
    return f"{key}: {shortened(one)} / {shortened(other)}"


def shortened(value: str) -> str:
    return value if len(value) <= 60 else value[:57] + "…"


def require_comparable(
    base: dict[str, Any], candidate: dict[str, Any], backends: Iterable[str], policy: Policy
) -> list[str]:
    """Notes about what differs and was allowed, or is volatile. Stop (not comparable) for any other difference."""
    names = list(backends)
    for which, context in (("base", base), ("candidate", candidate)):
        if not isinstance(context.get("identity"), dict) and not policy.allows("context"):
            raise Stop(f"{which}: its results carry no environment (--allow context)", NOT_COMPARABLE)
    found = differences(base, candidate, "identity", names)
    refused = [one for one in found if not policy.allows(one[0])]
    if refused:
        more = f" (and {len(refused) - 1} more)" if len(refused) > 1 else ""
        keys = ",".join(dict.fromkeys(key for key, _, _ in refused))
        raise Stop(f"the environments differ: {told(refused[0])}{more}; --allow {keys} compares all the same", 3)
    notes = [f"allowed to differ: {told(one)}" for one in found]
    volatile = differences(base, candidate, "volatile", names)
    return notes + [f"differs: {told(one)}" for one in volatile if not one[0].startswith(ALWAYS_DIFFERENT)]
