"""A recorded kernel as a network, its layers from left to right: values and the partial derivative of each step forward,
adjoints backward."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.axes import Axes

from .. import style
from ..figure import Chart, footer, legend, paper
from .lists import Edge, Kernel

FORWARD, BACKWARD = "#00588A", "#B34700"  # both readable on white
RADIUS = 0.17  # of a node, in units of which layers are one apart
SHORT = {"constant": "", "²": "(·)²", "e^−|·|": "$e^{-|x|}$", "sigmoid": "σ", "softplus": "s₊"}
SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def shown(value: float | None) -> str:
    """A number short enough to stand on an edge."""
    if value is None:
        return "not finite"
    value += 0.0  # no −0
    return f"{value:.4g}".replace("-", "−") if abs(value) < 1e6 or value != int(value) else f"{value:.2e}"


def chart(kernel: Kernel) -> Chart:
    found = layout(kernel)
    width, height = max(x for x, _ in found.places), found.rows - 1
    figure, (axes,) = paper(1, 1, f"{kernel.problem}: the recorded list as a network", 1.75 + 0.8 * (height + 1))
    left = 0.1 / figure.get_figwidth()
    figure.subplots_adjust(left=left, right=1 - left)
    footer(
        figure,
        "Above a node: its value, which its edges carry to the right. Blue, on an edge: the partial derivative of the step that it leads into, all other operands held fixed. Orange, under it: "
        "what flows back along the edge, the adjoint of its right end times that partial. A node's adjoint is the sum of what "
        "comes back to it.",
        "",
    )
    axes.set_axis_off()
    axes.set_xlim(-0.45, width + 0.45)
    axes.set_ylim(-0.62, height + 0.62)
    handles = edges(axes, kernel, found.ways)
    nodes(axes, kernel, found.places)
    legend(figure, handles)
    at = ", ".join(shown(x) for x in kernel.at)
    partials = ", ".join(shown(x) for x in kernel.partials)
    return Chart(
        f"network-{kernel.problem}-{kernel.index}",
        f"{kernel.problem} at ({at}): values forward, adjoints backward",
        f"{kernel.size} nodes, in the order in which the kernel computes them. Its value is {shown(kernel.value)}, its partial "
        f"derivatives are {partials}: the adjoints of the inputs.",
        f"{kernel.problem} at ({at}): value {shown(kernel.value)}, partial derivatives {partials}",
        figure,
        ("node", "operation", "of", "value", "partials of the step", "adjoint"),
        [row(kernel, i) for i in range(len(kernel.nodes))],
    )


def name(kernel: Kernel, node: int) -> str:
    return ("x" if node < len(kernel.at) else "v") + str(node).translate(SUBSCRIPT)


def row(kernel: Kernel, i: int) -> tuple[str, ...]:
    node, into = kernel.nodes[i], [edge for edge in kernel.edges if edge.end == i]
    return (
        name(kernel, i),
        node.symbol,
        ", ".join(name(kernel, edge.start) for edge in into),
        shown(node.value),
        ", ".join(shown(edge.partial) for edge in into),
        shown(node.adjoint) if node.active else "passive",
    )


def layers_of(kernel: Kernel) -> list[int]:
    """The longest way from an input; a constant stands one layer before the first that uses it."""
    layers = [0] * len(kernel.nodes)
    into: dict[int, list[int]] = {}
    for edge in kernel.edges:
        into.setdefault(edge.end, []).append(edge.start)
    for node in range(len(kernel.nodes)):
        layers[node] = 1 + max(layers[k] for k in into[node]) if node in into else 0
    for node, drawn in enumerate(kernel.nodes):
        if drawn.symbol == "constant":
            layers[node] = max(0, min(layers[e.end] for e in kernel.edges if e.start == node) - 1)
    return layers


Point = tuple[float, float]


@dataclass
class Layout:
    """x is the layer, the first row is on top. An edge that passes layers has a place of its own in each."""

    places: list[Point]
    ways: list[list[Point]]  # of each edge, from its start to its end
    rows: int


def layout(kernel: Kernel) -> Layout:
    """In a layer what stands there is ordered by what it comes from, and spread evenly."""
    layers = layers_of(kernel)
    places: dict[tuple[int, int], Point] = {}  # of (node, -1) and of (edge, layer)
    last = {edge: (kernel.edges[edge].start, -1) for edge in range(len(kernel.edges))}  # where an edge has come to
    passing = [
        [(edge, layer) for edge, e in enumerate(kernel.edges) if layers[e.start] < layer < layers[e.end]]
        for layer in range(max(layers) + 1)
    ]
    standing = [[(node, -1) for node, own in enumerate(layers) if own == layer] for layer in range(max(layers) + 1)]
    rows = max(len(a) + len(b) for a, b in zip(passing, standing))
    for layer, (through, here) in enumerate(zip(passing, standing)):
        sources = {item: [places[last[item[0]]][1]] for item in through}
        for item in here:
            into = [edge for edge, e in enumerate(kernel.edges) if e.end == item[0]]
            sources[item] = [places[last[edge]][1] for edge in into if last[edge] in places]
        order = sorted(sources, key=lambda item: (-sum(sources[item]) / max(1, len(sources[item])), item[1] < 0, item))
        gap = rows / len(order)
        for rank, item in enumerate(order):
            places[item] = (float(layer), rows - 1 - (gap * (rank + 0.5) - 0.5))
        last.update({edge: (edge, layer) for edge, _ in through})
    ways = []
    for edge, e in enumerate(kernel.edges):
        between = [places[edge, layer] for layer in range(layers[e.start] + 1, layers[e.end])]
        ways.append([places[e.start, -1], *between, places[e.end, -1]])
    return Layout([places[node, -1] for node in range(len(layers))], ways, rows)


def edges(axes: Axes, kernel: Kernel, ways: list[list[Point]]) -> dict[str, object]:
    """Returns what the legend names."""
    handles: dict[str, object] = {}
    (handles["value"],) = axes.plot([], [], "o", color=style.INK, markersize=5)
    (handles["partial derivative of one step"],) = axes.plot([], [], color=FORWARD, linewidth=2.4)
    (handles["adjoint"],) = axes.plot([], [], color=BACKWARD, linewidth=2.4)
    carrying = [e for e in kernel.edges if kernel.nodes[e.start].active and kernel.nodes[e.end].active]
    for edge, way in zip(kernel.edges, ways):
        carries = edge in carrying
        colour = style.GUIDE if carries else style.FAINT
        (x0, y0), *between, (x1, y1) = way
        corners = [(x0 + RADIUS * 0.9, y0), *between, (x1 - RADIUS * 0.9, y1)]
        axes.plot(*zip(*corners[:-1]), color=colour, linewidth=0.8, zorder=1)
        arrow = {"arrowstyle": "-|>", "color": colour, "linewidth": 0.8, "shrinkA": 0, "shrinkB": 0}
        axes.annotate("", corners[-1], corners[-2], arrowprops=arrow, zorder=1)
        if carries:
            fans_out = sum(e.start == edge.start for e in carrying) > sum(e.end == edge.end for e in carrying)
            # Where neighbours are far apart.
            share = 0.8 if between else 0.5 if y0 == y1 else 0.62 if fans_out else 0.36
            label(axes, corners[0], corners[1], share, shown(edge.partial), shown(flow(kernel, edge)))
    return handles


def label(axes: Axes, start: Point, end: Point, share: float, partial: str, back: str) -> None:
    """At that share of the way from start to end."""
    (x0, y0), (x1, y1) = start, end
    x, y = x0 + share * (x1 - x0), y0 + share * (y1 - y0)
    box = {"boxstyle": "square,pad=0.08", "facecolor": "white", "edgecolor": "none", "alpha": 0.85}
    look = {"ha": "center", "fontsize": style.SMALL, "zorder": 2}
    axes.text(x, y + 0.02, partial, va="bottom", color=FORWARD, bbox=box, **look)
    axes.text(x, y - 0.02, back, va="top", color=BACKWARD, bbox=box, **look)


def flow(kernel: Kernel, edge: Edge) -> float | None:
    adjoint = kernel.nodes[edge.end].adjoint
    return None if adjoint is None or edge.partial is None else adjoint * edge.partial


def nodes(axes: Axes, kernel: Kernel, places: list[Point]) -> None:
    for i, (node, (x, y)) in enumerate(zip(kernel.nodes, places)):
        edge = style.INK if node.active else style.FAINT
        axes.plot([x], [y], "o", markersize=19, markerfacecolor="white", markeredgecolor=edge, zorder=3)
        inside = name(kernel, i) if node.symbol == "input" else SHORT.get(node.symbol, node.symbol)
        small = style.SMALL if len(inside) > 2 else 10
        axes.text(x, y, inside, ha="center", va="center_baseline", fontsize=small, zorder=4)
        own = {"textcoords": "offset points", "ha": "center", "fontsize": style.LABEL, "zorder": 4}
        axes.annotate(shown(node.value), (x, y), xytext=(0, 12), va="bottom", fontweight="bold", **own)
        if node.active:
            axes.annotate(shown(node.adjoint), (x, y), xytext=(0, -12), va="top", color=BACKWARD, **own)
