"""Labelling on the review page in Chromium, by a script that presses keys as a person would.

A person reads an item, decides, and presses a key; what Tilth owes is that the next item is there
at once. The script waits between keys as long as a quick reader does (0.3 to 0.9 s, drawn with
a fixed seed), and the page itself measures from the key press until the next item is drawn.
"""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

from measure import command
from work import OURS, Entrant, Readings, Row, Tools

P50 = "wait for the next item on the review page, median"
P99 = "wait for the next item on the review page, 99th percentile"
PACE = "labels reviewed, of a person who needs 0.6 s for each"
FASTEST = "labels reviewed, as fast as the page can show them"

ROWS = [
    Row(name=P50, unit="ms", at_most=50),
    Row(name=P99, unit="ms", at_most=50),
    Row(name=PACE, unit="a minute"),
    Row(name=FASTEST, unit="a minute"),
]

SESSION = f"""
import json, os, random, shutil, subprocess, sys, time
from pathlib import Path
from playwright.sync_api import sync_playwright

N_READ, N_FAST = 60, 100
words = [line.strip() for line in "the of and to in is it was for on are as with they at".split()]
rng = random.Random(0)
rows = "".join(
    f"{{i}},{{' '.join(rng.choices(words, k=60))}},{{rng.random():.4f}},{{rng.choice('NSW')}}\\n"
    for i in range(5000)
)
Path("reviews.csv").write_text("id,text,price,shop\\n" + rows)
Path("catalog.yml").write_text("reviews: {{format: csv, location: reviews.csv}}\\n")
Path("tilth.yml").write_text(
    "labels:\\n  tone: {{data: reviews, key: id, classes: [good, neutral, bad]}}\\n"
)
tilth = [sys.executable, "-m", "tilth", "labels"]
subprocess.run([*tilth, "sample", "tone", "-n", "2000", "--reviewers", "1"], check=True,
               capture_output=True)
served = subprocess.Popen([*tilth, "review", "tone", "--no-browser", "--json"],
                          stdout=subprocess.PIPE, text=True)
told = ""
while not told.rstrip().endswith("}}\\n}}"):
    told += served.stdout.readline()
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
        for _ in range(N_READ):
            page.wait_for_timeout(rng.uniform(300, 900))
            page.keyboard.press(rng.choice("123"))
        paced = time.perf_counter() - start
        waits = "performance.getEntriesByName('wait').map(each => each.duration)"
        found = sorted(page.evaluate(waits))
        start = time.perf_counter()
        for _ in range(N_FAST):
            page.wait_for_selector("#card .key")  # a key does nothing where no item is shown
            page.keyboard.press("1")
        fast = time.perf_counter() - start
        page.wait_for_selector("#saved:empty", state="attached")
        browser.close()
finally:
    served.send_signal(2)
    served.wait()
log = Path("labels/tone.jsonl").read_text()
assert log.count('"kind": "decision"') == N_READ + N_FAST, "an answer was lost"
print(json.dumps({{
    {P50!r}: found[len(found) // 2],
    {P99!r}: found[min(len(found) - 1, int(len(found) * 0.99))],
    {PACE!r}: 60 * N_READ / paced,
    {FASTEST!r}: 60 * N_FAST / fast,
}}))
"""


def entrants(tools: Tools) -> list[Entrant]:
    """Tilth alone: what people need to read is the same everywhere."""
    return [Entrant(who=OURS, round=partial(labelled, tools.ours), rounds=3)]


def labelled(programs: Path, folder: Path) -> Readings:
    """One session, in an empty project."""
    usage = command([programs / "python", "-c", SESSION], folder=folder)
    return {name: float(value) for name, value in json.loads(usage.output.splitlines()[-1]).items()}
