"""What is planted in a table is found, and little else."""

from __future__ import annotations

from collections import Counter

import pytest

from tilth.quality.profile import DefectKind, profile_of


def compared(plant, seeds):
    """Kind -> how many were planted and found, planted, found; cells, rows and columns alike."""
    hits, wanted, found = Counter(), Counter(), Counter()
    for seed in seeds:
        made = plant(seed)
        defects = profile_of(made.table, "late", most_rows=10_000).defects
        cells = {(each.kind, each.column, row) for each in defects for row in each.rows}
        columns = {(each.kind, each.column) for each in defects if each.is_column}
        for want, got in ((made.cells, cells), (made.columns, columns)):
            wanted.update(each[0] for each in want)
            found.update(each[0] for each in got)
            hits.update(each[0] for each in want & got)
    return hits, wanted, found


def check(plant, seeds):
    hits, wanted, found = compared(plant, seeds)

    assert set(wanted) == set(DefectKind)
    assert {
        kind: hits[kind] / wanted[kind] for kind in wanted if hits[kind] < 0.95 * wanted[kind]
    } == {}
    assert {
        kind: hits[kind] / found[kind] for kind in found if hits[kind] < 0.9 * found[kind]
    } == {}


def test_of_each_kind_95_in_100_are_found_and_90_in_100_found_are_planted(plant):
    check(plant, range(12))


@pytest.mark.slow
def test_so_it_is_over_many_tables(plant):
    check(plant, range(1_000, 1_080))


def test_a_sound_table_has_no_defects_but_its_useless_columns(plant):
    made = plant(3)
    touched = {row for _, _, row in made.cells}
    rows = [row for row in range(made.table.height) if row not in touched]
    useless = {column for _, column in made.columns}

    sound = made.table[rows].drop(useless)

    assert profile_of(sound, "late").defects == ()
