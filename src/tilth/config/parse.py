"""YAML text to values that know their line.

Built on YAML's events rather than on PyYAML's own constructors: these lose the places, keep
the last of two equal keys in silence, can be talked into running code, follow aliases until
memory is full, and crash the interpreter on a file of ten thousand opening brackets.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tilth.config.fault import explain_syntax
from tilth.config.item import Item
from tilth.config.mistake import Mistakes, did_you_mean, quoted
from tilth.config.name import normal
from tilth.config.place import Place, place, spot
from tilth.config.scalar import read_scalar

MOST_VALUES = 1_000_000
DEEPEST = 50
_CONTROL = "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
_TEXT_TAGS = ("tag:yaml.org,2002:str", "!")
_BARE_TAGS = (None, "!", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")


class _Stop(Exception):
    """The file cannot be read on from here; the mistake is on record."""


class _Frame:
    """A list or mapping that is being read."""

    __slots__ = (
        "anchor",
        "height",
        "items",
        "key",
        "key_spot",
        "merges",
        "merging",
        "size",
        "spot",
    )

    def __init__(self, items: list[Item] | dict[str, Item], spot: int, anchor: str | None) -> None:
        self.items = items
        self.spot = spot
        self.anchor = anchor
        self.key: str | None = None
        self.key_spot = 0
        self.merging = False
        self.merges: list[Item] = []
        self.size = 1
        self.height = 1


def decode(data: bytes, file: str, mistakes: Mistakes) -> str | None:
    """The text of a file, or None (and a mistake) where it is not UTF-8 text."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        before = data[data.rfind(b"\n", 0, error.start) + 1 : error.start]
        column = len(before.decode("utf-8", "replace")) + 1
        mistakes.add(
            f"the byte 0x{data[error.start]:02x} is not UTF-8 text",
            Place(file, line, column),
            expected="a file in UTF-8",
            hint="save the file as UTF-8",
        )
        return None
    mistakes.sources.add(file, text)
    control = re.search(_CONTROL, text)
    if control is None:
        return text
    line = text.count("\n", 0, control.start()) + 1
    column = control.start() - text.rfind("\n", 0, control.start())
    mistakes.add(
        f"the character {quoted(control[0])} may not stand in YAML",
        Place(file, line, column),
        expected="printable text",
        hint='remove it, or write it in double quotes as "\\x.."',
    )
    return None


def parse(text: str, file: str, mistakes: Mistakes) -> Item | None:
    """The value that a YAML text holds, or None where it cannot be read.

    Mistakes that leave the rest readable (a key twice, say) are noted, and reading goes on.
    An empty file is an empty mapping.
    """
    # Late: 35 ms, and a project that has not changed is opened without it.
    import yaml  # type: ignore[import-untyped]

    reader = _Reader(file, mistakes)
    parser = (yaml.CBaseLoader if yaml.__with_libyaml__ else yaml.BaseLoader)(text)
    handlers = reader.handlers(yaml)
    try:
        while (event := parser.get_event()) is not None:
            handle = handlers.get(type(event))
            if handle is not None:
                handle(event)
    except yaml.MarkedYAMLError as error:
        explain_syntax(error, text, file, mistakes)
        return None
    except _Stop:
        return None
    return reader.root or Item({}, file, spot(1, 1))


class _Reader:
    """Puts events together, without recursion, so that depth is ours to limit."""

    def __init__(self, file: str, mistakes: Mistakes) -> None:
        self.root: Item | None = None
        self._file = file
        self._mistakes = mistakes
        self._frames: list[_Frame] = []
        self._anchors: dict[str, tuple[Item, int, int]] = {}
        self._n_documents = 0

    def handlers(self, yaml: Any) -> dict[type, Callable[[Any], None]]:
        """Which event goes where."""
        return {
            yaml.DocumentStartEvent: self._document,
            yaml.ScalarEvent: self._scalar,
            yaml.AliasEvent: self._alias,
            yaml.MappingStartEvent: self._mapping,
            yaml.SequenceStartEvent: self._sequence,
            yaml.MappingEndEvent: self._end,
            yaml.SequenceEndEvent: self._end,
        }

    def _document(self, event: Any) -> None:
        self._n_documents += 1
        if self._n_documents > 1:
            self._stop(
                "a second document starts here",
                event,
                expected="one document in a file",
                hint="remove the line `---`, or move what follows into a file of its own",
            )

    def _scalar(self, event: Any) -> None:
        frame = self._frames[-1] if self._frames else None
        if frame is not None and frame.key is None and isinstance(frame.items, dict):
            self._key(frame, event)
            return
        mark = event.start_mark
        at = spot(mark.line + 1, mark.column + 1)
        text = event.value
        if event.tag is None and event.implicit[0]:
            self._add(Item(self._word(text, event), self._file, at), 1, 0, event.anchor)
            return
        if event.tag is not None and event.tag not in _TEXT_TAGS:
            self._tag(event)
        self._add(Item(text, self._file, at, quoted=True), 1, 0, event.anchor)

    def _word(self, text: str, event: Any) -> Any:
        try:
            return read_scalar(text)
        except OverflowError as error:
            self._note(
                f"{quoted(text, 24)} is {error}", event, expected="a number that a computer holds"
            )
            return 0

    def _key(self, frame: _Frame, event: Any) -> None:
        mark = event.start_mark
        frame.key_spot = spot(mark.line + 1, mark.column + 1)
        frame.key = normal(event.value)
        frame.merging = event.value == "<<" and event.implicit[0]
        if frame.merging:
            return
        assert isinstance(frame.items, dict)
        first = frame.items.get(frame.key)
        if first is not None:
            self._note(
                f"the key {quoted(event.value)} is defined twice; first in {first.key}",
                event,
                expected="each key once",
                hint="remove one of them, or rename it",
            )
        if "${" in event.value:
            self._note(
                f"the key {quoted(event.value)} holds a reference",
                event,
                expected="references in values only",
            )

    def _alias(self, event: Any) -> None:
        frame = self._frames[-1] if self._frames else None
        if frame is not None and frame.key is None and isinstance(frame.items, dict):
            self._stop(f"the alias `*{event.anchor}` stands as a key", event, expected="a text")
        if event.anchor not in self._anchors:
            self._unknown_alias(event)
        item, size, height = self._anchors[event.anchor]
        self._add(item, size, height, None)

    def _unknown_alias(self, event: Any) -> None:
        if any(frame.anchor == event.anchor for frame in self._frames):
            self._stop(f"the alias `*{event.anchor}` stands inside of what it repeats", event)
        self._stop(
            f"the alias `*{event.anchor}` has no anchor `&{event.anchor}` above it",
            event,
            expected="an anchor in the same file, above its alias",
            hint=did_you_mean(event.anchor, self._anchors)
            or 'a text that begins with `*` needs quotes: "*..."',
        )

    def _mapping(self, event: Any) -> None:
        self._open({}, event)

    def _sequence(self, event: Any) -> None:
        self._open([], event)

    def _open(self, items: list[Item] | dict[str, Item], event: Any) -> None:
        frame = self._frames[-1] if self._frames else None
        if frame is not None and frame.key is None and isinstance(frame.items, dict):
            self._stop(
                "a list or mapping stands as a key",
                event,
                expected="text before the colon",
                hint="a value that begins with `{` or `[` needs quotes",
            )
        if event.tag not in _BARE_TAGS:
            self._tag(event)
        if len(self._frames) >= DEEPEST:
            self._too_deep(event)
        mark = event.start_mark
        self._frames.append(_Frame(items, spot(mark.line + 1, mark.column + 1), event.anchor))

    def _end(self, event: Any) -> None:
        frame = self._frames.pop()
        items = frame.items
        if isinstance(items, dict):
            for merged in frame.merges:
                assert isinstance(merged.value, dict)
                items |= {key: each for key, each in merged.value.items() if key not in items}
        self._add(Item(items, self._file, frame.spot), frame.size, frame.height, frame.anchor)

    def _add(self, item: Item, size: int, height: int, anchor: str | None) -> None:
        if anchor is not None:
            self._anchors[anchor] = (item, size, height)
        if not self._frames:
            self.root = item
            return
        frame = self._frames[-1]
        frame.size += size
        frame.height = max(frame.height, height + 1)
        if frame.size > MOST_VALUES or len(self._frames) + height > DEEPEST:
            self._too_large(item)
        if isinstance(frame.items, list):
            frame.items.append(item)
            return
        assert frame.key is not None
        if frame.merging:
            self._merge(frame, item)
        elif frame.key not in frame.items:
            frame.items[frame.key] = self._keyed(item, frame.key_spot)
        frame.key = None

    def _keyed(self, item: Item, key_spot: int) -> Item:
        if item.key_spot:  # behind an alias: the same value has another key by now
            return item.copy(key_spot=key_spot)
        item.key_spot = key_spot
        return item

    def _merge(self, frame: _Frame, item: Item) -> None:
        sources = item.value if isinstance(item.value, list) else [item]
        for each in sources:
            if isinstance(each.value, dict):
                frame.merges.append(each)
                continue
            self._mistakes.add(
                "`<<` merges something that is not a mapping",
                place(self._file, frame.key_spot),
                expected="`<<: *name`, where `&name` stands before a mapping",
                width=2,
            )

    def _tag(self, event: Any) -> None:
        tag = str(event.tag).replace("tag:yaml.org,2002:", "!!")
        self._note(
            f"the tag {quoted(tag)} is not understood",
            event,
            expected="plain YAML; no code is run from a file",
            hint="remove the tag",
        )

    def _too_deep(self, event: Any) -> None:
        self._stop(f"more than {DEEPEST} lists or mappings stand in one another", event)

    def _too_large(self, item: Item) -> None:
        self._mistakes.add(
            f"the file unfolds to more than {MOST_VALUES:,} values, or {DEEPEST} levels",
            item.place,
            hint="aliases (`*name`) that hold aliases multiply",
        )
        raise _Stop

    def _note(self, message: str, event: Any, **more: Any) -> None:
        start, end = event.start_mark, event.end_mark
        width = end.column - start.column if end.line == start.line else 1
        at = Place(self._file, start.line + 1, start.column + 1)
        self._mistakes.add(message, at, width=width, **more)

    def _stop(self, message: str, event: Any, **more: Any) -> None:
        self._note(message, event, **more)
        raise _Stop
