"""What may be written is what is read."""

from __future__ import annotations

from dataclasses import fields

import pytest

from tilth.config.grammar import Record
from tilth.config.layout import ENTRY, NODE, PIPELINE, TILTH
from tilth.config.settings import EntrySettings, NodeSettings, PipelineSettings, ProjectSettings


@pytest.mark.parametrize(
    ("description", "record", "not_keys"),
    [
        (TILTH, ProjectSettings, set()),
        (PIPELINE, PipelineSettings, {"name"}),
        (NODE, NodeSettings, set()),
        (ENTRY, EntrySettings, {"name"}),
    ],
)
def test_every_key_has_a_field(description: Record, record: type, not_keys: set[str]) -> None:
    names = {field.name for field in fields(record)} - not_keys - {"place"}

    assert {"settings" if key == "with" else key for key in description.keys} == names


@pytest.mark.parametrize("description", [TILTH, PIPELINE, NODE, ENTRY])
def test_every_other_word_leads_to_a_key(description: Record) -> None:
    assert set(description.synonyms.values()) <= set(description.keys)
    assert not set(description.synonyms) & set(description.keys)
    assert {*description.required, *description.one_of} <= set(description.keys)
