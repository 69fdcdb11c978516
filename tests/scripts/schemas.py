"""The schemas of docs/schema/, for tests that write a file of ours: check(document, "throughput")."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from builds import ROOT

FOLDER = ROOT / "docs" / "schema"


@cache
def load(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


@cache
def validator(name: str) -> Any:
    """Skips where the library is missing. References are to files of the folder, by their names."""
    jsonschema = pytest.importorskip("jsonschema", reason="python3-jsonschema is missing: run scripts/setup")
    store = {path.name: load(path.stem) for path in FOLDER.glob("*.json")}
    resolver = jsonschema.RefResolver(base_uri=f"{name}.json", referrer=load(name), store=store)
    return jsonschema.Draft202012Validator(load(name), resolver=resolver)


def complaints(document: Any, name: str) -> list[str]:
    return [f"{'/'.join(map(str, e.absolute_path))}: {e.message[:300]}" for e in validator(name).iter_errors(document)]


def check(document: Any, name: str) -> None:
    found = complaints(document, name)
    assert not found, f"{name}: " + "\n".join(found[:5])


def check_file(path: Path, name: str) -> None:
    """A JSON file, or JSON lines."""
    text = path.read_text(encoding="utf-8")
    for document in map(json.loads, text.splitlines()) if path.suffix == ".jsonl" else [json.loads(text)]:
        check(document, name)
