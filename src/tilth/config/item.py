"""A value of a project's files that knows where it is written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

from tilth.config.place import Place, place

Scalar: TypeAlias = str | int | float | bool | None
Plain: TypeAlias = "Scalar | list[Plain] | dict[str, Plain]"


class Item:
    """A value, the place of it and of its key, and how it was written.

    Items are never changed once they are made, so that YAML aliases and references can share
    them.

    Attributes:
        value: A scalar, a list of items, or a mapping from text to items.
        file: The file that it is written in.
        spot: Line and column of the value, see `place.spot`.
        key_spot: Line and column of its key; 0 where it has none.
        quoted: Whether a text was written in quotes, or as a block.
        written: The text that stands in the file where a reference was resolved.
        secret: Whether it holds something that came from the environment.
        replaced: The places of what it overrides, the latest first.
    """

    __slots__ = ("file", "key_spot", "quoted", "replaced", "secret", "spot", "value", "written")

    def __init__(
        self,
        value: Scalar | list[Item] | dict[str, Item],
        file: str,
        spot: int,
        key_spot: int = 0,
        *,
        quoted: bool = False,
        written: str | None = None,
        secret: bool = False,
        replaced: tuple[Place, ...] = (),
    ) -> None:
        self.value = value
        self.file = file
        self.spot = spot
        self.key_spot = key_spot
        self.quoted = quoted
        self.written = written
        self.secret = secret
        self.replaced = replaced

    @property
    def place(self) -> Place:
        """Where the value stands."""
        return place(self.file, self.spot)

    @property
    def key(self) -> Place:
        """Where its key stands, or the value itself where it has no key."""
        return place(self.file, self.key_spot or self.spot)

    def copy(self, **changes: Any) -> Item:
        """The same item with some attributes changed."""
        attributes = {name: getattr(self, name) for name in Item.__slots__} | changes
        return Item(
            attributes.pop("value"),
            attributes.pop("file"),
            attributes.pop("spot"),
            attributes.pop("key_spot"),
            **attributes,
        )

    def child(self, key: str) -> Item | None:
        """What stands behind a key, or None."""
        return self.value.get(key) if isinstance(self.value, dict) else None

    def child_keys(self) -> list[str]:
        """The keys of a mapping; none for anything else."""
        return list(self.value) if isinstance(self.value, dict) else []


def plain(item: Item) -> Any:
    """The bare value, without places."""
    value = item.value
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value


def descend(item: Item | None, path: Iterable[str | int]) -> Item | None:
    """What is at a path of keys and positions, or None where there is nothing."""
    for step in path:
        value = item.value if item is not None else None
        if isinstance(value, dict):
            item = value.get(str(step))
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            item = value[step]
        else:
            return None
    return item


def packed(item: Item) -> list[Any]:
    """An item as JSON can hold it; `unpacked` is the way back."""
    value = item.value
    inside: Any = value
    if isinstance(value, dict):
        inside = {key: packed(each) for key, each in value.items()}
    elif isinstance(value, list):
        inside = [packed(each) for each in value]
    row = [item.file, item.spot, item.key_spot, inside]
    if item.quoted or item.replaced:
        row += [item.quoted, item.replaced]
    return row


def unpacked(row: list[Any]) -> Item:
    """The item that `packed` wrote down."""
    value = row[3]
    if isinstance(value, dict):
        value = {key: unpacked(each) for key, each in value.items()}
    elif isinstance(value, list):
        value = [unpacked(each) for each in value]
    if len(row) == 4:
        return Item(value, row[0], row[1], row[2])
    replaced = tuple(Place(*each) for each in row[5])
    return Item(value, row[0], row[1], row[2], quoted=row[4], replaced=replaced)
