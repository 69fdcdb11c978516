"""A recorded kernel as a network, its layers from left to right: values and the partial derivative of each step forward,
adjoints backward."""

from __future__ import annotations

from matplotlib.axes import Axes

from .. import style
from ..figure import Chart, footer, legend, paper
from .lists import Edge, Kernel

FORWARD, BACKWARD = "#00588A", "#B34700"  # both readable on white
RADIUS = 0.17  # of a node, in units of which layers are one apart
SHORT = {"constant": "", "²": "(·)²"}
SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def shown(value: float | None) -> str:
    """A number short enough to stand on an edge."""
    if value is None:
        return "not finite"
    value += 0.0  # no −0
    return f"{value:.4g}".replace("-", "−") if abs(value) < 1e6 or value != int(value) else f"{value:.2e}"


def chart(kernel: Kernel) -> Chart:
    places = layout(kernel)
    width, height = max(x for x, _ in places), max(y for _, y in places)
    figure, (axes,) = paper(1, 1, f"{kernel.problem}: the recorded list as a network", 1.75 + 0.72 * (height + 1))
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
    handles = edges(axes, kernel, places)
    nodes(axes, kernel, places)
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


def layout(kernel: Kernel) -> list[tuple[float, float]]:
    """x is the layer; in a layer nodes stand in the order of what they are made from, spread evenly, the first on top."""
    layers = layers_of(kernel)
    places = [(0.0, 0.0)] * len(layers)
    most = max(layers.count(layer) for layer in set(layers))
    for layer in range(max(layers) + 1):
        members = [node for node, own in enumerate(layers) if own == layer]
        sources = {
            n: [places[e.start][1] for e in kernel.edges if e.end == n and layers[e.start] < layer] for n in members
        }
        members.sort(key=lambda n: (-sum(sources[n]) / len(sources[n]) if sources[n] else 0, n))
        gap = most / len(members)
        for rank, node in enumerate(members):
            places[node] = (float(layer), most - 1 - (gap * (rank + 0.5) - 0.5))
    return places


def edges(axes: Axes, kernel: Kernel, places: list[tuple[float, float]]) -> dict[str, object]:
    """Returns what the legend names."""
    handles: dict[str, object] = {}
    (handles["value"],) = axes.plot([], [], "o", color=style.INK, markersize=5)
    (handles["partial derivative of one step"],) = axes.plot([], [], color=FORWARD, linewidth=2.4)
    (handles["adjoint"],) = axes.plot([], [], color=BACKWARD, linewidth=2.4)
    for edge in kernel.edges:
        (x0, y0), (x1, y1) = places[edge.start], places[edge.end]
        active = kernel.nodes[edge.start].active
        colour = style.GUIDE if active else style.FAINT
        axes.annotate(
            "",
            (x1 - RADIUS * 0.9, y1),
            (x0 + RADIUS * 0.9, y0),
            arrowprops={"arrowstyle": "-|>", "color": colour, "linewidth": 0.8, "shrinkA": 0, "shrinkB": 0},
            zorder=1,
        )
        if not active:
            continue
        # Where edges of one node's operands or users cross, labels at one third stay apart.
        share = 0.5 if y0 == y1 else 0.36
        x, y = x0 + RADIUS + share * (x1 - x0 - 2 * RADIUS), y0 + share * (y1 - y0)
        box = {"boxstyle": "square,pad=0.08", "facecolor": "white", "edgecolor": "none", "alpha": 0.85}
        text = {"ha": "center", "fontsize": style.SMALL, "zorder": 2}
        axes.text(x, y + 0.02, shown(edge.partial), va="bottom", color=FORWARD, bbox=box, **text)
        axes.text(x, y - 0.02, shown(flow(kernel, edge)), va="top", color=BACKWARD, bbox=box, **text)
    return handles


def flow(kernel: Kernel, edge: Edge) -> float | None:
    adjoint = kernel.nodes[edge.end].adjoint
    return None if adjoint is None or edge.partial is None else adjoint * edge.partial


def nodes(axes: Axes, kernel: Kernel, places: list[tuple[float, float]]) -> None:
    for i, (node, (x, y)) in enumerate(zip(kernel.nodes, places)):
        edge = style.INK if node.active else style.FAINT
        axes.plot([x], [y], "o", markersize=19, markerfacecolor="white", markeredgecolor=edge, zorder=3)
        inside = name(kernel, i) if node.symbol == "input" else SHORT.get(node.symbol, node.symbol)
        small = style.SMALL if len(inside) > 3 else 10
        axes.text(x, y, inside, ha="center", va="center_baseline", fontsize=small, zorder=4)
        own = {"textcoords": "offset points", "ha": "center", "fontsize": style.LABEL, "zorder": 4}
        axes.annotate(shown(node.value), (x, y), xytext=(0, 12), va="bottom", fontweight="bold", **own)
        if node.active:
            axes.annotate(shown(node.adjoint), (x, y), xytext=(0, -12), va="top", color=BACKWARD, **own)
