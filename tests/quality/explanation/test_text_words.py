"""Words of a text are told by what the answer would be without each."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from tilth.quality.explanation.answers import answers_of
from tilth.quality.explanation.text_words import words_of

WORDS = ("broken", "late", "lovely", "blue", "soft", "parcel")


@pytest.fixture
def notes():
    random = np.random.default_rng(0)
    texts = [" ".join(random.choice(WORDS, random.integers(2, 7))) for _ in range(200)]
    worth = np.array([3.0 * each.count("lovely") - 5.0 * each.count("broken") for each in texts])
    price = random.normal(size=200)
    return pl.DataFrame({"note": texts, "price": price}), worth + price


def fitted(notes, step, last, columns="note"):
    frame, worth = notes
    parts = make_column_transformer((step, columns), remainder="passthrough")
    so = worth > 0 if hasattr(last, "C") else worth
    return make_pipeline(parts, last).fit(frame, so)


def told(model, row, **asked):
    return words_of(model, row, answers_of(model, row, **asked))


def test_of_a_linear_model_of_counts_an_effect_is_the_weight_times_the_count(notes):
    model = fitted(notes, CountVectorizer(), LinearRegression())
    row = pl.DataFrame({"note": ["Lovely, but broken; BROKEN!"], "price": [0.0]})

    found = told(model, row)

    assert [each.word for each in found["note"]] == ["lovely", "broken"]
    assert [each.effect[0] for each in found["note"]] == pytest.approx([3, -10])


def test_of_weighed_words_those_that_matter_have_the_largest_effect(notes):
    model = fitted(notes, TfidfVectorizer(), LogisticRegression())
    row = pl.DataFrame({"note": ["a soft parcel, broken"], "price": [0.0]})

    found = told(model, row)

    effects = {each.word: each.effect[0] for each in found["note"]}
    assert max(effects, key=lambda word: abs(effects[word])) == "broken"
    assert effects["broken"] < 0


def test_words_that_follow_one_another_are_left_out_together(notes):
    model = fitted(notes, CountVectorizer(ngram_range=(2, 2)), LinearRegression())
    row = pl.DataFrame({"note": ["lovely   broken parcel"], "price": [0.0]})

    assert [each.word for each in told(model, row)["note"]] == ["lovely broken", "broken parcel"]


def test_levels_have_no_words(notes):
    model = fitted(notes, OneHotEncoder(handle_unknown="ignore"), LinearRegression(), ["note"])

    assert told(model, notes[0][:1]) == {}


@pytest.mark.parametrize("note", [None, "", "unheard of"])
def test_a_text_without_known_words_has_none(notes, note):
    step = make_pipeline(TfidfVectorizer(vocabulary=list(WORDS)))
    model = fitted(notes, step, LinearRegression())
    row = pl.DataFrame({"note": [note or ""], "price": [0.0]})

    assert told(model, row) == {}
