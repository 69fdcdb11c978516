"""The elementary functions' errors and times: ours, and those of libraries, by instruction set."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .reading import interval, number, whole

#: In the order of the page; one that is not among them comes after.
ORDER = ("exp", "log", "log1p", "expm1", "sin", "cos", "tanh", "sigmoid", "softplus")
#: Bits of a vector register. A backend without an entry stands alone (another library, a scalar build).
REGISTER_BITS = {"sse2": 128, "neon64": 128, "avx2": 256, "avx512": 512}
OURS = "gradlane"
#: Whose results are further off than this does not compute them: subnormal numbers flushed to 0, infinity too soon.
OFF = 100.0
#: Beyond this many ulp a chart does not tell apart: marks on its edge.
EDGE = 8.0


@dataclass(frozen=True)
class FunctionRow:
    """A function of one backend in one precision."""

    function: str
    dtype: str
    backend: str
    bound: float | None  # in ulp, promised for all numbers
    ulp: float | None  # the largest error where the result is a normal number
    at: float | None
    subnormal_ulp: float | None  # the same where it is subnormal
    subnormal_at: float | None
    wrong: int  # arguments with NaN or infinity for a number, or the other way round
    specials: int
    wrong_specials: tuple[tuple[str, str, str], ...]  # argument, result, expected
    verdict: str
    swept: int
    ns: float | None = None  # an element
    low: float | None = None
    high: float | None = None

    @property
    def library(self) -> str:
        """libmvec of libmvec_avx2; our own are named after their instruction sets."""
        if self.backend in REGISTER_BITS:
            return OURS
        name, _, registers = self.backend.rpartition("_")
        return name if registers in REGISTER_BITS else self.backend

    @property
    def registers(self) -> str:
        """The instruction set, "" where a call takes one number."""
        name = self.backend.rpartition("_")[2]
        return name if name in REGISTER_BITS else ""

    @property
    def partial(self) -> bool:
        """Not right everywhere: some special value, infinity, NaN, overflow or subnormal result is not."""
        return bool(self.wrong or self.wrong_specials) or max(self.ulp or 0, self.subnormal_ulp or 0) > OFF


def read_functions(shard: dict[str, Any]) -> list[FunctionRow]:
    return [read_function(row, shard) for row in shard["rows"]]


def read_function(row: dict[str, Any], shard: dict[str, Any]) -> FunctionRow:
    sample = [t for t in map(number, row.get("times_ns") or []) if t is not None]
    low, high = interval(sample) if sample else (None, None)
    wrong = tuple((str(s["argument"]), str(s["result"]), str(s["expected"])) for s in row["wrong_specials"])
    return FunctionRow(
        function=str(shard["function"]),
        dtype=str(shard["dtype"]),
        backend=str(row["backend"]),
        bound=number(row.get("bound_ulp")),
        ulp=number(row["normal"]["max_ulp"]),
        at=number(row["normal"]["at"]),
        subnormal_ulp=number(row["subnormal"]["max_ulp"]),
        subnormal_at=number(row["subnormal"]["at"]),
        wrong=whole(row.get("wrong")),
        specials=whole(row.get("specials")),
        wrong_specials=wrong,
        verdict=str(row.get("verdict") or ""),
        swept=whole(shard.get("swept")),
        ns=number(row.get("ns_per_element")),
        low=low,
        high=high,
    )


def rank(name: str) -> tuple[int, str]:
    return (ORDER.index(name) if name in ORDER else len(ORDER), name)


def in_order(rows: Iterable[FunctionRow]) -> list[FunctionRow]:
    """By precision and function; ours first, wide registers first."""
    bits = lambda row: -REGISTER_BITS.get(row.registers, 0)
    key = lambda row: (row.dtype, rank(row.function), row.library != OURS, row.library, bits(row), row.backend)
    return sorted(rows, key=key)


def libraries(rows: Iterable[FunctionRow]) -> list[str]:
    """Ours first, then by the alphabet."""
    return sorted({row.library for row in rows}, key=lambda name: (name != OURS, name))


def backends(rows: Iterable[FunctionRow]) -> list[str]:
    """Ours first, then library by library."""
    return list(
        dict.fromkeys(row.backend for row in sorted(in_order(rows), key=lambda r: (r.library != OURS, r.library)))
    )
