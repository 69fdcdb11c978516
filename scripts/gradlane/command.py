"""What commands with subcommands share: a parser whose complaints are one line, and how a command ends."""

from __future__ import annotations

import argparse
import sys
from typing import Any, Callable, NoReturn

from .compare_model import INTERRUPTED, USAGE, Stop


class OneLine(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Stop(message, USAGE)


def parsers(prog: str, description: str, epilog: str) -> tuple[OneLine, Any]:
    """The parser, and what its subcommands are added to."""
    top = OneLine(
        prog=prog,
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    return top, top.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=OneLine)


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
