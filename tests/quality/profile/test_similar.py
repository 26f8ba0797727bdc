from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from tilth.quality.profile.similar import LEAST, SHINGLE, similar

WORDS = [
    "wind",
    "storm",
    "delay",
    "runway",
    "gate",
    "crew",
    "pilot",
    "engine",
    "fuel",
    "baggage",
    "tower",
    "rain",
    "fog",
    "snow",
]


def shingles(text):
    plain = " ".join(text.casefold().split())
    return {plain[i : i + SHINGLE] for i in range(len(plain) - SHINGLE + 1)}


def jaccard(first, second):
    ours, theirs = shingles(first), shingles(second)
    return len(ours & theirs) / len(ours | theirs)


@pytest.fixture
def texts():
    """Some like one another by any degree."""
    random = np.random.default_rng(0)
    found = [" ".join(random.choice(WORDS, 40)) for _ in range(60)]
    for n in range(60):
        words = found[n].split()
        for place in random.choice(40, n // 6, replace=False):
            words[place] = str(random.choice(WORDS))
        found.append(" ".join(words))
    return list(dict.fromkeys(found))


def test_pairs_are_those_that_counting_all_shingles_of_all_pairs_gives(texts):
    true = {
        j for i, j in combinations(range(len(texts)), 2) if jaccard(texts[i], texts[j]) >= LEAST
    }
    found = similar(texts)

    assert len(true) > 15
    assert set(found) == true
    assert all(jaccard(texts[i], texts[j]) >= LEAST for j, i in found.items())


def test_case_and_white_space_do_not_count():
    first = "The pilot waited for the fog to lift over the runway"

    assert similar([first, first.upper().replace(" ", "\n  ")]) == {1: 0}


@pytest.mark.parametrize("texts", [[], ["x"], ["", "a", "abcd"], ["abcde", "vwxyz"]])
def test_few_or_short_texts_are_like_nothing(texts):
    assert similar(texts) == {}


def test_a_text_in_a_language_without_spaces_is_compared_by_its_letters():
    first = "飛行機は霧のために空港で待っていました。昨日の夜から"

    assert similar([first, first + "です", "全く別の話をここに書いておきます。明日も"]) == {1: 0}
