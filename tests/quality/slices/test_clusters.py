"""Rows without attributes are told by the group that they lie in."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tilth.quality.slices import clusters_of, weak_slices


def blobs(n_each, centres, seed=0):
    random = np.random.default_rng(seed)
    points = [random.normal(centre, 0.3, (n_each, len(centre))) for centre in centres]
    return np.concatenate(points), np.repeat(np.arange(len(centres)), n_each)


CENTRES = [(0, 0, 0), (5, 0, 0), (0, 5, 0), (0, 0, 5)]


def test_groups_that_lie_apart_are_found():
    points, truth = blobs(100, CENTRES)

    found = clusters_of(points, 4, seed=1)

    assert len({(label, group) for label, group in zip(found.labels, truth, strict=True)}) == 4
    assert found.spread == pytest.approx(3 * 0.3**2, rel=0.1)
    for label in range(4):
        assert found.centres[label] == pytest.approx(points[found.labels == label].mean(axis=0))


def test_a_cluster_is_known_by_the_rows_nearest_to_its_centre():
    points, _ = blobs(50, CENTRES)

    found = clusters_of(points, 4, n_typical=3)

    for label, rows in enumerate(found.typical):
        distances = ((points - found.centres[label]) ** 2).sum(axis=1)
        distances[found.labels != label] = np.inf
        assert list(rows) == np.argsort(distances)[:3].tolist()


def test_other_rows_belong_to_the_nearest_cluster():
    points, _ = blobs(50, CENTRES)
    found = clusters_of(points, 4)

    assert found.of(points) == found.names
    assert found.of(found.centres) == ["c0", "c1", "c2", "c3"]


def test_the_seed_decides():
    points = np.random.default_rng(0).normal(size=(300, 5))

    one, same = clusters_of(points, 6, seed=3), clusters_of(points, 6, seed=3)

    assert one.labels.tolist() == same.labels.tolist()


def test_more_starts_are_never_worse():
    points = np.random.default_rng(1).normal(size=(200, 4))

    spreads = [clusters_of(points, 8, seed=2, n_starts=n).spread for n in (1, 4, 12)]

    assert spreads == sorted(spreads, reverse=True)


def test_a_bad_cluster_is_a_weak_slice():
    points, truth = blobs(500, CENTRES)
    failed = np.random.default_rng(0).random(2000) < np.where(truth == 2, 0.4, 0.1)

    clusters = clusters_of(points, 4)
    (found,) = weak_slices(pl.DataFrame({"cluster": clusters.names}), failed).slices

    assert found.slice.text == f"cluster = {clusters.names[1000]}"


def test_no_more_clusters_come_out_than_there_are_different_rows():
    found = clusters_of(np.ones((10, 2)), 3)

    assert len(found.centres) == 1
    assert clusters_of([[0.0], [1.0]], 5).spread == 0


@pytest.mark.parametrize(
    "features", [np.zeros((0, 2)), np.zeros(3), [[np.nan]], [[np.inf, 1.0]], np.zeros((2, 0))]
)
def test_features_that_are_no_table_of_numbers_are_refused(features):
    with pytest.raises(ValueError, match="features need shape"):
        clusters_of(features, 1)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="0 clusters"):
        clusters_of([[1.0]], 0)
    with pytest.raises(ValueError, match="3 features, and the clusters 1"):
        clusters_of([[1.0]], 1).of([[1.0, 2.0, 3.0]])
