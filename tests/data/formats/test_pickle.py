from __future__ import annotations

import pickle
import threading
from datetime import date

import pytest

from tilth.data.formats.pickle import Pickle
from tilth.data.pickled import code_in, globals_in
from tilth.errors import DataError, UnserialisableError
from tilth.testing.formats import FormatTests, read, written


class TestPickle(FormatTests):
    @pytest.fixture
    def format(self):
        return Pickle()

    @pytest.fixture
    def value(self):
        return {"set": {"x", "y", "z"}, 1: (2, [b"b"]), "day": date(2013, 1, 1)}

    @pytest.fixture
    def others(self):
        return [frozenset({"a", ("b", 1)}), {frozenset({1})}, [float("inf")], set()]

    @pytest.fixture
    def empty(self):
        return ()


@pytest.mark.parametrize("value", [threading.Lock(), [iter([]) for _ in "a"] + [(i for i in [])]])
def test_what_lives_in_one_process_only_is_unserialisable(value):
    with pytest.raises(UnserialisableError, match="cannot"):
        written(Pickle(), value)


def test_an_open_file_is_unserialisable(tmp_path):
    with (tmp_path / "open").open("w") as stream, pytest.raises(UnserialisableError, match="open"):
        written(Pickle(), {"log": stream})


def test_a_lambda_is_pickled_with_its_code():
    twice = lambda number: 2 * number  # noqa: E731

    assert read(Pickle(), written(Pickle(), twice))(21) == 42


def test_a_pickle_names_the_classes_in_it():
    data = pickle.dumps([date(2013, 1, 1), date], protocol=5)

    assert globals_in(data) == {"datetime:date"}


def test_the_users_code_follows_the_pickle(users_module):
    data = written(Pickle(code_of=lambda name: f"digest of {name}"), users_module.Model())

    assert code_in(data) == {"users_models:Model": "digest of users_models.Model"}
    assert globals_in(data) == {"users_models:Model"}
    assert type(pickle.loads(data)) is users_module.Model


def test_another_code_gives_other_bytes(users_module):
    model = users_module.Model()

    assert written(Pickle(code_of=lambda _: "1"), model) != written(
        Pickle(code_of=lambda _: "2"), model
    )


def test_a_pickle_of_code_that_is_gone_says_so(users_module, monkeypatch):
    data = written(Pickle(), users_module.Model())
    monkeypatch.delattr(users_module, "Model")

    with pytest.raises(DataError, match="code that is gone"):
        read(Pickle(), data)


@pytest.fixture
def users_module(tmp_path, monkeypatch):
    (tmp_path / "users_models.py").write_text("class Model:\n    depth = 3\n")
    monkeypatch.syspath_prepend(tmp_path)
    import users_models

    yield users_models
    import sys

    del sys.modules["users_models"]
