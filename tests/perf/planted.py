"""Modules that are the avx2 module but for one kernel (planted.c), compiled in a blink."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def plant(folder: Path, module: Path, case: tuple[str, str, str, int], slowdown: float = 0, error: float = 0) -> Path:
    """A folder with a module that takes `slowdown` longer, or errs by `error`, in one case (problem, method, lanes, n)."""
    folder.mkdir(parents=True)
    problem, method, lanes, n = case
    texts = {"REAL": str(module), "PROBLEM": problem, "METHOD": method, "LANES": lanes}
    defines = [f'-D{name}="{text}"' for name, text in texts.items()]
    defines += [f"-DAT={n}", f"-DSLOWDOWN={slowdown!r}", f"-DERROR={error!r}"]
    source = Path(__file__).with_name("planted.c")
    command = ["cc", "-O2", "-shared", "-fPIC", f"-I{ROOT / 'src'}", *defines, str(source), "-ldl"]
    subprocess.run([*command, "-o", str(folder / module.name)], check=True)
    shutil.copy(module.with_suffix(".json"), folder)
    return folder
