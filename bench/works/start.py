"""From a CSV to the opened report: one command, and what the page weighs beside Evidently's."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

from measure import command
from work import OURS, Entrant, Readings, Row, Tools

QUANTITY = "`tilth start` on a CSV of 20,000 × 15, a quantity, to the report"
CLASSES = "`tilth start` on a CSV of 20,000 × 15, two classes, to the report"
AGAIN = "the same again, nothing changed"
PAGE = "report of a run, size of its page"
OPENED = "report of a run, opened in Chromium"
PEER = "Evidently, a regression report"

ROWS = [
    Row(name=QUANTITY, unit="s", at_most=60),
    Row(name=CLASSES, unit="s", at_most=60),
    Row(name=AGAIN, unit="s"),
    Row(name=PAGE, unit="MB", at_most=3),
    Row(name=OPENED, unit="s", at_most=1),
]

TABLE = """
import numpy as np
import polars as pl

n = 20_000
random = np.random.default_rng(0)
columns = {f"measure_{i}": random.normal(size=n).round(4) for i in range(7)}
columns |= {
    "rooms": random.integers(1, 9, n),
    "town": random.choice(["Oslo", "Bonn", "Ulm", "Rome"], n),
    "street": random.choice([f"street {i}" for i in range(60)], n),
    "built": random.choice(["1990-01-05", "2001-07-09", "2015-03-02"], n),
    "garden": random.random(n) < 0.3,
    "note": random.choice(["nice view", "needs work", "quiet street near a park"], n),
}
worth = 100 * columns["rooms"] + 50 * columns["measure_0"] * (columns["town"] == "Oslo")
worth = worth + 30 * columns["measure_1"] ** 2 + 40 * columns["garden"] + random.normal(0, 30, n)
columns["sold"] = random.random(n) < 1 / (1 + np.exp((worth - 500) / 100))
columns["price"] = worth.round(1)
pl.DataFrame(columns).write_csv("houses.csv")
"""

OPEN = """
import os, shutil, sys
from playwright.sync_api import sync_playwright

with sync_playwright() as playwright:
    browser = playwright.chromium.launch(
        executable_path=shutil.which("chromium"),
        args=["--disable-gpu", *(["--no-sandbox"] if os.geteuid() == 0 else [])],
    )
    page = browser.new_page()
    page.goto("about:blank")
    page.goto("file://" + os.path.abspath(sys.argv[1]), wait_until="load")
    timing = "performance.getEntriesByType('navigation')[0]"
    print(page.evaluate(f"{timing}.loadEventEnd - {timing}.startTime") / 1000)
    browser.close()
"""


def entrants(tools: Tools) -> list[Entrant]:
    """Nobody else goes from a table to a report in one command; the page has a peer."""
    found = [Entrant(who=OURS, round=partial(started, tools), rounds=1)]
    if tools.quality_peers is not None:
        script = tools.peer("evidently") / "regression.py"
        theirs = partial(reported, tools, tools.quality_peers / "python", script)
        found.append(Entrant(who=PEER, round=theirs, rounds=1))
    return found


def started(tools: Tools, folder: Path) -> Readings:
    """Both targets, and the first again."""
    command([tools.python, "-c", TABLE], folder=folder)
    start = [tools.tilth, "start", "houses.csv", "--json"]
    first = command([*start, "--target", "price", "--drop", "sold"], folder=folder)
    classes = command([*start, "--target", "sold", "--drop", "price"], folder=folder)
    again = command([*start, "--target", "price", "--drop", "sold"], folder=folder)
    page = folder / json.loads(again.output[again.output.index("{") :])["page"]
    return {
        QUANTITY: first.wall,
        CLASSES: classes.wall,
        AGAIN: again.wall,
        PAGE: page.stat().st_size / 1e6,
        OPENED: opened(tools, page, folder),
    }


def reported(tools: Tools, python: Path, script: Path, folder: Path) -> Readings:
    """Evidently's page of the same kind of table, predictions and errors."""
    command([tools.python, "-c", TABLE], folder=folder)
    command([python, script], folder=folder)
    page = folder / "report.html"
    return {PAGE: page.stat().st_size / 1e6, OPENED: opened(tools, page, folder)}


def opened(tools: Tools, page: Path, folder: Path) -> float:
    """Seconds from the address to the loaded page, in a browser that runs already."""
    return float(command([tools.python, "-c", OPEN, str(page)], folder=folder).output)
