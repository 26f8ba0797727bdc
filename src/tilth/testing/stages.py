"""The suite that every stage passes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tilth.errors import ConfigError
from tilth.graph.pipeline import Pipeline
from tilth.project import Project

_HEAVY = ("numpy", "pandas", "polars", "pyarrow", "scipy", "sklearn", "matplotlib")


class StageTests:
    """What a stage owes, as tests: it is opened without heavy imports, runs, and reruns nothing.

    A subclass gives the fixtures `stage` and `settings`, and `files` with what the stage reads.
    """

    @pytest.fixture
    def stage(self) -> str:
        """Its name, as `stage:` takes it."""
        raise NotImplementedError("give a fixture `stage`")

    @pytest.fixture
    def settings(self) -> Mapping[str, Any]:
        """What stands behind `with:`."""
        return {}

    @pytest.fixture
    def files(self) -> Mapping[str, str]:
        """Path -> text of the project's other files: `catalog.yml`, and the data."""
        raise NotImplementedError("give a fixture `files`")

    @pytest.fixture
    def folder(
        self, stage: str, settings: Mapping[str, Any], files: Mapping[str, str], tmp_path: Path
    ) -> Path:
        """A project with the stage and nothing else."""
        told = {"name": "stage", "pipelines": {"it": {"stage": stage, "with": dict(settings)}}}
        for name, text in {"tilth.yml": json.dumps(told), **files}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        (tmp_path / "src").mkdir(exist_ok=True)
        return tmp_path

    def test_it_makes_a_pipeline_of_functions_that_can_be_imported(self, folder: Path) -> None:
        with Project(folder) as project:
            made = project.pipeline("it")

            assert isinstance(made, Pipeline)
            assert len(made) > 0
            assert all(each.function.importable for each in made)

    def test_opening_it_imports_nothing_heavy(self, folder: Path) -> None:
        program = (
            "import sys\n"
            "from tilth import Project\n"
            "with Project(sys.argv[1]) as project:\n"
            "    project.plan()\n"
            f"print(*sorted(set({_HEAVY!r}) & set(sys.modules)))\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", program, folder], capture_output=True, text=True, check=True
        )

        assert done.stdout.split() == []

    def test_it_runs_and_a_second_run_does_nothing(self, folder: Path) -> None:
        with Project(folder) as project:
            first, second = project.run(), project.run()

        assert first.ok, first.failures
        assert first.counts["done"] == len(project.pipeline("it"))
        assert second.counts["reused"] == first.counts["done"]

    def test_what_it_makes_can_be_loaded_in_another_process(self, folder: Path) -> None:
        with Project(folder) as project:
            project.run()
            names = project.pipeline("it").outputs
        with Project(folder) as project:
            for name in names:
                assert project.load(name) is not None

    def test_a_setting_that_it_lacks_is_told(self, folder: Path) -> None:
        told = json.loads((folder / "tilth.yml").read_text())
        told["pipelines"]["it"]["with"]["nonsense"] = 1
        (folder / "tilth.yml").write_text(json.dumps(told))

        with pytest.raises(ConfigError, match="has no setting `nonsense`"):
            Project(folder)
