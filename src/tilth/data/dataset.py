"""A dataset: a named thing that can be loaded and saved."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tilth.data.location import fields
from tilth.record import field, record


@record
class Dataset:
    """An entry of the catalog.

    Attributes:
        name: What nodes call it.
        format: The format's public name, such as `csv`, or a class in full.
        location: A path relative to the project, an absolute one, or `package://name/path`;
            with fields in braces it is partitioned. None for what lives in the store only.
        read: Options for reading.
        write: Options for writing.
        layer: Where it stands on the way from raw to reported.
        owner: Who answers for it.
        refresh: After how many seconds it may have changed outside; None for never.
        keep: Whether the store keeps what runs read from its location; None where its size
            decides.
        metadata: What the project wants to note; it does not enter fingerprints.
        place: The file and line that define it.
    """

    name: str
    format: str
    location: str | None = None
    read: Mapping[str, Any] = field(default_factory=dict)
    write: Mapping[str, Any] = field(default_factory=dict)
    layer: str | None = None
    owner: str | None = None
    tags: tuple[str, ...] = ()
    description: str | None = None
    refresh: float | None = None
    keep: bool | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    place: str | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the fields in the location; none where it is one file."""
        return fields(self.location) if self.location else ()

    def identity(self) -> str:
        """What enters fingerprints: format and options, as canonical text.

        Not the location: the same bytes elsewhere are the same data.
        """
        options = {"format": self.format, "read": _plain(self.read), "write": _plain(self.write)}
        return json.dumps(options, sort_keys=True, separators=(",", ":"), default=repr)


def _plain(options: Mapping[str, Any]) -> dict[str, Any]:
    return {str(name): value for name, value in options.items()}
