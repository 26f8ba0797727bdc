"""What a workflow file says is done, in a fresh clone, as GitHub's and GitLab's runners do it.

The one thing replaced is the installing: `pip` and `uv` are programs of the test's own at the
front of PATH, which write down what they are asked for, and the environment at hand serves. That
the project itself can be built is asked of pip, without an index.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import yaml

import tilth as tilth_package
from tilth.cli.main import main
from tilth.project.starting import Asked, eject, start

pytestmark = pytest.mark.slow

FILES = {"github": ".github/workflows/tilth.yml", "gitlab": ".gitlab-ci.yml"}
BUILD = "-m pip install --dry-run --no-index --no-deps --no-build-isolation --editable"
PROGRAMS = {
    "python": """
        if [ "$1 $2" = "-m pip" ]; then
            shift 2; exec pip "$@"
        fi
        exec {python} "$@"
    """,
    "pip": """
        echo "pip $*" >> {installed}
        case " $* " in *" -e . "*) exec {python} {build} . ;; esac
    """,
    "uv": 'echo "uv $*" >> {installed}',
    "tilth": 'exec {python} -m tilth "$@"',
}
CLEAN = """
import polars as pl


def clean(houses: pl.DataFrame) -> pl.DataFrame:
    return houses.filter(pl.col("size") > 0)
"""
TEST = """
import polars as pl
from homes.clean import clean


def test_houses_without_a_size_are_left_out():
    houses = pl.DataFrame({"size": [0, 70]})
    assert clean(houses)["size"].to_list() == [70]
"""
GOALS = [
    {"measure": "accuracy", "at_least": 0.7, "why": "people are right so often"},
    {"direction": "size", "why": "a larger house is never likelier to be cheap"},
]


def git(folder, *arguments):
    name = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", folder, *name, *arguments], check=True, capture_output=True)


@dataclass
class Job:
    """A run of a workflow in a clone.

    Attributes:
        done: Steps of the file, in order, with what they came to.
        said: All that was written to the terminal.
    """

    clone: Path
    done: list[tuple[str, int]]
    said: str
    installed: str
    summary: str = ""

    @property
    def ok(self) -> bool:
        return all(code == 0 for _, code in self.done)


class Runner:
    """Does what a runner does with a file."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.programs = place / "programs"
        self.programs.mkdir()
        self.installed = place / "installed.txt"
        named = {"python": sys.executable, "installed": self.installed, "build": BUILD}
        for name, text in PROGRAMS.items():
            program = self.programs / name
            program.write_text("#!/bin/sh\n" + text.format(**named))
            program.chmod(0o755)
        self.cache = place / "cache"

    def clone(self, repository: Path, name: str) -> Path:
        """A fresh one, as `actions/checkout` makes it: the newest commit alone."""
        clone = self.place / name
        shutil.rmtree(clone, ignore_errors=True)
        git(self.place, "clone", "-q", "--depth", "1", repository.as_uri(), clone)
        return clone

    def environment(self, **more: str) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("TILTH_", "GITHUB_"))}
        source = str(Path(tilth_package.__file__).parent.parent)
        path = os.pathsep.join(
            [str(self.programs), str(Path(sys.executable).parent), os.environ["PATH"]]
        )
        return {**kept, "CI": "true", "PATH": path, "PYTHONPATH": source, **more}

    def github(self, repository: Path, event: str, name: str = "clone") -> Job:
        clone = self.clone(repository, name)
        (job,) = yaml.safe_load((clone / FILES["github"]).read_text())["jobs"].values()
        where = clone / job.get("defaults", {}).get("run", {}).get("working-directory", ".")
        summary, path = self.place / "summary.md", self.place / "path.txt"
        for each in (summary, path, self.installed):
            each.write_text("")
        environment = self.environment(
            GITHUB_ACTIONS="true", GITHUB_EVENT_NAME=event,
            GITHUB_STEP_SUMMARY=str(summary), GITHUB_PATH=str(path),
        )  # fmt: skip
        done, said, kept = [], "", []
        for step in job["steps"]:
            if "cache@" in step.get("uses", ""):
                kept.append(step["with"]["path"])
                self._restore(clone, kept)
            if "run" not in step or not _is_meant(step.get("if"), event):
                continue
            script = self.place / "step.sh"
            script.write_text(step["run"])
            ran = subprocess.run(
                ["bash", "-e", script], cwd=where, env=environment, text=True, check=False,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )  # fmt: skip
            done.append((step["name"], ran.returncode))
            said += ran.stdout
            if ran.returncode:
                break
        else:
            self._keep(clone, kept)
        return Job(clone, done, said, self.installed.read_text(), summary.read_text())

    def gitlab(self, repository: Path, event: str, name: str = "clone") -> Job:
        clone = self.clone(repository, name)
        job = yaml.safe_load((clone / FILES["gitlab"]).read_text())["check"]
        self.installed.write_text("")
        branch = {"push": {"CI_COMMIT_BRANCH": "main"}, "merge_request_event": {}}[event]
        environment = self.environment(
            CI_PIPELINE_SOURCE=event, CI_DEFAULT_BRANCH="main", CI_PROJECT_DIR=str(clone), **branch
        )
        kept = [path for each in job["cache"] for path in each["paths"] if path != ".cache/pip"]
        self._restore(clone, kept)
        script = self.place / "script.sh"
        script.write_text("set -eo pipefail\n" + "\n".join(job["script"]) + "\n")
        ran = subprocess.run(
            ["bash", script], cwd=clone, env=environment, text=True, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        if ran.returncode == 0:
            self._keep(clone, kept)
        return Job(clone, [("script", ran.returncode)], ran.stdout, self.installed.read_text())

    def _restore(self, clone: Path, paths: list[str]) -> None:
        for path in paths:
            if (self.cache / path).exists():
                shutil.copytree(self.cache / path, clone / path)

    def _keep(self, clone: Path, paths: list[str]) -> None:
        for path in paths:
            assert (clone / path).exists(), path
            shutil.copytree(clone / path, self.cache / path, dirs_exist_ok=True)


def _is_meant(condition: str | None, event: str) -> bool:
    """A step's `if`; one that is written in another way is not understood, and fails here."""
    if condition is None:
        return True
    found = re.fullmatch(r"github\.event_name == '(\w+)'", condition)
    assert found is not None, condition
    return found[1] == event


@pytest.fixture
def runner(tmp_path):
    return Runner(tmp_path)


@pytest.fixture
def origin(tmp_path, monkeypatch):
    """A repository with a started project that was made a person's own, and both files in it."""

    def made(inside: str = ".") -> Path:
        place, repository = tmp_path / "place", tmp_path / "origin"
        folder = (repository / inside / "homes").resolve()
        place.mkdir()
        folder.parent.mkdir(parents=True, exist_ok=True)
        _houses(300).write_csv(place / "houses.csv")
        start(Asked(file=place / "houses.csv", target="dear", models=("tree",)), place)
        eject(place, to=folder)
        _make_it_mine(folder)
        git(repository, "init", "-q", "-b", "main")
        commit(repository)
        for forge in FILES:
            assert main(["ci", forge, "-C", str(folder)]) == 0
        commit(repository)
        return repository

    return made


def commit(repository: Path) -> None:
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "more")


def _houses(n: int) -> pl.DataFrame:
    rng = np.random.default_rng(0)
    size, town = rng.integers(30, 200, n), rng.choice(["Oslo", "Bonn", "Ulm"], n)
    dear = 20 * size + 900 * (town == "Oslo") + rng.normal(0, 300, n) > 2600
    return pl.DataFrame({"size": size, "town": town, "dear": dear})


def _make_it_mine(folder: Path) -> None:
    """The data into the repository, a function with a test, goals that must be met."""
    (folder / "data").mkdir()
    _houses(300).write_csv(folder / "data/houses.csv")
    catalog = (folder / "catalog.yml").read_text()
    catalog = "\n".join(each for each in catalog.splitlines() if "_page" not in each)
    (folder / "catalog.yml").write_text(
        re.sub('location: "[^"]*houses.csv"', "location: data/houses.csv", catalog)
    )
    (folder / "src/homes/clean.py").write_text(CLEAN)
    (folder / "tests").mkdir()
    (folder / "tests/test_clean.py").write_text(TEST)
    told = yaml.safe_load((folder / "tilth.yml").read_text())
    kept = {name: told["pipelines"][name] for name in ("prepare", "model", "validate")}
    clean = {"nodes": [{"call": "homes.clean.clean", "inputs": ["houses"], "outputs": "cleaned"}]}
    kept["prepare"]["with"] |= {"table": "cleaned", "prefix": "houses"}
    kept["validate"]["with"] |= {"goals": GOALS, "must_pass": True}
    told["pipelines"] = {"clean": clean, **kept}
    (folder / "tilth.yml").write_text(yaml.safe_dump(told, sort_keys=False))


def test_github_runs_all_of_it_and_a_pull_request_finds_it_cached(origin, runner):
    repository = origin()

    pushed = runner.github(repository, "push")

    assert pushed.ok, pushed.said
    assert [name for name, _ in pushed.done] == [
        "Install", "Test the functions", "Look at the project", "Test the pipeline", "Run",
    ]  # fmt: skip
    assert pushed.installed.splitlines() == [
        "pip install --upgrade pip", "pip install -e .", "pip install pytest",
    ]  # fmt: skip
    assert (pushed.clone / "homes/reports/predictions.csv").exists()
    assert pushed.summary == ""

    asked = runner.github(repository, "pull_request", "another")

    assert asked.ok, asked.said
    assert [name for name, _ in asked.done][-1] == "What would run"
    title, fence, *told, end = asked.summary.splitlines()
    assert (title, fence, end) == ("### What `tilth run` would run", "```", "```")
    assert told == ["nothing to do: all 21 results still hold"]


def test_gitlab_runs_all_of_it_and_a_merge_request_finds_it_cached(origin, runner):
    repository = origin("models of ours")

    pushed = runner.gitlab(repository, "push")

    assert pushed.ok, pushed.said
    job = yaml.safe_load((repository / FILES["gitlab"]).read_text())["check"]
    (plan,) = job["artifacts"]["paths"]
    assert "21 nodes would run" in (pushed.clone / plan).read_text()
    assert (pushed.clone / "models of ours/homes/reports/predictions.csv").exists()

    asked = runner.gitlab(repository, "merge_request_event", "another")

    assert asked.ok, asked.said
    assert "nothing to do" in (asked.clone / plan).read_text()
    assert not (asked.clone / "models of ours/homes/reports/predictions.csv").exists()


@pytest.mark.parametrize("forge", FILES)
def test_a_function_that_no_longer_does_what_its_test_says_fails_the_job(origin, runner, forge):
    repository = origin()
    code = repository / "homes/src/homes/clean.py"
    code.write_text(code.read_text().replace("> 0", ">= 0"))
    commit(repository)

    job = getattr(runner, forge)(repository, "push")

    assert job.done[-1] == ({"github": "Test the functions", "gitlab": "script"}[forge], 1)
    assert "test_houses_without_a_size_are_left_out" in job.said
    assert not (job.clone / "homes/.tilth").exists()


@pytest.mark.parametrize(
    ("forge", "at", "changed", "told"),
    [
        ("github", 0, {"at_least": 0.999}, "accuracy at least 0.999"),
        ("gitlab", 1, {"effect": "lowers"}, "more `size` never raises the answer"),
    ],
)
def test_a_goal_that_is_not_met_fails_the_job(origin, runner, forge, at, changed, told):
    repository = origin()
    file = repository / "homes/tilth.yml"
    pipelines = yaml.safe_load(file.read_text())
    pipelines["pipelines"]["validate"]["with"]["goals"][at] |= changed
    file.write_text(yaml.safe_dump(pipelines, sort_keys=False))
    commit(repository)

    job = getattr(runner, forge)(repository, "push")

    assert job.done[-1] == ({"github": "Test the pipeline", "gitlab": "script"}[forge], 1), job.said
    assert "validate_dear" in job.said
    assert told in job.said
    assert not (job.clone / "homes/reports/predictions.csv").exists()
