"""A function of two variables and its best quadratic at a point, as surfaces side by side."""

from __future__ import annotations

import numpy
from matplotlib import pyplot
from matplotlib.ticker import MaxNLocator

from .. import style, text
from ..figure import WIDTH, Chart, footer
from .second import Model, Surface

COLOURS = pyplot.get_cmap("Blues", 8)  # by height, the same in both
EVERY = 2  # lines of the grid, of which every facet is a shape of the drawing


def chart(row: Model, rows: list[Model]) -> Chart:
    grid = row.surface
    assert grid is not None
    problem, height = row.case.problem, 4.6
    figure = pyplot.figure(figsize=(WIDTH, height))
    figure.text(
        0.12 / WIDTH, 1 - 0.24 / height, f"{problem}: the function and its best quadratic", fontsize=11.5,
        fontweight="bold", va="center",
    )  # fmt: skip
    low, high = heights(grid)
    for place, (title, values) in enumerate(
        (("the function", grid.function), ("its best quadratic", grid.model)), start=1
    ):
        axes = figure.add_subplot(1, 2, place, projection="3d")
        x, y = numpy.meshgrid(grid.first[::EVERY], grid.second[::EVERY])
        z = numpy.array(values)[::EVERY, ::EVERY]
        axes.plot_surface(
            *(x, y, z),
            **{"cmap": COLOURS, "vmin": low, "vmax": high, "edgecolor": "#4d4d4d", "linewidth": 0.25, "shade": False},
            **{"rcount": 50, "ccount": 50},
        )
        axes.plot([row.point[0]], [row.point[1]], [row.value], "o", color=style.INK, markersize=5, zorder=10)
        axes.set_zlim(low, high)
        axes.set_title(title, fontsize=9.5, fontweight="bold", y=1.0)
        axes.set_box_aspect((1, 1, 0.7), zoom=1.1)
        for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
            axis.set_major_locator(MaxNLocator(5))
        axes.set_xlabel("x₁", labelpad=-6)
        axes.set_ylabel("x₂", labelpad=-6)
        axes.tick_params(labelsize=7, pad=-2)
        axes.view_init(elev=28, azim=-58)
    figure.subplots_adjust(left=0.02, right=0.95, top=1 - 0.42 / height, wspace=0.06)
    place = ", ".join(f"{x:g}" for x in row.point)
    within = text.NONE if grid.within is None else text.error(grid.within)
    footer(
        figure,
        f"About ({place}), the dot. Value, gradient and Hessian by {row.case.pair} in {row.case.dtype}; both at one "
        f"scale. Within {grid.radius:g} of the point they differ by {within} at most.",
        "",
    )
    return Chart(
        f"quadratic-{problem}",
        f"{problem}: the best quadratic at ({place})",
        "The quadratic has the function's value, slopes and curvatures at the point: nearby they are one surface, further out "
        "the third derivatives tell them apart.",
        f"Two surfaces: {problem} about ({place}), and the quadratic with the same value, gradient and Hessian.",
        figure,
        ("Hessian by", "value", "gradient", "Hessian", f"largest difference within {grid.radius:g}"),
        [
            (
                *(one.case.pair, f"{one.value:.15g}", listing(one.gradient), "; ".join(map(listing, one.hessian))),
                text.NONE if one.surface is None or one.surface.within is None else text.error(one.surface.within),
            )
            for one in rows
            if one.case.problem == problem
        ],
    )


def heights(grid: Surface) -> tuple[float, float]:
    """Of both drawings."""
    every = [z for values in (grid.function, grid.model) for line in values for z in line]
    return min(every), max(every)


def listing(numbers: tuple[float, ...]) -> str:
    return "(" + ", ".join(f"{x:.12g}" for x in numbers) + ")"
