"""Labelling on the review page in Chromium, by a script that presses keys as a person would.

A person reads an item, decides, and presses a key; what Tilth owes is that the next item is there
at once. The script waits between keys as long as a quick reader does (0.3 to 0.9 s, 0.6 s in the
mean, in an order drawn with a fixed seed), and the page itself measures from the key press until
the next item is drawn. Beside it the same items get the same labels at the same pace in a
spreadsheet; see `spreadsheet.py`.
"""

from __future__ import annotations

import json
import random
import sys
from functools import partial
from pathlib import Path

import spreadsheet
from measure import command
from spreadsheet import CLASSES, WAYS
from work import OURS, Entrant, Readings, Row, Tools

P50 = "wait for the next item on the review page, median"
P99 = "wait for the next item on the review page, 99th percentile"
PACE = "labels reviewed, of a person who needs 0.6 s for each"
FASTEST = "labels reviewed, as fast as the page can show them"
KEYS = "keys to press for a label"
MODEL = "a label beyond reading, by the keystroke-level model: decide, press, wait"
CALC = {way: f"LibreOffice Calc: {way}" for way in WAYS}

ROWS = [
    Row(name=P50, unit="ms", at_most=50),
    Row(name=P99, unit="ms", at_most=50),
    Row(name=PACE, unit="a minute"),
    Row(
        name="labels reviewed, × a digit and Enter in a spreadsheet",
        unit="×",
        at_least=1,
        of=PACE,
        by=CALC["a digit, Enter"],
    ),
    Row(name=FASTEST, unit="a minute"),
    Row(name=KEYS, unit="keys"),
    Row(name=MODEL, unit="s"),
]

MENTAL, KEY = 1.35, 0.28
"""Seconds to prepare for an action, and for a key of a typist who is none.

S. Card, T. Moran, A. Newell, "The keystroke-level model for user performance time with interactive
systems", Communications of the ACM 23(7), 1980.
"""

N_READ, N_FAST = 60, 100


def _texts() -> list[str]:
    words = ("the", "of", "and", "to", "in", "is", "it", "was", "for", "on", "are", "as", "with")
    draw = random.Random(0)
    return [" ".join(draw.choices(words, k=60)) for _ in range(5000)]


def _session() -> tuple[list[str], list[float]]:
    draw = random.Random(1)
    answers = draw.choices(CLASSES, k=N_READ)
    pauses = [0.3 + 0.6 * (i + 0.5) / N_READ for i in range(N_READ)]  # 0.6 s in the mean
    draw.shuffle(pauses)
    return answers, pauses


TEXTS = _texts()
ANSWERS, PAUSES = _session()
"""What is answered, and the seconds until it is, for each of `N_READ` items."""


def key_of(answer: str) -> str:
    """The key of a class on the page."""
    return str(CLASSES.index(answer) + 1)


STEPS = [(pause, key_of(answer)) for pause, answer in zip(PAUSES, ANSWERS, strict=True)]

SESSION = f"""
import json, os, shutil, subprocess, sys, time
from pathlib import Path
from playwright.sync_api import sync_playwright

tilth = [sys.executable, "-m", "tilth", "labels"]
subprocess.run([*tilth, "sample", "tone", "-n", "2000", "--reviewers", "1"], check=True,
               capture_output=True)
served = subprocess.Popen([*tilth, "review", "tone", "--no-browser", "--json"],
                          stdout=subprocess.PIPE, text=True)
told = ""
while not told.rstrip().endswith("}}\\n}}"):
    line = served.stdout.readline()
    assert line, "the page did not open"
    told += line
link = next(iter(json.loads(told)["links"].values()))
try:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--disable-gpu", *(["--no-sandbox"] if os.geteuid() == 0 else [])],
        )
        page = browser.new_page()
        page.goto(link)
        page.wait_for_selector("#card .key")
        page.wait_for_timeout(1000)
        start = time.perf_counter()
        for pause, key in {STEPS}:
            page.wait_for_timeout(1000 * pause)
            page.keyboard.press(key)
        paced = time.perf_counter() - start
        waits = "performance.getEntriesByName('wait').map(each => each.duration)"
        found = sorted(page.evaluate(waits))
        start = time.perf_counter()
        for _ in range({N_FAST}):
            page.wait_for_selector("#card .key")  # a key does nothing where no item is shown
            page.keyboard.press("1")
        fast = time.perf_counter() - start
        page.wait_for_selector("#saved:empty", state="attached")
        browser.close()
finally:
    served.send_signal(2)
    served.wait()
log = Path("labels/tone.jsonl").read_text()
assert log.count('"kind": "decision"') == {N_READ + N_FAST}, "an answer was lost"
print(json.dumps({{
    {P50!r}: found[len(found) // 2],
    {P99!r}: found[min(len(found) - 1, int(len(found) * 0.99))],
    {PACE!r}: 60 * {N_READ} / paced,
    {FASTEST!r}: 60 * {N_FAST} / fast,
}}))
"""


def entrants(tools: Tools) -> list[Entrant]:
    """Tilth, and a spreadsheet where one is installed."""
    found = [Entrant(who=OURS, round=partial(labelled, tools.ours), rounds=3)]
    if not spreadsheet.is_installed():
        needed = ", ".join(spreadsheet.PROGRAMS)
        print(f"review: no spreadsheet beside it, which takes {needed}", file=sys.stderr)
        return found
    # A minute or two each, and the pauses are drawn: more rounds would say the same.
    return found + [
        Entrant(who=who, round=partial(typed, way), rounds=1) for way, who in CALC.items()
    ]


def labelled(programs: Path, folder: Path) -> Readings:
    """One session, in an empty project."""
    draw = random.Random(2)
    lines = [
        f"{i},{text},{draw.random():.4f},{draw.choice('NSW')}\n" for i, text in enumerate(TEXTS)
    ]
    (folder / "reviews.csv").write_text("id,text,price,shop\n" + "".join(lines))
    (folder / "catalog.yml").write_text("reviews: {format: csv, location: reviews.csv}\n")
    classes = ", ".join(CLASSES)
    (folder / "tilth.yml").write_text(
        f"labels:\n  tone: {{data: reviews, key: id, classes: [{classes}]}}\n"
    )
    usage = command([programs / "python", "-c", SESSION], folder=folder)
    read = {name: float(each) for name, each in json.loads(usage.output.splitlines()[-1]).items()}
    return {**read, KEYS: 1, MODEL: MENTAL + KEY + read[P50] / 1000}


def typed(way: str, folder: Path) -> Readings:
    """One session in a spreadsheet; the model takes its next row as drawn at once."""
    n_keys = sum(len(WAYS[way][each]) for each in ANSWERS) / len(ANSWERS)
    pace = spreadsheet.session(folder, TEXTS, ANSWERS, PAUSES, way)
    return {PACE: pace, KEYS: n_keys, MODEL: MENTAL + n_keys * KEY}
