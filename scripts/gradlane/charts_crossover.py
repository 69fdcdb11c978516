"""Which method to take for how many digits at which n: what `accuracy --recommend` answers, for all questions at once."""

from __future__ import annotations

from functools import partial
from itertools import groupby

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from . import recommend, style, text
from .figure import Chart, footer, legend, paper, size_tick
from .recommend import Choice
from .scope import Scope

DIGITS = range(1, 17)
#: Who competes, by the panel's title: whether only those do that need nothing but values.
PANELS = {"all methods": False, "a black box: differences of values": True}
HATCH = {"f32": "////"}


def columns(scope: Scope, black_box: bool) -> dict[int, list[Choice | None]]:
    """By n the answer for each number of digits."""
    sizes = sorted({row.case.n for row in scope.timings if row.case.threads == scope.view.threads})
    competing = partial(recommend.choices, scope.run, scope.problem, threads=scope.view.threads, black_box=black_box)
    among = {n: competing(n) for n in sizes}
    return {n: [recommend.best(found, digits) for digits in DIGITS] for n, found in among.items() if found}


def runs(answers: list[Choice | None]) -> list[tuple[int, int, Choice | None]]:
    """Equal answers to neighbouring numbers of digits: the first, the last, and the answer."""
    numbered = list(zip(DIGITS, answers))
    found = []
    for _, group in groupby(numbered, key=lambda pair: pair[1] and pair[1].row.case):
        members = list(group)
        found.append((members[0][0], members[-1][0], members[0][1]))
    return found


def crossover(scope: Scope) -> Chart | None:
    """Columns of n, rows of digits, a box for each answer; above among all methods, below among those of a black box."""
    answers = {heading: columns(scope, black_box) for heading, black_box in PANELS.items()}
    answers = {heading: found for heading, found in answers.items() if found}
    if not answers:
        return None
    threads = "1 thread" if scope.view.threads == 1 else f"{scope.view.threads} threads"
    title = f"{scope.problem}: the fastest method with so many correct digits"
    figure, panels = paper(len(answers), 1, title, 1.9 + 3.1 * len(answers))
    key = (
        f"One point, {threads}, every backend and precision measured. Hatched: f32, whose digits are those of the gradient "
        "at inputs rounded to f32. Empty: nothing measured has so many digits. Columns are the n that were measured."
    )
    footer(figure, key, scope.facts)
    boxes = {
        heading: [(n, *run) for n, column in found.items() for run in runs(column)]
        for heading, found in answers.items()
    }
    used = {box[3].row.case.method for found in boxes.values() for box in found if box[3]}
    used = sorted(used, key=style.priority)
    legend(figure, {name: Rectangle((0, 0), 1, 1, color=style.colour(name)) for name in used}, columns=5)
    figure.subplots_adjust(hspace=0.2)
    sizes = sorted(set().union(*answers.values()))
    for axes, (heading, found) in zip(panels, boxes.items()):
        draw(axes, sizes, found)
        axes.set_title(heading)
        axes.set_xlabel("number of inputs n" if axes is panels[len(answers) - 1] else "")
    said = [
        f"{heading}, n = {n}, {first} to {last} digits: {named(choice) if choice else 'none'}"
        for heading, found in boxes.items()
        for n, first, last, choice in found
    ]
    return Chart(
        f"crossover-{scope.problem}",
        "Which method for how many digits",
        "The fastest measured method whose gradient has at least so many correct digits (relative error at most 10 to "
        "the minus digits), for one point: what accuracy --recommend answers. Hand-written gradients and finite "
        "differences without digits take no part.",
        f"A map of the fastest method for {scope.problem} over n and correct digits. " + "; ".join(said) + ".",
        figure,
        ("among", "n", "digits asked for", "fastest", "backend", "time", "digits it has"),
        [(heading, *row_of(*box)) for heading, found in boxes.items() for box in found],
    )


def row_of(n: int, first: int, last: int, choice: Choice | None) -> tuple[str, ...]:
    asked = str(first) if first == last else f"{first} to {last}"
    if choice is None:
        return (str(n), asked, "none", text.NONE, text.NONE, text.NONE)
    has = "all" if choice.error == 0 else f"{choice.digits:.1f}"
    return (str(n), asked, named(choice), choice.row.case.backend, text.time(choice.row.ns), has)


def named(choice: Choice) -> str:
    case = choice.row.case
    return case.pair if case.dtype == "f64" else f"{case.pair} {case.dtype}"


def draw(axes: Axes, sizes: list[int], boxes: list[tuple[int, int, int, Choice | None]]) -> None:
    axes.set_xlim(-0.5, len(sizes) - 0.5)
    axes.set_ylim(DIGITS[0] - 0.5, DIGITS[-1] + 0.5)
    axes.set_xticks(range(len(sizes)), [size_tick(n) for n in sizes])
    axes.set_yticks(list(DIGITS)[1::2])
    axes.set_ylabel("correct digits asked for")
    axes.grid(False)
    for n, first, last, choice in boxes:
        left, bottom, height = sizes.index(n) - 0.47, first - 0.5, last - first + 1
        if choice is None:
            continue
        colour = style.colour(choice.row.case.method)
        look = {"facecolor": colour, "alpha": 0.28, "edgecolor": colour, "hatch": HATCH.get(choice.row.case.dtype)}
        axes.add_patch(Rectangle((left, bottom), 0.94, height, linewidth=0, **look))
        axes.add_patch(Rectangle((left, bottom), 0.94, height, fill=False, edgecolor=colour, linewidth=1.1))
        axes.text(
            sizes.index(n),
            bottom + height / 2,
            label(choice, height, len(sizes)),
            ha="center",
            va="center",
            fontsize=style.SMALL,
            linespacing=1.15,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.75},
        )


def label(choice: Choice, height: int, columns: int) -> str:
    """What fits a box so many digits high: the legend has the method, the table everything."""
    case, time = choice.row.case, text.time(choice.row.ns)
    if columns > 6:
        return time
    lanes = case.lanes if case.dtype == "f64" else f"{case.lanes} {case.dtype}"
    if height == 1:
        return case.method
    return f"{case.method}\n{lanes} {time}" if height == 2 else f"{case.method}/\n{lanes}\n{time}"
