from __future__ import annotations

import json

import pytest

from tilth.data.formats.json import Json
from tilth.engine import save
from tilth.engine.call import Target
from tilth.engine.save import Saver
from tilth.store.blobs import Blobs


class Sorted(Json):
    """JSON whose keys are in order: only `write` is its own."""

    def write(self, stream, value):
        stream.write(json.dumps(value, sort_keys=True).encode())


class Spaced(Json):
    """JSON that gives its bytes at once."""

    def to_bytes(self, value):
        return json.dumps(value, indent=1).encode()


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (Json, b'{"b":1,"a":2}\n'),
        (Sorted, b'{"a": 2, "b": 1}'),
        (Spaced, b'{\n "b": 1,\n "a": 2\n}'),
    ],
)
def test_a_value_is_written_by_its_format_s_own_method(tmp_path, monkeypatch, kind, content):
    monkeypatch.setattr(save, "format_for", lambda name, write=None: kind(write=write))
    saver = Saver(Blobs(tmp_path), code_of=str)

    made, _ = saver.whole(Target(dataset="x", format="json"), {"b": 1, "a": 2})

    assert made.data == content
