"""A report in headless Chromium: what it asked for, what it complained about, what its charts hold."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path
from typing import Any

import pytest

CHROMIUM, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
PATIENCE = 60  # seconds that a busy machine may take
#: The sections with charts that show something, and of each chart its data (Plotly's own property) without the legend's.
POINTS = """
const data = document.querySelector(`#${arguments[0]} .drawing`).data;
return data && data.filter((trace) => !trace.key && !trace.guide).map((trace) => [trace.name, trace.x, trace.y, trace.base ?? null]);
"""


def start() -> Browser:
    """Skips the test where something is missing."""
    webdriver = pytest.importorskip(
        "selenium.webdriver", reason="python3-selenium is missing: scripts/setup --developer"
    )
    for path, package in ((CHROMIUM, "chromium"), (DRIVER, "chromium-driver")):
        if not path.exists():
            pytest.skip(f"{path} is missing ({package}: scripts/setup --developer)")
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--window-size=1280,1000",
    ):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = webdriver.chrome.service.Service(str(DRIVER))
    return Browser(webdriver.Chrome(service=service, options=options))


class Browser:
    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def open(self, page: Path, view: str = "") -> None:
        self.driver.get("about:blank")  # else only what stands behind # would change
        self.driver.get(f"{page.resolve().as_uri()}{view}")
        self.until("return document.documentElement.classList.contains('ready')", "the page never became ready")

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def until(self, script: str, complaint: str, *arguments: Any) -> Any:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if found := self.run(script, *arguments):
                return found
            time.sleep(0.02)
        pytest.fail(complaint)

    def kinds(self) -> list[str]:
        return self.run("return [...document.querySelectorAll('section.chart')].map((section) => section.id)")

    def see(self, kind: str) -> None:
        """Scrolls to a chart, which is drawn when it comes into sight. What is drawn above it may push it away again."""
        drawn = "const section = document.getElementById(arguments[0]); section.scrollIntoView();"
        drawn += "return section.ariaBusy === null"
        self.until(drawn, f"{kind}: nothing was drawn", kind)

    def points(self, kind: str) -> list[list[Any]]:
        """[name, x, y, base] of each line, guides left out."""
        self.see(kind)
        return self.run(POINTS, kind)

    def pick(self, key: str, value: str) -> None:
        """Chooses as a reader would: by a form control that tells that it changed."""
        self.run(
            "const list = document.getElementById(`pick-${arguments[0]}`); list.value = arguments[1];"
            "list.dispatchEvent(new Event('change'));",
            key,
            value,
        )

    def complaints(self) -> list[str]:
        """What the console holds since the last call."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """Every address that was asked for since the last call, but for the pages themselves."""
        messages = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        sent = [one["params"] for one in messages if one["method"] == "Network.requestWillBeSent"]
        return [one["request"]["url"] for one in sent if one.get("type") != "Document"]

    def command(self, name: str, **parameters: Any) -> Any:
        """One of Chrome's developer tools."""
        return self.driver.execute_cdp_cmd(name, parameters)

    def dark(self, wanted: bool) -> None:
        value = "dark" if wanted else "light"
        self.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": value}])

    def width(self, pixels: int) -> None:
        self.command("Emulation.setDeviceMetricsOverride", width=pixels, height=900, deviceScaleFactor=1, mobile=False)

    def screenshot(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self.command("Page.captureScreenshot")["data"]))

    def quit(self) -> None:
        self.driver.quit()
