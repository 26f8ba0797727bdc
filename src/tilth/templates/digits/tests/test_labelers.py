from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
import yaml
from digits.images import has_hook, has_nose, number_images, pixels
from digits.labelers import deliver_labels, label_images, settles
from sklearn.datasets import load_digits

PROJECT = Path(__file__).resolve().parents[1]
FIRST, SECOND = ((PROJECT / "labels" / f"instruction_{i}.md").read_text("utf-8") for i in (1, 2))
PEOPLE = yaml.safe_load((PROJECT / "params.yml").read_text("utf-8"))["people"]
HABITS = [habit for person in PEOPLE.values() for habit in person["habits"]]


@pytest.fixture(scope="module")
def published():
    data = load_digits()
    table = pl.DataFrame(data.data.astype(int), schema=[f"column_{i}" for i in range(64)])
    return number_images(table.with_columns(column_64=pl.Series(data.target)))


def said_and_meant(published, name, instruction, **changed):
    images, truth = published
    return (
        label_images(images, truth, instruction, PEOPLE[name] | changed),
        truth.get_column("digit").to_numpy(),
    )


def test_without_slips_people_differ_from_the_truth_by_habit_alone(published):
    ink = pixels(published[0])
    for name, digit, trait, label in (("ada", 1, has_nose, 7), ("ben", 9, has_hook, 3)):
        said, meant = said_and_meant(published, name, FIRST, slips=0.0)
        of_habit = (meant == digit) & trait(ink)

        assert (said[of_habit] == label).all()
        assert (said[~of_habit] == meant[~of_habit]).all()
        assert of_habit.sum() > 50


def test_the_second_instruction_ends_both_habits(published):
    for name in PEOPLE:
        said, meant = said_and_meant(published, name, SECOND, slips=0.0)

        assert (said == meant).all()


def test_people_slip_about_as_often_as_is_said_and_never_to_the_right_label(published):
    said, meant = said_and_meant(published, "ada", SECOND, slips=0.1)
    n_slips = (said != meant).sum()

    # Four standard deviations of a share of 0.1 among 1,797.
    assert abs(n_slips / len(said) - 0.1) < 4 * np.sqrt(0.1 * 0.9 / len(said))
    assert set(said) == set(range(10))


def test_asked_again_by_the_same_instruction_a_person_says_the_same(published):
    first, again = (said_and_meant(published, "ben", FIRST)[0] for _ in range(2))

    assert (first == again).all()


def test_two_people_slip_apart_and_another_instruction_has_them_slip_elsewhere(published):
    ada, meant = said_and_meant(published, "ada", SECOND)
    ben, _ = said_and_meant(published, "ben", SECOND)
    anew, _ = said_and_meant(published, "ada", f"{SECOND} ")

    assert ((ada != meant) & (ben != meant)).sum() < (ada != meant).sum() / 2
    assert ((ada != meant) & (anew != meant)).sum() < (ada != meant).sum() / 2


@pytest.mark.parametrize("habit", HABITS)
def test_a_habit_is_settled_where_a_line_names_both_digits_and_the_trait(habit):
    assert not settles(FIRST, habit)
    assert settles(SECOND, habit)
    assert not settles(f"`{habit['digit']}` and {habit['trait']}\n`{habit['says']}`", habit)


def test_each_delivered_label_is_what_the_one_who_had_the_image_says_of_it(published):
    images, truth = published
    delivered = deliver_labels(images, truth, FIRST, PEOPLE, random_state=1)

    assert delivered.get_column("image").equals(images.get_column("image"))
    for name in PEOPLE:
        hers = (delivered.get_column("labeler") == name).to_numpy()
        said = label_images(images, truth, FIRST, PEOPLE[name])
        assert (delivered.get_column("label").to_numpy()[hers] == said[hers]).all()
        assert 0.4 < hers.mean() < 0.6
