from __future__ import annotations

from tilth.store.sketches import Sketches

KEY = "sketch:" + "ab" * 20


def test_what_is_put_is_there_for_whoever_opens_the_folder(tmp_path):
    Sketches(tmp_path / "new").put(KEY, "ä")

    assert Sketches(tmp_path / "new").get(KEY) == "ä"


def test_what_was_never_put_is_nothing(tmp_path):
    assert Sketches(tmp_path).get(KEY) is None


def test_what_is_put_again_replaces_it_and_leaves_nothing_behind(tmp_path):
    sketches = Sketches(tmp_path)
    for text in ("one", "two"):
        sketches.put(KEY, text)

    assert sketches.get(KEY) == "two"
    assert len([each for each in tmp_path.rglob("*") if each.is_file()]) == 1


def test_a_folder_that_cannot_be_written_is_no_mistake(tmp_path):
    (tmp_path / "file").write_text("")

    Sketches(tmp_path / "file").put(KEY, "text")

    assert Sketches(tmp_path / "file").get(KEY) is None


def test_what_is_no_text_is_nothing(tmp_path):
    sketches = Sketches(tmp_path)
    sketches.put(KEY, "text")
    next(each for each in tmp_path.rglob("*.json")).write_bytes(b"\xff")

    assert sketches.get(KEY) is None
