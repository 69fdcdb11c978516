"""What the chain rule costs: derivatives written out, from inputs to output, and backwards."""

from __future__ import annotations

import math

from matplotlib import ticker
from matplotlib.axes import Axes

from .. import style, text
from ..figure import Chart, footer, legend, paper, size_axis
from ..markup import folded, table
from . import wengert
from .lists import WAYS, Kernel, Network
from .measured import Calculus
from .section import Section

COMMAND = "build/release/bench/chain_rule --out DIR && scripts/report --calculus DIR"
#: The theory's bound on operations for the value and all derivatives, in those for the value alone.
BOUND = 5.0
LOOK = {
    "expanded": (style.COLOURS["forward_difference"], "written out"),
    "forward": (style.COLOURS["forward_mode"], "forward, a sweep for each input"),
    "forward_by_eight": (style.readable(style.COLOURS["forward_mode"]), "forward, eight inputs a sweep"),
    "backward": (style.COLOURS["reverse_fused"], "backward, one sweep"),
}


def section(found: Calculus) -> Section | None:
    kernels = sorted(found.kernels, key=lambda k: (k.problem != "chain", k.problem, k.index))
    if not kernels and not found.networks:
        return None
    charts = [networks_chart(found.networks)] if found.networks else []
    drawings = [wengert.chart(kernel) for kernel in kernels if kernel.nodes]
    first = drawings[:1] + charts
    return Section(
        "chain-rule",
        "The chain rule's cost",
        "A partial derivative written out as a formula of the inputs computes the same things over and over. The chain rule "
        "computes each once, from the inputs to the output in one sweep for each input, or backwards in one for all: then the "
        "value and all derivatives cost at most 4 to 5 times the operations of the value, however many inputs there are.",
        " ".join(part for part in (sentence(kernels), about_networks(found.networks)) if part),
        COMMAND,
        first + drawings[1:],
        [kernels_table(kernels)] if kernels else [],
        shown=len(first),
        failures=failures(kernels, found.networks),
    )


def failures(kernels: list[Kernel], networks: list[Network]) -> list[str]:
    """Of networks alone: in a kernel of one multiplication the chain rule's own operations are no multiple of anything."""
    over = [n for n in networks if constant(n) > BOUND]
    said = [
        f"depth {n.depth}, width {n.width}: backward takes {constant(n):.2f} times the primal's operations"
        for n in over
    ]
    return said + [
        f"{k.problem}: its partial derivatives at (−1, 0, −2, 1) are {k.partials}, not four times −4096, its value {k.value}"
        for k in kernels
        if k.problem == "chain" and k.at == (-1, 0, -2, 1) and (k.value != 1024 or set(k.partials) != {-4096})
    ]


def constant(network: Network) -> float:
    return network.operations["backward"] / network.operations["primal"]


def sentence(kernels: list[Kernel]) -> str:
    chosen = next((k for k in kernels if k.problem == "chain"), None)
    if chosen is None:
        return ""
    at = ", ".join(wengert.shown(x) for x in chosen.at)
    partials = ", ".join(wengert.shown(x) for x in chosen.partials)
    said = (
        f"f(u, v) of the chapter at ({at}) is {wengert.shown(chosen.value)}, its partial derivatives are {partials}. The value takes "
        f"{chosen.primal} operations; its {len(chosen.partials)} partial derivatives {sum(chosen.expanded):.0f} written out, "
        f"{sum(chosen.forward)} in {len(chosen.forward)} sweeps from inputs to output, {chosen.backward} backwards (both with the "
        f"value)"
    )
    if all(chosen.seconds.get(way) for way in WAYS):
        times = [text.time(1e9 * (chosen.seconds[way] or 0)) for way in WAYS]
        said += f"; measured {times[0]}, {times[1]} and {times[2]}"
    return said + "."


def about_networks(networks: list[Network]) -> str:
    if not networks:
        return ""
    worst = max(map(constant, networks))
    timed = [n.seconds["backward"] / n.seconds["primal"] for n in networks]
    widest = max(networks, key=lambda n: (n.depth, n.width))
    grown = widest.operations["forward"] / widest.operations["primal"]
    return (
        f"In {len(networks)} networks of up to {widest.depth} layers and {widest.width} inputs, value and all derivatives backwards "
        f"take at most {worst:.2f} times the operations of the value, {min(timed):.1f} to {max(timed):.1f} times its time; in sweeps "
        f"from inputs to output {grown:.0f} times the operations at {widest.width} inputs."
    )


def networks_chart(networks: list[Network]) -> Chart:
    depth = max(n.depth for n in networks)
    mine = sorted((n for n in networks if n.depth == depth), key=lambda n: n.width)
    figure, (left, right) = paper(
        1, 2, f"Networks of depth {depth}: value and all derivatives, over the value alone", 4.4
    )
    footer(
        figure,
        "A layer is made of pairs u = (a+b)²/2 − 1, v = (a−b)²/2 − 1, as in a butterfly; the value is the sum of the last. Dotted: 5, "
        "the theory's bound backward. Times are of single numbers, not vectorised, and compare with each other only.",
        "",
    )
    entries: dict[str, object] = {}
    lines(left, mine, "operations", WAYS, entries)
    lines(right, mine, "seconds", ("forward", "forward_by_eight", "backward"), entries)
    left.set_title("operations, counted")
    right.set_title("time, measured")
    left.set_ylabel("times that of the value")
    legend(figure, entries)
    return Chart(
        "chain-rule-networks",
        "Forward grows with the inputs, backward does not",
        f"What value and all derivatives take, in multiples of the value alone, in networks of {depth} layers. Written "
        "out, each formula more than doubles with every layer.",
        f"depth {depth}: " + "; ".join(f"{n.width} inputs: backward {constant(n):.2f}" for n in mine),
        figure,
        (
            *("depth", "inputs", "operations: value", "written out", "forward", "backward", "backward / value"),
            *("time: value", "forward", "eight a sweep", "backward", "backward / value"),
        ),
        [network_row(n) for n in sorted(networks, key=lambda n: (n.depth, n.width))],
    )


def lines(axes: Axes, networks: list[Network], what: str, ways: tuple[str, ...], entries: dict[str, object]) -> None:
    widths = [n.width for n in networks]
    for way in ways:
        colour, label = LOOK[way]
        ratios = [getattr(n, what)[way] / getattr(n, what)["primal"] for n in networks]
        dash = (0, (5.0, 1.6)) if way == "forward_by_eight" else "solid"
        (entries[label],) = axes.plot(widths, ratios, marker="o", color=colour, linestyle=dash)
    axes.axhline(BOUND, color=style.GUIDE, linestyle=(0, (1.2, 1.8)), linewidth=1.0)
    axes.set_yscale("log")
    axes.set_ylim(bottom=1)
    axes.yaxis.set_major_formatter(
        lambda ratio, _: f"{ratio:g}" if ratio < 1e4 else f"$10^{{{math.log10(ratio):.0f}}}$"
    )
    axes.yaxis.set_minor_locator(ticker.NullLocator())
    size_axis(axes, widths, "number of inputs m")


def network_row(n: Network) -> tuple[str, ...]:
    counts = [f"{n.operations['primal']:.0f}", whole_or_rounded(n.operations["expanded"])]
    counts += [f"{n.operations[way]:.0f}" for way in ("forward", "backward")]
    times = [text.time(1e9 * n.seconds[way]) for way in ("primal", "forward", "forward_by_eight", "backward")]
    ratio = n.seconds["backward"] / n.seconds["primal"]
    return (str(n.depth), str(n.width), *counts, f"{constant(n):.2f}", *times, f"{ratio:.2f}")


def whole_or_rounded(count: float) -> str:
    return f"{count:.0f}" if count < 1e7 else f"{count:.2e}"


def kernels_table(kernels: list[Kernel]) -> str:
    header = (
        *("kernel", "inputs", "operations: value", "written out", "forward", "backward", "backward / value"),
        *("time: value", "written out", "forward", "backward"),
    )
    rows = [kernel_row(kernel) for kernel in kernels]
    caption = (
        "Operations and times of every problem's kernel. Additions, subtractions, negations, multiplications, divisions and functions "
        "count one each; written out, a square has its base once. Forward: a sweep, with the value, for each input."
    )
    return folded("Operations and times of every kernel", table(caption, header, rows))


def kernel_row(k: Kernel) -> tuple[str, ...]:
    name = k.problem if k.index == 0 else f"{k.problem}, sum {k.index + 1}"
    counts = [str(k.primal), *(f"{k.operations(way):.0f}" for way in WAYS)]
    ratio = f"{k.backward / k.primal:.2f}" if k.primal else text.NONE
    taken = [k.seconds.get(way) for way in ("primal", *WAYS)]
    times = [text.time(1e9 * t) if t else text.NONE for t in taken]
    return (name, str(len(k.active)), *counts, ratio, *times)
