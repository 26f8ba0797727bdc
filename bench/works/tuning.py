"""Tuning: how much of its workers' time goes into trials."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from measure import command
from work import OURS, Entrant, Readings, Row, Tools

WAITING = "tuning, 50 trials that wait 0.1 s, 2 workers: their time in trials"
BUSY = "tuning, 50 trials that compute 0.1 s, 2 workers: the same"
WHOLE = "tuning, 50 trials that compute 0.1 s: from the call to the result"

ROWS = [
    Row(name=WAITING, unit="%", at_least=90),
    Row(name=BUSY, unit="%"),
    Row(name=WHOLE, unit="s"),
]

TRIAL = """
import sys, time
from pathlib import Path
folder, kind = Path(sys.argv[1]), sys.argv[2]

def trial(folder, kind, x):
    began = time.time()
    if kind == "waiting":
        time.sleep(0.1)
    else:
        start = time.thread_time()
        while time.thread_time() - start < 0.1:
            x * x
    with (folder / "log").open("a") as stream:
        stream.write(f"{began} {time.time()}\\n")
    return -(x - 3) ** 2
"""

TILTH = """
def score(shared, settings, fold):
    return trial(*shared, settings.get("x", 0.0)), 0.1

from tilth.stages.train.spaces import Range
from tilth.stages.train.tuning import Budget, tuned
space = {name: Range(-10.0, 10.0) for name in "xyz"}
start = time.time()
tuned(score, (folder, kind), space, {}, Budget(trials=50, workers=2, prune=False), n_folds=1)
"""

OPTUNA = """
import optuna
optuna.logging.set_verbosity(optuna.logging.WARNING)

def objective(asked):
    x, y, z = (asked.suggest_float(name, -10, 10) for name in "xyz")
    return trial(folder, kind, x)

start = time.time()
study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=0))
study.optimize(objective, n_trials=50, n_jobs=2)
"""

TOLD = """
spent = time.time() - start
ends = [tuple(map(float, line.split())) for line in (folder / "log").read_text().splitlines()]
assert len(ends) == 50, len(ends)
print(100 * 50 * 0.1 / (2 * (max(e for _, e in ends) - min(b for b, _ in ends))), spent)
"""


def entrants(tools: Tools) -> list[Entrant]:
    """Both draw three settings by TPE; Optuna has threads, as it has no processes by itself."""
    return [
        Entrant(who=OURS, round=partial(tune, tools, TILTH)),
        Entrant(who="Optuna alone, threads", round=partial(tune, tools, OPTUNA)),
    ]


def tune(tools: Tools, program: str, folder: Path) -> Readings:
    """Tune twice; what a worker could do in the time of its trials, as a share."""
    told = {}
    for kind in ("waiting", "busy"):
        own = folder / kind
        own.mkdir()
        script = own / "tune.py"
        script.write_text(TRIAL + program + TOLD)
        output = command([tools.python, script, own, kind], folder=own).output
        told[kind] = [float(each) for each in output.split()[-2:]]
    return {WAITING: told["waiting"][0], BUSY: told["busy"][0], WHOLE: told["busy"][1]}
