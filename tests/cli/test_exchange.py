from __future__ import annotations

import sys

import pytest

from tilth.history.exchange import Handed
from tilth.history.record import Metric


class Archive:
    """A system that keeps in memory what it is told."""

    told: list = []  # noqa: RUF012 - that is what the test looks at

    def export(self, to, runs, models):
        Archive.told = [each.run.id for each in runs]
        return Handed(
            where=to or "at home",
            look="type this",
            runs=len(Archive.told),
            models=("m@1",),
            known=3,
        )

    def runs(self, source, *, most, known):
        from tests_of_exchange import foreign

        return iter([foreign(source, most)])


@pytest.fixture(autouse=True)
def archive(monkeypatch):
    from tilth.history.exchange import File, ForeignRun

    def foreign(source, most):
        return ForeignRun(
            identity=source, name="sunny", group="g", state="done", started_at=1.0,
            finished_at=2.0, person="ada", commit="", parameters={}, tags={}, note="",
            metrics=(Metric(name="loss", value=0.25),),
            files=(File(name="big", content=None, n_bytes=most + 1),),
        )  # fmt: skip

    for name, given in (("archive_at_hand", Archive), ("tests_of_exchange", foreign)):
        module = type(sys)(name)
        setattr(module, given.__name__, given)
        monkeypatch.setitem(sys.modules, name, module)


SYSTEM = "archive_at_hand.Archive"


def test_the_newest_run_is_exported_unless_another_is_asked_for(tilth, project):
    tilth("run")
    tilth("run")
    answer = tilth("export", SYSTEM)

    assert Archive.told == [2]
    assert answer.out == "1 run, 1 model version exported to at home (3 there already)\n"
    assert "look at it: type this" in answer.err
    tilth("export", SYSTEM, "--run", "1", "--to", "there")
    assert Archive.told == [1]
    assert tilth("export", SYSTEM, "--all", "--json").json["runs"] == 2


def test_a_run_and_all_runs_cannot_both_be_meant(tilth, project):
    answer = tilth("export", SYSTEM, "--all", "--run", "1")

    assert answer.code == 2
    assert "--run and --all cannot both be given" in answer.err


def test_an_unknown_system_is_told_with_the_nearest(tilth, project):
    tilth("run")
    answer = tilth("export", "mlfow")

    assert answer.code != 0
    assert "there is no system `mlfow`" in answer.err
    assert "did you mean `mlflow`?" in answer.err


def test_what_was_imported_is_among_the_runs(tilth, project):
    answer = tilth("import", SYSTEM, "their-store", "--most", "10")

    assert answer.out == "1 run and 0 files imported\n"
    assert "too large, left where it is: sunny: big" in answer.err
    assert "g: sunny" in tilth("runs", "ls").out
    assert f"{SYSTEM}/g.loss" in tilth("runs", "metrics").out
    again = tilth("import", SYSTEM, "their-store", "--json").json
    assert (again["known"], len(again["runs"])) == (1, 1)  # this system forgets what is known


def test_without_the_library_its_extra_is_named(tilth, project, monkeypatch):
    monkeypatch.setitem(sys.modules, "mlflow", None)
    answer = tilth("import", "mlflow", ".")

    assert answer.code == 1
    assert "system `mlflow` needs `mlflow`" in answer.err
    assert "pip install 'tilth[mlflow]'" in answer.err
