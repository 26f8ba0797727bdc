"""Pages in a real Chromium, where nothing that they do goes unseen."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tilth import Project
from tilth.project.page import page as graph_page

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)

CONTRASTS = """
() => {
  const numbers = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b]
    .map(c => c / 255).map(c => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
  const behind = element => {
    for (let each = element; each; each = each.parentElement) {
      const colour = numbers(getComputedStyle(each).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const element of document.querySelectorAll("body *:not(script)")) {
    const own = [...element.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || element.closest("svg") || !element.getClientRects().length) continue;
    const [one, other] = [numbers(getComputedStyle(element).color), behind(element)].map(light);
    found.push([(Math.max(one, other) + .05) / (Math.min(one, other) + .05),
      element.textContent.trim().slice(0, 40)]);
  }
  return found;
}
"""
"""Every text of a page, drawings apart, and its contrast as WCAG 2.2 defines it."""


@dataclass
class Sheet:
    """A page that is open.

    Attributes:
        page: Playwright's handle of it.
        complaints: What it wrote to the console, and errors that nothing caught.
        requests: Whatever it asked for beside itself.
    """

    page: Any
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def value(self, script: str, *given: Any) -> Any:
        """What a piece of JavaScript comes to on the page."""
        return self.page.evaluate(script, *given)

    def faint(self, at_least: float = 4.5) -> list[Any]:
        """Texts with less contrast than what AA asks for."""
        found = self.value(CONTRASTS)
        assert found
        return [each for each in found if each[0] < at_least]

    def n_paper_pages(self, **options: Any) -> int:
        """How many pages it fills when printed."""
        return len(re.findall(rb"/Type\s*/Page\b", self.page.pdf(**options)))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser; root is not allowed to have its sandbox."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    arguments = ["--disable-gpu", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium) -> Iterator[Callable[..., Sheet]]:
    """Opens a file; in the end, no page may have complained or asked for anything."""
    sheets: list[Sheet] = []

    def opened(path: Path, *, at: str = "", width: int = 1400, height: int = 860, **options: Any):
        page = chromium.new_page(viewport={"width": width, "height": height}, **options)
        sheet = Sheet(page=page)
        sheets.append(sheet)
        page.on("console", lambda message: sheet.complaints.append(message.text))
        page.on("pageerror", lambda error: sheet.complaints.append(str(error)))
        page.on("request", lambda request: sheet.requests.append(request.url))
        page.goto(path.as_uri() + at)
        sheet.requests.remove(path.as_uri())
        return sheet

    yield opened
    for sheet in sheets:
        sheet.page.close()
        assert sheet.complaints == []
        assert sheet.requests == []


@pytest.fixture(scope="session")
def flights(tmp_path_factory) -> Path:
    """The worked example after a run, with its graph; and as it is after a changed parameter."""
    folder = tmp_path_factory.mktemp("pages")
    tilth = str(Path(sys.executable).with_name("tilth"))

    def call(*arguments: str, at: Path) -> None:
        subprocess.run([tilth, *arguments], cwd=at, capture_output=True, check=True)

    call("new", "flights", "--from", "flights", at=folder)
    project = folder / "flights"
    call("run", at=project)
    call("show", "--html", "graph.html", at=project)
    call("show", "--html", "changed.html", "--set", "tree.max_depth=5", at=project)
    return project


@pytest.fixture
def drawn(tmp_path) -> Callable[[str], Path]:
    """Makes the page of a project that is one file."""

    def made(source: str) -> Path:
        file = tmp_path / "small.py"
        file.write_text(source, encoding="utf-8")
        with Project(file) as project:
            (tmp_path / "small.html").write_text(graph_page(project), encoding="utf-8")
        return tmp_path / "small.html"

    return made


@pytest.fixture
def contrasts() -> str:
    """JavaScript that gives every text of a page with its contrast."""
    return CONTRASTS
