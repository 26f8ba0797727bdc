from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from digits.images import TRAITS, has_hook, has_nose, number_images, part_images, pixels

PLAIN = ["...##...", "...##...", "...##...", "...##...", "...##...", "...##...", "...##..."]
NOSED = ["....##..", "...###..", "..####..", ".##.##..", "....##..", "....##..", "....##.."]
THICK = ["..####..", "..####..", "..####..", "..####..", "..####..", "..####..", "..####.."]
HOOKED = ["..####..", "..#..#..", "..####..", ".....#..", ".....#..", "..#..#..", "..####.."]


def ink(*drawings):
    """Shape (n, 8, 8); a last row is as the one before."""
    rows = [[[16 * (mark == "#") for mark in row] for row in [*d, d[-1]]] for d in drawings]
    return np.array(rows)


def images(n):
    flat = pl.DataFrame({f"column_{i}": list(range(n)) for i in range(64)})
    return flat.with_columns(column_64=pl.int_range(n) % 10)


def test_each_image_gets_a_number_and_its_digit_is_kept_apart():
    numbered, truth = number_images(images(12))

    assert numbered.columns == ["image", *(f"column_{i}" for i in range(64))]
    assert truth.rows()[10:] == [(10, 0), (11, 1)]


def test_no_image_both_is_labelled_and_judges():
    numbered, _ = number_images(images(50))
    to_label, held_out = part_images(numbered, 20, 30, random_state=3)

    assert (to_label.height, held_out.height) == (20, 30)
    assert pl.concat([to_label, held_out]).sort("image").equals(numbered)


def test_more_images_to_label_are_the_same_and_more_and_the_same_ones_judge():
    numbered, _ = number_images(images(50))
    few, judges = part_images(numbered, 10, 20)
    many, same = part_images(numbered, 30, 20)

    assert few.join(many, on="image", how="anti").is_empty()
    assert judges.equals(same)


def test_more_images_than_there_are_is_refused():
    numbered, _ = number_images(images(50))

    with pytest.raises(ValueError, match="31 images to label and 20 to judge by are more than"):
        part_images(numbered, 31, 20)


def test_pixels_are_in_rows_of_eight():
    numbered = pl.DataFrame({"image": [5], **{f"p{i}": [i] for i in range(64)}})

    assert pixels(numbered)[0, 1].tolist() == [8, 9, 10, 11, 12, 13, 14, 15]


@pytest.mark.parametrize(
    ("drawing", "nose", "hook"),
    [(PLAIN, False, False), (NOSED, True, False), (THICK, False, True), (HOOKED, False, True)],
)
def test_a_nose_is_below_the_top_and_a_hook_at_the_foot(drawing, nose, hook):
    assert has_nose(ink(drawing)).tolist() == [nose]
    assert has_hook(ink(drawing)).tolist() == [hook]


def test_an_empty_image_has_no_traits():
    assert not any(trait(np.zeros((1, 8, 8))).any() for trait in TRAITS.values())
