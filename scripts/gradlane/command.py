"""What commands with subcommands share: a parser whose complaints are one line, and how a command ends."""

from __future__ import annotations

import argparse
import sys
from typing import Any, Callable, NoReturn

from .compare_model import INTERRUPTED, USAGE, Stop


class OneLine(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Stop(message, USAGE)


def parser_of(prog: str, description: str, epilog: str, usage: str | None = None) -> OneLine:
    return OneLine(
        prog=prog,
        usage=usage,
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def parsers(prog: str, description: str, epilog: str) -> tuple[OneLine, Any]:
    """The parser, and what its subcommands are added to."""
    top = parser_of(prog, description, epilog)
    return top, top.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=OneLine)


def split_at_dashes(arguments: list[str] | None) -> tuple[list[str], list[str]]:
    """The command's own words (by default those it was started with), and those behind `--`, which it hands on."""
    words = sys.argv[1:] if arguments is None else arguments
    at = words.index("--") if "--" in words else len(words)
    return words[:at], words[at + 1 :]


def status_of(prog: str, work: Callable[[], int]) -> int:
    """The exit code of `work`; what stops it is one line on stderr."""
    try:
        return work()
    except Stop as problem:
        print(f"{prog}: {problem}", file=sys.stderr)
        return problem.status
    except OSError as problem:
        print(f"{prog}: {problem}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        return INTERRUPTED
