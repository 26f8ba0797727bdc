"""The spreadsheet that labels are written into beside the review page."""

from __future__ import annotations

from pathlib import Path

import pytest
import spreadsheet
from work import Tools
from works import review


def test_what_stands_beside_a_text_is_its_label(tmp_path):
    path = tmp_path / "items.fods"
    spreadsheet.write_sheet(path, [("good", "good"), ("a < b", ""), ("c", "bad")])

    assert spreadsheet.read_labels(path) == ["good", "", "bad"]


@pytest.mark.parametrize("way", spreadsheet.WAYS)
def test_each_way_writes_every_class_and_ends_with_enter(way):
    keys = spreadsheet.WAYS[way]

    assert list(keys) == list(spreadsheet.CLASSES)
    assert all(each[-1] == "Return" for each in keys.values())
    assert len({tuple(each) for each in keys.values()}) == len(keys)


def test_page_and_spreadsheet_get_the_same_answers_at_the_same_pace():
    assert len(review.ANSWERS) == len(review.PAUSES) == review.N_READ
    assert set(review.ANSWERS) == set(spreadsheet.CLASSES)
    assert [review.CLASSES[int(key) - 1] for _, key in review.STEPS] == review.ANSWERS
    assert [pause for pause, _ in review.STEPS] == review.PAUSES
    assert all(0.3 <= each <= 0.9 for each in review.PAUSES)
    assert sum(review.PAUSES) / review.N_READ == pytest.approx(0.6)


def test_without_a_spreadsheet_the_page_is_measured_alone(monkeypatch, capsys):
    alone = Tools(root=Path(), ours=Path("ours"), groups={})
    monkeypatch.setattr(spreadsheet, "PROGRAMS", ("no-such-program",))

    assert [each.who for each in review.entrants(alone)] == [review.OURS]
    assert "no-such-program" in capsys.readouterr().err
