"""What people did by hand counts half where it is written down, and is shown as their word."""

from __future__ import annotations

import pytest

from tilth.errors import ConfigError
from tilth.project.scoring.by_hand import read_by_hand

SAID = "{what: We looked., see: notes.md, by: Ada, at: 2026-10-02}"


@pytest.fixture
def noted(planted):
    (planted.folder / "notes.md").write_text("0.84 instead of 0.88\n")
    return planted


def test_it_counts_half_with_the_place_where_it_is_said(noted):
    noted.write({"score.yml": f"monitor_4: {SAID}\nmodel_2: {SAID}\n"})
    found = noted.result("model_2")

    assert (found.points, noted.points("monitor_4"), noted.points("monitor_5")) == (0.5, 0.5, 0)
    (proof,) = found.evidence.proofs
    assert proof.place == "score.yml:2"
    assert "says Ada (2026-10-02): We looked.; see notes.md" in proof.text


def test_it_takes_nothing_from_what_is_on_record(noted):
    noted.write({"score.yml": f"data_1: {SAID}\n"})

    assert noted.points("data_1") == 1


def test_it_does_not_cure_what_must_not_be(noted):
    noted.edit("catalog.yml", "forbidden: [colour]", "forbidden: [age]")
    noted.write({"score.yml": f"data_4: {SAID}\n"})

    assert noted.points("data_4") == 0


def test_without_the_file_there_is_nothing(tmp_path):
    assert read_by_hand(tmp_path) == {}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"monitor_8: {SAID}", "score.yml:1"),
        (f"monitor_8: {SAID}", "is no test"),
        ("data_1: {what: a, by: b, at: 2026-10-02}", "`see`"),
        ("data_1: {what: a, see: notes.md, by: b, at: last year}", "is no date"),
        ("data_1: {what: a, see: nowhere.md, by: b, at: 2026-10-02}", "there is no such file"),
        ("data_1: {what: a, see: ../notes.md, by: b, at: 2026-10-02}", "is outside of the project"),
        ("data_1: done", "mapping"),
        ("- data_1", "mapping"),
        ("data_1: {", "score.yml"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path, text, told):
    (tmp_path / "notes.md").write_text("so\n")
    (tmp_path / "score.yml").write_text(f"{text}\n")

    with pytest.raises(ConfigError) as error:
        read_by_hand(tmp_path)
    assert told in str(error.value)


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "{}\n"])
def test_an_empty_file_says_nothing(tmp_path, text):
    (tmp_path / "score.yml").write_text(text)

    assert read_by_hand(tmp_path) == {}
