"""The hot loops of the fused reverse pass hold packed arithmetic on whole registers, and no scalar arithmetic.

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
    """Mangled name → loops, of the code that the fused pass consists of."""
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
    if "array_pass" in symbol:  # derives from the fused pass
        return False
    return any(part in symbol for part in ("fused_pass", "reverse_fused", "row_tile", "dot_add_rows"))


def is_dense(problem: str) -> bool:
    return ".dense = true" in (ROOT / "src" / "problems" / f"{problem}.hpp").read_text()


def belongs(symbol: str, problem: str, dtype: str) -> bool:
    mangled, letter = f"{len(problem)}{problem}", DTYPES[dtype]
    if f"batchI{letter}" not in symbol and f"planINS_{mangled}E{letter}" not in symbol:
        return False
    shared = is_dense(problem) and ("row_tile" in symbol or "dot_add_rows" in symbol)
    return shared or mangled in symbol


def module_of(name: str) -> Path:
    path = built("backends", f"{name}.so")
    if "CMAKE_BUILD_TYPE:STRING=Release" not in (path.parents[1] / "CMakeCache.txt").read_text():
        pytest.skip(f"{path} is no release build")
    return path


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("name", REGISTERS)
def test_a_hot_loop_is_packed(name: str, problem: str, dtype: str) -> None:
    code = functions(module_of(name), REGISTERS[name])
    loops = [loop for symbol, all_of in code.items() if belongs(symbol, problem, dtype) for loop in all_of]
    assert loops, f"{name}: no code of the fused pass for {problem} in {dtype}"
    hot = max(loops, key=lambda loop: loop.packed)
    assert hot.packed >= 2, f"{name}: no packed arithmetic in any loop for {problem} in {dtype}"
    assert hot.scalar == 0, f"{name}: scalar arithmetic in the hot loop for {problem} in {dtype}: {hot}"


@pytest.mark.parametrize("name", REGISTERS)
def test_packed_arithmetic_dominates_the_loops(name: str) -> None:
    loops = [loop for all_of in functions(module_of(name), REGISTERS[name]).values() for loop in all_of]
    packed, scalar = sum(loop.packed for loop in loops), sum(loop.scalar for loop in loops)
    assert packed > 10 * scalar, f"{name}: {packed} packed, {scalar} scalar instructions in loops"
