"""Small projects: one that earns the points, and copies of it in which a defect is planted."""

from __future__ import annotations

import json
import shutil
import subprocess
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from threadpoolctl import threadpool_limits

from tilth import Project
from tilth.history.record import ModelEvent
from tilth.project.models import approve, promote, register, roll_back

FILES = {
    "tilth.yml": """
        name: shop
        pipelines:
          main:
            nodes:
              - {call: shop.features.orders, inputs: [raw], timeout: 60}
              - {call: shop.fit.model, inputs: [orders, "params:depth"]}
              - {call: shop.fit.said, inputs: [model, orders]}
          why:
            stage: explain
            with: {model: model, rows: orders, target: late, most_rows: 60, background_rows: 20}
          errors:
            stage: evaluate
            with: {predictions: said, target: late, prediction: said, labels: false}
        """,
    "catalog.yml": """
        raw:
          format: csv
          location: raw.csv
          metadata: {forbidden: [colour], personal: [name], groups: [town]}
          contract:
            columns:
              amount: {type: float}
              age: {type: int, between: [0, 99]}
              town: {type: text}
              day: {type: int}
              late: {type: int}
        model: {format: skops, location: model.skops, read: {trusted: [sklearn.tree._tree.Tree]}}
        """,
    "params.yml": "depth: 2\n",
    ".gitignore": ".tilth/\nmodel.skops\n",
    "src/shop/__init__.py": "",
    "src/shop/features.py": """
        import polars as pl

        def orders(raw: pl.DataFrame) -> pl.DataFrame:
            '''What is known of an order.'''
            return raw.select("amount", "town", "day", "late")
        """,
    "src/shop/fit.py": """
        import polars as pl
        from sklearn.tree import DecisionTreeClassifier

        def model(orders: pl.DataFrame, depth: int):
            '''A small tree.'''
            rows = orders.drop("town", "day", "late")
            return DecisionTreeClassifier(max_depth=depth, random_state=0).fit(
                rows, orders["late"].to_numpy()
            )

        def said(model, orders: pl.DataFrame) -> pl.DataFrame:
            '''What it says.'''
            rows = orders.drop("town", "day", "late")
            return orders.with_columns(said=pl.Series(model.predict(rows)))
        """,
    "tests/test_shop.py": """
        import polars as pl
        from shop.features import orders
        from shop import fit

        def test_orders_keep_their_rows():
            row = {"amount": 1.0, "age": 2, "town": "Ulm", "day": 3, "late": 0}
            assert orders(pl.DataFrame([row])).height == 1

        def test_a_tree_is_as_deep_as_asked():
            known = {"amount": [1.0, 2.0], "town": ["a", "b"], "day": [1, 2], "late": [0, 1]}
            rows = pl.DataFrame(known)
            assert fit.model(rows, 1).get_depth() == 1
        """,
    "tests/test_pipeline.py": """
        from pathlib import Path
        from tilth import Project

        def test_it_runs():
            with Project(Path(__file__).parents[1]) as project:
                assert project.run().ok
        """,
    ".github/workflows/test.yml": """
        jobs:
          test:
            steps:
              - run: pytest -q
        """,
}

NEW_COLUMN = ('"amount", "town"', '"amount", "age", "town"')


def table() -> str:
    """Orders that are late where the amount is high, and the age is, too."""
    lines = ["amount,age,town,day,late"]
    for i in range(320):
        amount, age, town = i % 16, i // 16, ("Ulm", "Bonn")[i % 7 % 2]
        lines.append(f"{amount}.5,{age},{town},{i % 12},{int(amount > 7 and age > 4)}")
    return "\n".join(lines) + "\n"


def verdict(*, passed: bool = True) -> str:
    """What a gate keeps of its verdict."""
    outcome = "passed" if passed else "failed"
    texts = {
        "accuracy at least 0.8 where age > 4": "age > 4",
        "accuracy better than the baseline": "",
        "recall apart by no more than 0.1 between `town`": "",
    }
    goals = [
        {
            "goal": text, "place": "goals.yml:5", "why": "as agreed", "outcome": outcome,
            "stands_in_the_way": not passed, "evidence": "as it was seen", "threshold": 0.8,
            "parts": [{"slice": where, "outcome": outcome, "n_rows": 160}],
        }
        for text, where in texts.items()
    ]  # fmt: skip
    told = {
        "rows": "orders",
        "n_rows": 160,
        "goals_digest": "",
        "live": "",
        "baseline": "",
        "against": "production",
    }
    return json.dumps({**told, "outcome": outcome, "goals": goals})


class Home:
    """A project in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, files: dict[str, str]) -> Home:
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text).lstrip("\n"))
        return self

    def edit(self, name: str, old: str, new: str) -> Home:
        text = (self.folder / name).read_text()
        assert old in text, f"{old!r} is not in {name}"
        (self.folder / name).write_text(text.replace(old, new))
        return self

    def without(self, *names: str) -> Home:
        for name in names:
            path = self.folder / name
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        return self

    def commit(self) -> Home:
        if not (self.folder / ".git").exists():
            self._git("init", "-q")
        self._git("add", ".")
        self._git("commit", "-q", "-m", "so")
        return self

    def _git(self, *arguments: str) -> None:
        who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
        subprocess.run(["git", *who, *arguments], cwd=self.folder, check=True)

    def run(self, *names: str, **options: object) -> Home:
        with self.open() as project:
            project.run(*names, **options).checked()
        return self

    def open(self) -> Project:
        return Project(self.folder)

    def release(self, *, passed: bool | None = True, override: bool = False) -> str:
        """Register the newest model, have it judged and let it go live."""
        with self.open() as project:
            name = register(project, "model").name
            if passed is not None:
                judge(project, name, verdict(passed=passed))
            if not override:
                approve(project, name, why="it will do")
            promote(project, name, why="a trial", override=override)
        return name

    def go_back(self) -> Home:
        with self.open() as project:
            roll_back(project, "model", why="a drill")
        return self

    def result(self, test: str):
        with self.open() as project:
            return project.score().result(test)

    def points(self, test: str) -> float:
        return self.result(test).points


def judge(project: Project, name: str, details: str) -> None:
    """Put a verdict on record, as a gate does."""
    model, _, version = name.partition("@")
    event = ModelEvent(
        model=model, version=int(version), kind="validated", happened_at=time.time(),
        details=details,
    )  # fmt: skip
    project.history.add_model_events(model, lambda _: [event])


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A project to which a column has come, whose second model was live for a while."""
    home = Home(tmp_path_factory.mktemp("score") / "good")
    home.write({**FILES, "raw.csv": table()}).commit()
    with threadpool_limits(1):
        home.run()
        home.release()
        home.edit("src/shop/features.py", *NEW_COLUMN).commit().run().run(force=["*"])
    home.release()
    return home.go_back()


@pytest.fixture(scope="session")
def once(finished: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The same, of which nothing but one run is on record."""
    home = Home(tmp_path_factory.mktemp("score") / "once")
    shutil.copytree(finished.folder, home.folder)
    with threadpool_limits(1):
        return home.without(".tilth").run()


@pytest.fixture
def planted(finished: Home, tmp_path: Path) -> Iterator[Home]:
    """A copy in which a defect can be planted."""
    home = Home(tmp_path / "planted")
    shutil.copytree(finished.folder, home.folder)
    with threadpool_limits(1):
        yield home
