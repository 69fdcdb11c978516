"""Whatever a results folder holds, reading it gives a run or BadInput: never another exception.

The same seeds each time: shards like the drivers' with something about them changed, in their bytes or in their values.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from gradlane import data

ODD = [
    None,
    True,
    -1,
    0,
    1e308,
    -0.0,
    float("nan"),
    float("inf"),
    10**400,
    "",
    "x",
    "\ud800",
    [],
    [[]],
    {},
    {"n": None},
]
ROUNDS = 300


def places(node: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) below a node."""
    if not isinstance(node, (dict, list)):
        return []
    keys = list(node) if isinstance(node, dict) else range(len(node))
    return [place for key in keys for place in [(node, key), *places(node[key])]]


def mutate_values(text: str, generator: random.Random) -> bytes:
    shard = json.loads(text)
    for _ in range(generator.randint(1, 3)):
        container, key = generator.choice(places(shard))
        match generator.randrange(3):
            case 0:
                container[key] = generator.choice(ODD)
            case 1 if isinstance(container, dict):
                container[generator.choice(["error", "n", "times_ns", "rate"])] = container.pop(key)
            case _:
                del container[key]
    return json.dumps(shard).encode("utf-8", "surrogatepass")


def mutate_bytes(text: str, generator: random.Random) -> bytes:
    raw = bytearray(text.encode())
    for _ in range(generator.randint(1, 4)):
        place = generator.randrange(len(raw))
        raw[place : place + generator.choice([0, 1, 1, 8])] = generator.randbytes(generator.choice([0, 1, 2]))
    return bytes(raw[: generator.choice([len(raw), generator.randrange(len(raw))])])


def read(folder: Path) -> str:
    try:
        data.load(folder)
        return "read"
    except data.BadInput as refusal:
        assert "\n" not in str(refusal)
        return "refused"


@pytest.mark.parametrize("mutate", [mutate_values, mutate_bytes])
@pytest.mark.parametrize("kind", ["throughput", "accuracy", "limits", "functions"])
def test_changed_shards_are_read_or_refused(kind: str, mutate: Any, results: Path) -> None:
    generator = random.Random(f"{kind} {mutate.__name__}")
    path = min((results / kind).glob("*.json"))
    sound = path.read_text()
    assert read(results) == "read"
    outcomes = set()
    for round_ in range(ROUNDS):
        path.write_bytes(mutate(sound, generator))
        try:
            outcomes.add(read(results))
        except Exception as problem:
            raise AssertionError(f"round {round_}: {path.read_bytes()[:2000]!r}") from problem
    assert "refused" in outcomes and ("read" in outcomes or mutate is mutate_bytes)


@pytest.mark.parametrize("text", ["[" * 200_000, "1" * 10_000, '{"a":' * 100_000, "\ufeff{}", "", "null"], ids=range(6))
def test_texts_that_end_a_parser_are_refused(text: str, results: Path) -> None:
    (results / "throughput" / "odd.json").write_text(text)
    assert read(results) == "refused"


def test_numbers_beyond_any_float_are_no_numbers() -> None:
    assert data.number(10**400) is None and data.number(float("inf")) is None and data.number(3) == 3.0
