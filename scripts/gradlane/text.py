"""Numbers and names as the report prints them."""

from __future__ import annotations

from typing import Any

SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
UNITS = ((1.0, "ns"), (1e3, "µs"), (1e6, "ms"), (1e9, "s"))
NONE = "–"


def time(ns: float | None) -> str:
    """Three digits and a unit: 9.12 ns, 45.0 µs."""
    if ns is None:
        return NONE
    scale, unit = UNITS[0]
    for candidate, name in UNITS[1:]:
        # 999.6 ns rounds to 1.00 µs, not to "1e+03 ns".
        if ns >= 0.9995 * candidate:
            scale, unit = candidate, name
    return f"{digits(ns / scale)} {unit}"


def digits(value: float) -> str:
    """Three significant digits without an exponent, for values from 0.001 to 10^6."""
    if value >= 99.95:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 9.995 else f"{value:.2f}" if value >= 0.01 else f"{value:.3g}"


def ratio(value: float | None) -> str:
    return NONE if value is None else f"{digits(value)} ×"


def rate(per_second: float) -> str:
    """10 k, 2 M, 500."""
    for scale, prefix in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if per_second >= 0.9995 * scale:
            return f"{per_second / scale:.3g} {prefix}"
    return f"{per_second:.3g}"


def error(value: float | None) -> str:
    if value is None:
        return "not finite"
    return "0" if value == 0 else f"{value:.1e}"


def size(n: int) -> str:
    """Large powers of two as such: 4, 1024, 2¹⁶."""
    if n > 4096 and n & (n - 1) == 0:
        return "2" + str(n.bit_length() - 1).translate(SUPERSCRIPTS)
    return str(n)


def sizes(values: tuple[int, ...]) -> str:
    return ", ".join(size(n) for n in values)


def flatten(tree: Any, prefix: str = "") -> list[tuple[str, str]]:
    """A JSON tree as dotted names with their values. A fact that could not be read is null, and `reasons` beside it
    says why."""
    if isinstance(tree, dict):
        reasons = tree.get("reasons") if isinstance(tree.get("reasons"), dict) else {}
        rows: list[tuple[str, str]] = []
        for key, value in tree.items():
            name = f"{prefix}.{key}" if prefix else str(key)
            if key == "reasons":
                continue
            rows += [(name, f"unknown: {reasons[key]}")] if value is None and key in reasons else flatten(value, name)
        return rows
    if isinstance(tree, list):
        if all(not isinstance(item, (dict, list)) for item in tree):
            return [(prefix, " ".join(str(item) for item in tree))]
        return [row for index, item in enumerate(tree) for row in flatten(item, f"{prefix}.{label(item, index)}")]
    if tree is None:
        return [(prefix, "unknown")]
    return [(prefix, str(tree).lower() if isinstance(tree, bool) else str(tree))]


def label(item: Any, index: int) -> str:
    """What to call a list's item: its own name where it has one."""
    return str(item.get("name", index)) if isinstance(item, dict) else str(index)
