from __future__ import annotations

import pytest

from tilth.labels.picture import are_pictures, is_picture


@pytest.mark.parametrize("path", ["a.png", "a/b c.JPG", "../a.webp", "/x/a.jpeg"])
def test_a_picture_is_known_by_its_end(path):
    assert is_picture(path)


@pytest.mark.parametrize("path", ["a.svg", "a.html", "a", "", "https://e.org/a.png", "a\0.png"])
def test_other_texts_are_no_pictures(path):
    assert not is_picture(path)


@pytest.mark.parametrize(
    ("texts", "pictures"),
    [
        (["a.png", "b.png", "none"], True),
        (["a.png", "none"], False),
        (["a.png", None, None], True),
        (["a.png"] * 51 + ["none"] * 49 + ["none"] * 1000, True),
        ([None], False),
        ([], False),
    ],
)
def test_texts_are_pictures_where_most_of_the_first_hundred_are(texts, pictures):
    assert are_pictures(texts) is pictures
