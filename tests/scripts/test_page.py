"""The report as a reader has it, in headless Chromium: the points of every chart, the controls, nothing asked of anywhere."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import browser
import pytest
from conftest import accuracy_rows, roofs, throughput_rows, timing, write, write_functions

pytest.importorskip("matplotlib")

from gradlane import against, data, page, recommend, tables  # noqa: E402  (only with matplotlib)
from gradlane.figure import Chart  # noqa: E402

KINDS = ("crossover", "pareto", "time", "cost", "speedup", "hardware", "threads", "peers", "limit", "roofline")
KINDS += ("error", "ulps", "histogram", "step", "honesty", "remainder", "functions")


def frames(*kinds: str) -> list[tuple[Chart, str]]:
    """What the page needs of the static charts, which other tests draw."""
    return [
        (Chart(f"{kind}-quartic", kind, "A caption.", "", None), "<svg role=img aria-label=alt></svg>")
        for kind in kinds
    ]


def stored(folder: Path, slower: float = 1.0) -> data.Run:
    """The usual small run with a second number of threads and another library."""
    rows = throughput_rows() + [timing("reverse_fused", "elements", 64, 16.0, threads=2)]
    rows += [timing("reverse_tape", "scalar", n, 30.0 * n, backend="adolc") for n in (4, 64)]
    for row in rows:
        row["name"] = data.read_case(row).name
        if row["method"] == "reverse_tape" and row["backend"] == "avx2":
            row["times_ns"] = [slower * time for time in row["times_ns"]]
            row["real_time"] *= slower
    write(folder, "limits", "avx2-f64-threads1", backend="avx2", dtype="f64", threads=1, roofs=roofs())
    write(folder, "throughput", "quartic-f64", benchmarks=rows)
    write(folder, "accuracy", "quartic-f64", **accuracy_rows())
    write_functions(folder)
    return data.load(folder)


def written(
    path: Path,
    run: data.Run,
    static: bool = False,
    compared: against.Against | None = None,
    kinds: tuple[str, ...] = KINDS,
) -> Path:
    if not static and not page.PLOTLY.is_file():
        pytest.skip("Plotly is not installed: scripts/setup installs it where npm is on PATH")
    more = ("change",) if compared else ()
    drawn = frames(*kinds, *more)
    path.write_text(page.page(run, tables.view_of(run), drawn, not static, compared), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def chromium() -> Iterator[browser.Browser]:
    started = browser.start()
    yield started
    started.quit()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> data.Run:
    return stored(tmp_path_factory.mktemp("page") / "run")


@pytest.fixture(scope="module")
def report(run: data.Run, chromium: browser.Browser) -> Path:
    return written(run.folder / "report.html", run)


@pytest.fixture(scope="module")
def untouched(report: Path, chromium: browser.Browser) -> browser.Browser:
    """For tests that only look."""
    chromium.open(report)
    return chromium


@pytest.fixture
def opened(report: Path, chromium: browser.Browser) -> browser.Browser:
    chromium.complaints(), chromium.requests()
    chromium.open(report)
    return chromium


SIZES = [4, 64]
#: A line of each chart, as the small run has it: its name, its points, and what the first row of its bars stands on.
EXPECTED: dict[str, tuple[str, list[float], list[float]]] = {
    "pareto": ("reverse_fused", [1e9 / 14], [1e-16]),
    "time": ("reverse_fused", SIZES, [14, 44]),
    "cost": ("reverse_tape", SIZES, [40, 40]),
    "speedup": ("reverse_tape", SIZES, [2.5, 2.5]),
    "hardware": ("f32 avx2", [64], [64 / 22 * 1e9]),
    "threads": ("reverse_fused", [64], [44 / 16]),
    "peers": ("adolc", SIZES, [120, 1920]),
    "limit": ("reverse_fused", SIZES, [1 / 14, 16 / 44]),
    "roofline": ("reverse_fused", [0.875, 0.875], [4e9, 14 * 64 / 44 * 1e9]),
    "error": ("reverse_fused", SIZES, [2.0**-53 / 30, 2e-16]),  # exactly 0 has a line of its own
    "ulps": ("reverse_fused", SIZES, [0.05, 0.05]),
    "histogram": ("reverse_fused", [0, 1, 2], [0.9, 0.9 * 3 / 60, 0.9 / 60]),
    "step": (
        "forward_difference",
        [2.0**-k for k in range(49, 0, -1)],
        [2.0**-k + 1e-16 * 2.0**k for k in range(49, 0, -1)],
    ),
    "honesty": ("ridders", [1e-12, 1e-13, 2e-14], [1e-13, 5e-13, 2e-14]),  # 0 stands on the frame
    "remainder": (
        "reverse_fused",
        [2.0**-k for k in range(38, -1, -2)],
        [4.0**-k + 1e-15 for k in range(38, -1, -2)],
    ),
    "functions": ("libmvec, avx2", [1.2], [-0.17]),  # the lowest of three libraries beside the topmost function
}


@pytest.mark.parametrize("kind", EXPECTED)
def test_a_chart_holds_the_points_of_its_rows(untouched: browser.Browser, kind: str) -> None:
    name, xs, ys = EXPECTED[kind]
    lines = [(x, y) for label, x, y, _ in untouched.points(kind) if label == name]
    close = lambda found, wanted: len(found) == len(wanted) and all(
        math.isclose(a, b, rel_tol=6e-3) for a, b in zip(found, wanted)
    )
    assert any(close(x, xs) and close(y, ys) for x, y in lines), lines


def test_every_chart_has_alt_text_a_table_a_command_and_a_link(untouched: browser.Browser) -> None:
    assert untouched.kinds() == list(KINDS)
    for kind in KINDS:
        untouched.see(kind)
        found = untouched.run(
            "const s = document.getElementById(arguments[0]); const t = s.querySelector('details.data'); t.open = true;"
            "return new Promise((done) => setTimeout(() => done([s.querySelector('.drawing').getAttribute('aria-label'),"
            "t.querySelectorAll('tbody tr').length, s.querySelector('.command').textContent,"
            "s.querySelector('.link').getAttribute('href')])))",
            kind,
        )
        alt, rows, command, link = found
        assert ("f64" if kind == "functions" else "quartic") in alt and len(alt) > 40, kind
        assert rows > 0, kind
        assert command.split()[0].startswith(("build/release/bench/", "scripts/")), command
        assert link.startswith("#problem=quartic&") and link.endswith(f"chart={kind}")


def test_nothing_is_complained_about_and_nothing_asked_for(opened: browser.Browser) -> None:
    for kind in KINDS:
        opened.see(kind)
    opened.pick("dtype", "f32")
    opened.dark(True), opened.width(390), opened.dark(False), opened.width(1280)
    assert opened.complaints() == []
    assert opened.requests() == []


def test_the_policy_refuses_what_is_not_in_the_page(opened: browser.Browser) -> None:
    for attempt in (
        "document.body.append(Object.assign(new Image(), {src: 'https://example.org/a.png'}))",
        "document.head.append(Object.assign(document.createElement('script'), {textContent: 'window.foreign = 1'}))",
        "fetch('https://example.org').catch(() => {})",
    ):
        opened.run(
            "window.refused = null; addEventListener('securitypolicyviolation', (e) => { refused = e.violatedDirective; }, {once: true});"
            + attempt
        )
        opened.until("return window.refused", f"allowed: {attempt}")
    assert opened.run("return window.foreign") is None
    opened.complaints(), opened.requests()


def test_the_answer_and_its_map_are_those_of_recommend(opened: browser.Browser, run: data.Run) -> None:
    boxes = opened.points("crossover")
    for n in SIZES:
        among = [one for one in recommend.choices(run, "quartic", n) if one.row.case.dtype == "f64"]
        among = [one for one in among if one.row.case.backend == "avx2"]
        for digits in range(1, 17):
            best = recommend.best(among, digits)
            here = {
                name
                for name, xs, heights, bases in boxes
                for x, height, base in zip(xs, heights, bases)
                if x == str(n) and base < digits < base + height
            }
            # The right panel answers for a black box: what it says there is a difference.
            assert (best.row.case.method if best else None) in (here or {None}), (n, digits, here)
    opened.pick("digits", "6")
    assert "forward_difference/directions at n = 4; reverse_fused/elements at n = 64" in said(opened)
    opened.pick("digits", "9")
    assert "reverse_fused/elements from n = 4 to 64. That is 7.1 % to 36 % of what this machine can do" in said(opened)
    opened.pick("among", "black box")
    assert "nothing measured from n = 4 to 64" in said(opened)


def test_functions_are_of_the_chosen_precision(opened: browser.Browser) -> None:
    exp = lambda: {(name, x[0]) for name, x, _, _ in opened.points("functions") if len(x) == 1}  # not ours: no sigmoid
    assert exp() == {("libm", 0.502), ("libm", 8), ("libmvec, avx2", 2.44), ("libmvec, avx2", 1.2)}
    opened.pick("dtype", "f32")
    assert exp() == {("libm", 0.502), ("libm", 4), ("libmvec, avx2", 2.44), ("libmvec, avx2", 0.6)}


def said(opened: browser.Browser) -> str:
    return " ".join(opened.run("return document.querySelector('#chosen-answer .said').textContent").split())


def test_controls_choose(opened: browser.Browser) -> None:
    names = lambda kind: {name for name, *_ in opened.points(kind)}
    assert names("time") == {"reverse_fused", "analytic", "reverse_tape", "forward_difference"}
    opened.pick("dtype", "f32")
    assert names("time") == {"reverse_fused"} and "dtype=f32" in opened.run("return location.hash")
    opened.pick("threads", "2")
    opened.see("time")
    nothing = opened.run("return document.querySelector('#time .nothing').textContent")
    assert "Of quartic this run has: f32 avx2 on 1 thread; f64 avx2 on 1 thread; f64 avx2 on 2 threads." in nothing
    opened.pick("dtype", "f64"), opened.pick("threads", "1")
    opened.run("document.querySelector('#pick-methods input[value=reverse_tape]').click()")
    opened.run("document.getElementById('pick-others').click()")
    assert names("time") == {"reverse_fused", "analytic", "forward_difference"}


def test_the_keyboard_reaches_the_controls(opened: browser.Browser) -> None:
    from selenium.webdriver.common.keys import Keys

    picker = opened.driver.find_element("id", "pick-dtype")
    picker.send_keys(Keys.ARROW_DOWN)
    opened.until("return location.hash.includes('dtype=f32')", "the arrow key chose nothing")
    picker.send_keys(Keys.TAB)
    assert opened.run("return document.activeElement.id") == "pick-backend"


def test_a_link_brings_back_the_view(opened: browser.Browser, report: Path) -> None:
    opened.pick("dtype", "f32"), opened.pick("digits", "5")
    opened.see("hardware")
    opened.open(report, opened.run("return document.querySelector('#hardware .link').getAttribute('href')"))
    shown = [
        opened.run("return document.getElementById(arguments[0]).value", f"pick-{key}") for key in ("dtype", "digits")
    ]
    assert shown == ["f32", "5"]
    assert opened.until("return scrollY > 500", "the link did not go to its chart")


def test_tables_sort_and_leave_as_csv(opened: browser.Browser, tmp_path: Path) -> None:
    opened.see("time")
    opened.run("document.querySelector('#time details.data').open = true")
    column = "return [...document.querySelectorAll('#time tbody td:nth-child(3)')].map((cell) => cell.textContent)"
    opened.until("return document.querySelector('#time tbody tr') !== null", "the table was not built")
    press = "document.querySelector('#time th:nth-child(3) button').click();"
    rising, falling = opened.run(press + column), opened.run(press + column)
    assert rising[0] == "1.00 ns" and rising[-1] == "1.02 µs" and rising == falling[::-1]
    assert (
        opened.run("return document.querySelector('#time th:nth-child(3)').getAttribute('aria-sort')") == "descending"
    )
    opened.command("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    opened.run("document.querySelector('#time button.csv').click()")
    file = tmp_path / "time-quartic.csv"
    for _ in range(200):
        if file.exists() and file.stat().st_size:
            break
        opened.run("return new Promise((done) => setTimeout(done, 20))")
    lines = file.read_text(encoding="utf-8").splitlines()
    assert lines[0].split(",")[:3] == ["method/lanes", "n", "median"]
    assert "reverse_fused/elements,64,44,42.68..45.32" in "\n".join(lines)


def test_narrow_screens_dark_rooms_and_paper(opened: browser.Browser, tmp_path: Path) -> None:
    # What is drawn anew above may push the chart out of sight, where it waits.
    time = "document.getElementById('time').scrollIntoView(); "
    domains = (
        time + "const l = document.querySelector('#time .drawing').layout; return [l.xaxis.domain, l.xaxis2.domain]"
    )
    opened.see("time")
    assert opened.run(domains)[1][0] > 0.4
    opened.width(390)
    opened.until(f"{domains}[1][0] === 0", "panels stay side by side on a narrow screen")
    assert opened.run("return document.documentElement.scrollWidth") <= 390
    opened.width(1280)
    opened.dark(True)
    paper = time + "return document.querySelector('#time .drawing').layout.paper_bgcolor"
    opened.until(paper + " === '#16181b'", "the chart stays white in the dark")
    opened.screenshot(tmp_path / "dark.png")
    sheet = opened.command("Page.printToPDF", printBackground=True)["data"]
    assert sheet.startswith("JVBERi")  # %PDF
    assert opened.run(
        "return [...document.querySelectorAll('section.chart:not(.empty)')].every((s) => s.querySelector('.main-svg'))"
    )
    opened.dark(False)
    opened.until(paper + " === '#ffffff'", "the chart stays dark in the light")
    opened.screenshot(tmp_path / "light.png")
    assert mean(tmp_path / "dark.png") < 80 < 200 < mean(tmp_path / "light.png")


def mean(path: Path) -> float:
    """Brightness of a screenshot that is no single colour."""
    from PIL import Image, ImageStat

    picture = Image.open(path).convert("L")
    assert picture.getextrema()[0] != picture.getextrema()[1]
    return ImageStat.Stat(picture).mean[0]


def test_without_plotly_the_drawings_are_shown(chromium: browser.Browser, run: data.Run, tmp_path: Path) -> None:
    chromium.complaints(), chromium.requests()
    chromium.open(written(tmp_path / "static.html", run, static=True))
    for kind in KINDS:
        chromium.see(kind)
    assert chromium.run("return document.querySelectorAll('.drawing > svg[aria-label]').length") == len(KINDS)
    chromium.pick("dtype", "f32")
    chromium.see("time")
    assert "The drawing is of f64, avx2, 1 thread" in chromium.run(
        "return document.querySelector('#time .shown').textContent"
    )
    assert chromium.complaints() == [] and chromium.requests() == []


def test_two_runs_are_held_against_each_other(chromium: browser.Browser, tmp_path: Path) -> None:
    base, candidate = stored(tmp_path / "before"), stored(tmp_path / "after", slower=1.5)
    compared = against.compare(base, candidate)
    chromium.open(written(tmp_path / "report.html", candidate, compared=compared))
    assert chromium.run("return document.querySelector('h1').textContent") == "What changed from before to after?"
    assert chromium.kinds()[0] == "change"
    lines = {name: y for name, _, y, _ in chromium.points("change") if name in ("reverse_tape", "reverse_fused")}
    assert lines == {"reverse_tape": [1.5, 1.5], "reverse_fused": [1, 1]}
    assert chromium.complaints() == []
