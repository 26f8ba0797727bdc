"""Two people who label. They are SIMULATED: nobody has looked at these images.

A simulated person knows the digit, slips now and then, and has a habit: images with a certain
trait are read in a way of his own. Ada, who writes her own `1` as a plain stroke, reads one with
a nose as a `7`. Ben reads a `9` that ends in a wide hook as a `3`. Once the instruction speaks
of the trait, they go by the instruction.
"""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
import polars as pl

from digits.images import TRAITS, pixels

Person = dict[str, Any]
"""`seed`; `slips`, a share; and `habits`, each with `digit`, `trait` and `says`."""


def deliver_labels(
    to_label: pl.DataFrame,
    truth: pl.DataFrame,
    instruction: str,
    people: dict[str, Person],
    random_state: int = 0,
) -> pl.DataFrame:
    """Hand each image to one of the people, by lot: `image`, `label`, `labeler`."""
    names = sorted(people)
    said = [label_images(to_label, truth, instruction, people[name]) for name in names]
    lot = np.random.default_rng(random_state).integers(len(names), size=to_label.height)
    return pl.DataFrame(
        {
            "image": to_label.get_column("image"),
            "label": np.choose(lot, said),
            "labeler": [names[i] for i in lot],
        }
    )


def label_images(
    images: pl.DataFrame, truth: pl.DataFrame, instruction: str, person: Person
) -> np.ndarray:
    """What a person says of each image, by an instruction.

    The same person, instruction and images give the same labels; another instruction has the
    person look anew, and slip elsewhere.
    """
    digits = images.join(truth, on="image", maintain_order="left").get_column("digit").to_numpy()
    ink = pixels(images)
    said = digits.copy()
    for habit in person["habits"]:
        if not settles(instruction, habit):
            said[(digits == habit["digit"]) & TRAITS[habit["trait"]](ink)] = habit["says"]
    random = np.random.default_rng([person["seed"], zlib.crc32(instruction.encode())])
    slips = random.random(len(said)) < person["slips"]
    return np.where(slips, (said + random.integers(1, 10, len(said))) % 10, said)


def settles(instruction: str, habit: dict[str, Any]) -> bool:
    """Whether a line of the instruction names both digits in backquotes, and the trait."""
    words = (f"`{habit['digit']}`", f"`{habit['says']}`", habit["trait"])
    return any(all(word in line for word in words) for line in instruction.splitlines())
