"""What differs between contracts."""

from __future__ import annotations

import pytest

from tilth.config.contracts import contract_from
from tilth.contract.compare import differences

OLD = """
columns:
  id: {type: int, unique: true}
  delay: {type: float, between: [-60, 1500], not_null: 5%}
  carrier: {type: text, levels: [AA, EV]}
checks:
  - relation: delay > id
  - key: id
"""


def diff(old, new):
    """The lines, for a change of text."""
    assert old in OLD
    return [
        each.text for each in differences(contract_from(OLD), contract_from(OLD.replace(old, new)))
    ]


def test_a_contract_differs_in_nothing_from_itself():
    assert differences(contract_from(OLD), contract_from("\n" + OLD)) == []


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("[-60, 1500]", "[-60, 100]",
         "~ column delay: between -60 to 1500 -> -60 to 100 (stricter)"),
        ("[-60, 1500]", "[null, 1500]",
         "~ column delay: between -60 to 1500 -> up to 1500 (looser)"),
        ("[-60, 1500]", "[-90, 100]", "~ column delay: between -60 to 1500 -> -90 to 100"),
        ("5%", "true", "~ column delay: not_null at most 0.05 -> yes (stricter)"),
        (", not_null: 5%", "", "- column delay: not_null at most 0.05 (looser)"),
        ("[AA, EV]", "[AA, EV, XX]",
         "~ column carrier: levels [AA, EV] -> [AA, EV, XX] (looser)"),
        ("levels: [AA, EV]", "levels: {among: [AA, EV], severity: warn}",
         "~ column carrier: levels [AA, EV] -> [AA, EV] [warn] (looser)"),
        ("levels: [AA, EV]", "levels: [AA, EV], length: [2, 2]",
         "+ column carrier: length 2 to 2 (stricter)"),
        ("  - key: id\n", "", "- table: key id (looser)"),
        ("columns:", "others: allow\ncolumns:", "~ table: others stop -> allow (looser)"),
        ("id: {type: int", "id: {optional: true, type: int",
         "~ column id: is required -> optional (looser)"),
    ],
)  # fmt: skip
def test_a_change_is_told_on_a_line_with_what_it_asks(old, new, line):
    assert diff(old, new) == [line]


def test_a_column_that_goes_takes_its_checks_along():
    assert diff("  carrier: {type: text, levels: [AA, EV]}\n", "") == [
        "- column carrier: column named (looser)",
        "- column carrier: type text (looser)",
        "- column carrier: levels [AA, EV] (looser)",
    ]
