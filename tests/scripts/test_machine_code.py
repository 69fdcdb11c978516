"""The hot loops of every method on SIMD lanes hold packed arithmetic on whole registers, and no scalar arithmetic.

Looks at the disassembly of each module, so it also covers instruction sets that this machine does not run. The modules
hide their symbols but keep their names (.symtab), which tell problem and precision."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from builds import ROOT, built

PROBLEMS = sorted(path.stem for path in (ROOT / "src" / "problems").glob("*.hpp"))
REGISTERS = {"sse2": "xmm", "avx2": "ymm", "avx512": "zmm"}
DTYPES = {"f64": "d", "f32": "f"}

#: Parts of the mangled names of the functions that hold a method's loops. Matrices are read by code that methods share.
DENSE = ("row_tile", "dot_rows", "dot_add_rows", "add_product")
KINDS = {
    "reverse_fused": ("fused_pass", "reverse_fused", *DENSE),
    "reverse_array": ("array_pass", "reverse_array", *DENSE),
    "analytic": ("8gradientI", "8analytic", *DENSE),
    "forward_mode on directions": ("tangent_chunk",),
    "forward_mode on elements": ("element_tangents", *DENSE),
    "differences on elements": ("element_values", *DENSE),
    "differences on directions and points": ("12objective_at",),
    "reverse_tape on points": ("12reverse_tape",),
}
#: In a chunk of tangents the value is one number.
VALUES_ARE_SCALARS = {"forward_mode on directions"}
#: The reverse sweep of a tape is one fma an edge, and so are the edges of a row.
LEAST = {"reverse_tape on points": 1}

SYMBOL = re.compile(r"^[0-9a-f]+ <(.+)>:$")
INSTRUCTION = re.compile(r"^\s*([0-9a-f]+):\s+(\S+)\s*(.*)$")
ARITHMETIC = re.compile(r"^v?(?:add|sub|mul|div|max|min|sqrt|fn?m(?:add|sub)\d+)([ps])[sd]$")
JUMP_TARGET = re.compile(r"^([0-9a-f]+) <")


@dataclass
class Loop:
    packed: int  # arithmetic instructions on whole registers
    scalar: int


def hot_loops(code: list[tuple[int, str, str]], register: str) -> list[Loop]:
    """The stretches from the target of a jump back to that jump, without a call, a return, an unconditional jump or
    another jump back between them. (With one, a stretch need not be a loop: compilers move rare code to the end of a
    function and jump back from there. Branches out to such code are allowed.)"""
    index = {address: k for k, (address, _, _) in enumerate(code)}
    loops = []
    barrier = -1
    for end, (_, mnemonic, operands) in enumerate(code):
        if not mnemonic.startswith(("j", "call", "ret")):
            continue
        target = JUMP_TARGET.match(operands) if mnemonic.startswith("j") else None
        begin = index.get(int(target[1], 16)) if target else None
        jumps_back = begin is not None and begin <= end
        if jumps_back and barrier < begin:
            loop = Loop(0, 0)
            for _, name, used in code[begin : end + 1]:
                if kind := ARITHMETIC.match(name):
                    loop.packed += kind[1] == "p" and register in used
                    loop.scalar += kind[1] == "s"
            loops.append(loop)
        if jumps_back or mnemonic.startswith(("jmp", "call", "ret")):
            barrier = end
    return loops


@cache
def functions(module: Path, register: str) -> dict[str, list[Loop]]:
    """Mangled name → loops, of the code that the methods' loops are in."""
    if shutil.which("objdump") is None:
        pytest.skip("objdump is not installed")
    found: dict[str, list[Loop]] = {}
    name, code = "", []
    command = ["objdump", "--disassemble", "--no-show-raw-insn", "--wide", str(module)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as dump:
        for line in dump.stdout:
            if symbol := SYMBOL.match(line):
                if name:
                    found[name] = hot_loops(code, register)
                name, code = symbol[1] if is_of_interest(symbol[1]) else "", []
            elif name and (instruction := INSTRUCTION.match(line)):
                code.append((int(instruction[1], 16), instruction[2], instruction[3]))
    if name:
        found[name] = hot_loops(code, register)
    assert dump.returncode == 0
    return found


def is_of_interest(symbol: str) -> bool:
    return any(part in symbol for parts in KINDS.values() for part in parts)


def is_of(kind: str, symbol: str) -> bool:
    if kind == "reverse_fused" and "array_pass" in symbol:  # derives from the fused pass
        return False
    return any(part in symbol for part in KINDS[kind])


def is_dense(problem: str) -> bool:
    return ".dense = true" in (ROOT / "src" / "problems" / f"{problem}.hpp").read_text()


def belongs(symbol: str, problem: str, dtype: str) -> bool:
    mangled, letter = f"{len(problem)}{problem}", DTYPES[dtype]
    if f"batchI{letter}" not in symbol and f"planINS_{mangled}E{letter}" not in symbol:
        return False
    shared = is_dense(problem) and any(part in symbol for part in DENSE)
    return shared or mangled in symbol


def module_of(name: str) -> Path:
    path = built("backends", f"{name}.so")
    if "CMAKE_BUILD_TYPE:STRING=Release" not in (path.parents[1] / "CMakeCache.txt").read_text():
        pytest.skip(f"{path} is no release build")
    return path


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", REGISTERS)
def test_a_hot_loop_is_packed(name: str, kind: str, problem: str, dtype: str) -> None:
    code = functions(module_of(name), REGISTERS[name])
    of_kind = {symbol: loops for symbol, loops in code.items() if is_of(kind, symbol)}
    loops = [loop for symbol, all_of in of_kind.items() if belongs(symbol, problem, dtype) for loop in all_of]
    assert loops, f"{name}: no loop of {kind} for {problem} in {dtype}"
    hot = max(loops, key=lambda loop: loop.packed)
    assert hot.packed >= LEAST.get(
        kind, 2
    ), f"{name}: no packed arithmetic in any loop of {kind} for {problem} in {dtype}"
    if kind not in VALUES_ARE_SCALARS:
        assert hot.scalar == 0, f"{name}: scalar arithmetic in the hot loop of {kind} for {problem} in {dtype}: {hot}"


@pytest.mark.parametrize("name", REGISTERS)
def test_packed_arithmetic_dominates_the_loops(name: str) -> None:
    code = functions(module_of(name), REGISTERS[name])
    loops = [loop for symbol, all_of in code.items() if is_of("reverse_fused", symbol) for loop in all_of]
    packed, scalar = sum(loop.packed for loop in loops), sum(loop.scalar for loop in loops)
    assert packed > 10 * scalar, f"{name}: {packed} packed, {scalar} scalar instructions in loops"
