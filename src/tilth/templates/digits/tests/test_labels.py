from __future__ import annotations

import polars as pl
from digits.labels import count_wrong, settle_labels

DELIVERED = pl.DataFrame(
    {"image": [1, 2, 3, 4, 5], "label": [7, 7, 7, 7, 7], "labeler": ["ada"] * 5}
)
NO_DECISIONS = pl.DataFrame(schema=dict.fromkeys(("item", "outcome", "label"), pl.String))


def test_people_s_decisions_go_before_what_was_delivered():
    resolved = pl.DataFrame(
        {
            "item": [2, 3, 4, 5],
            "outcome": ["agreed", "disputed", "open", "agreed"],
            "label": [1, None, None, None],  # of 5 they agree that no single digit is right
        }
    )

    found = settle_labels(DELIVERED, resolved)

    assert found.select("image", "label", "whence").rows() == [
        (1, 7, "ada"),
        (2, 1, "agreed"),
        (3, None, "open to talk"),
        (4, 7, "ada"),
        (5, None, "open to talk"),
    ]


def test_a_log_without_decisions_leaves_all_labels_as_they_were_delivered():
    found = settle_labels(DELIVERED, NO_DECISIONS)

    assert found.select("image", "label").equals(DELIVERED.select("image", "label"))
    assert found.get_column("picture").to_list()[0] == "pictures/0001.png"


def test_labels_that_are_not_there_are_not_wrong():
    truth = pl.DataFrame({"image": [1, 2, 3, 4, 5], "digit": [7, 1, 1, 7, 7]})
    now = DELIVERED.with_columns(label=pl.Series([7, 1, None, 7, 3]))

    assert count_wrong(DELIVERED, now, truth) == {
        "delivered": {"labels": 5, "wrong": 2},
        "now": {"labels": 4, "wrong": 1},
    }
