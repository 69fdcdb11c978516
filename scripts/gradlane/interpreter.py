"""Finds a Python that has the packages a script needs.

The `python3` that comes first on PATH is often a version manager's or a virtual environment's, without Debian's
python3-matplotlib and python3-numpy, which /usr/bin/python3 has. Importing stays the caller's business: this module
only replaces the running process by one that can import, or says in one line what is missing.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys

CANDIDATES = ("/usr/bin/python3", "/usr/local/bin/python3")
GUARD = "GRADLANE_INTERPRETER_CHOSEN"  # set in the replacement, so that two unfit ones do not call each other forever


def has(modules: tuple[str, ...]) -> bool:
    """True if the running interpreter finds every module (none is imported: that would cost a second)."""
    return all(importlib.util.find_spec(name) is not None for name in modules)


def fit(interpreter: str, modules: tuple[str, ...]) -> bool:
    """True if another interpreter is new enough and imports every module."""
    check = "import " + ", ".join(("sys", *modules)) + "; assert sys.version_info >= (3, 10)"
    try:
        return subprocess.run([interpreter, "-c", check], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def require(*modules: str) -> None:
    """Returns if the modules are here; otherwise goes on in an interpreter that has them, or exits with status 2."""
    if sys.version_info >= (3, 10) and has(modules):
        return
    if not os.environ.get(GUARD):
        for interpreter in CANDIDATES:
            if fit(interpreter, modules):
                os.environ[GUARD] = "1"
                os.execv(interpreter, [interpreter, *sys.argv])
    what = f" with {', '.join(modules)}" if modules else ""
    print(f"no Python >= 3.10{what} found: run scripts/setup", file=sys.stderr)
    sys.exit(2)
