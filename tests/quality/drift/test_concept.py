"""The same prediction means the same, or not any more."""

from __future__ import annotations

import numpy as np
import pytest

from tilth.quality.drift import concept_drift, prediction_drift


def labelled(rng, n, *, bend=0.0, centre=0.0):
    """Probabilities, and labels that have them, or others where it is bent."""
    score = rng.normal(centre, 1, n)
    predicted = 1 / (1 + np.exp(-score))
    observed = rng.random(n) < 1 / (1 + np.exp(-score - bend))
    return predicted, observed


def test_labels_that_keep_their_probabilities_have_not_drifted():
    rng = np.random.default_rng(1)

    found = concept_drift(labelled(rng, 3000), labelled(rng, 3000))

    assert found.p > 0.05
    assert not found.proxy
    assert len(found.strata) == 10


def test_other_rows_with_the_same_meaning_have_not_drifted():
    rng = np.random.default_rng(2)
    before, after = labelled(rng, 4000), labelled(rng, 4000, centre=1.0)

    assert concept_drift(before, after).p > 0.05
    assert prediction_drift(before[0], after[0]).p < 1e-9


def test_the_same_rows_with_another_meaning_have_and_the_proxy_is_blind():
    rng = np.random.default_rng(3)
    before, after = labelled(rng, 3000), labelled(rng, 3000, bend=0.7)

    found, proxy = concept_drift(before, after), prediction_drift(before[0], after[0])

    assert found.p < 1e-6
    assert found.change == pytest.approx(0.13, abs=0.05)
    assert all(each.change > 0 for each in found.strata[2:8])
    assert proxy.proxy
    assert proxy.p > 0.05


def test_its_p_value_is_that_of_shuffling_within_strata():
    rng = np.random.default_rng(4)
    before, after = labelled(rng, 300), labelled(rng, 300, bend=0.25)
    found = concept_drift(before, after, n_strata=4)
    predicted, observed = (np.concatenate(each) for each in zip(before, after, strict=True))
    group = np.searchsorted(np.quantile(predicted, [0.25, 0.5, 0.75]), predicted, "left")
    newer = np.repeat([False, True], 300)
    residual = observed - predicted

    def statistic(newer):
        total = 0.0
        for each in range(4):
            r, new = residual[group == each], newer[group == each]
            apart = r[new].mean() - r[~new].mean()
            total += apart**2 / (r.var(ddof=1) * (1 / new.sum() + 1 / (~new).sum()))
        return total

    shuffled = []
    for _ in range(1500):
        other = newer.copy()
        for each in range(4):
            other[group == each] = rng.permutation(newer[group == each])
        shuffled.append(statistic(other))

    assert found.p == pytest.approx(np.mean(np.array(shuffled) >= statistic(newer)), abs=0.03)


def test_the_level_is_kept_and_nearly_used():
    rng = np.random.default_rng(5)
    p = [concept_drift(labelled(rng, 400), labelled(rng, 300)).p for _ in range(400)]

    assert 0.017 < np.mean(np.array(p) <= 0.05) < 0.083


def test_numbers_are_compared_as_well_as_probabilities():
    rng = np.random.default_rng(6)
    predicted = rng.normal(10, 3, 500)
    worse = predicted + rng.normal(2, 1, 500)

    found = concept_drift((predicted, predicted + rng.normal(0, 1, 500)), (predicted, worse))

    assert found.p < 1e-9
    assert found.change == pytest.approx(2, abs=0.2)


@pytest.mark.parametrize("n", [0, 1, 4])
def test_too_few_labels_are_refused(n):
    rng = np.random.default_rng(7)

    with pytest.raises(ValueError, match="no group of like predictions has 5 rows"):
        concept_drift(labelled(rng, 100), labelled(rng, n))
    assert prediction_drift(rng.random(100), rng.random(n)).p == 1


def test_predictions_without_their_labels_or_without_a_value_are_refused():
    with pytest.raises(ValueError, match="3 predictions do not belong to 2 labels"):
        concept_drift(([0.1, 0.2, 0.3], [0, 1]), ([0.1], [1]))
    with pytest.raises(ValueError, match="finite"):
        concept_drift(([0.1, np.nan], [0, 1]), ([0.1], [1]))
    with pytest.raises(ValueError, match="finite"):
        prediction_drift([np.inf], [1.0])


def test_one_class_and_a_constant_prediction_have_a_defined_answer():
    same = ([0.3] * 50, [1] * 50)

    found = concept_drift(same, same)

    assert (found.p, found.change, len(found.strata)) == (1, 0, 1)
    assert concept_drift(([0.3] * 50, [0] * 50), same).p < 1e-6
