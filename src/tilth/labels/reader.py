"""From the bytes of a label log to its entries, with what is wrong on the way told by line."""

from __future__ import annotations

from collections.abc import Sequence

from tilth.errors import DataError
from tilth.labels.entry import Entry, Head, Torn, from_line


class Reader:
    """Takes the bytes of a log in pieces, each from where the last whole line ended.

    Attributes:
        name: What errors call the log.
        n_bytes: How many bytes of whole lines were taken.
        tail: What follows the last line end, where it is an entry: somebody edited the file.
        is_torn: Whether what follows the last line end is a part of a line.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.n_bytes = 0
        self.tail: Entry | None = None
        self.is_torn = False
        self._entries: list[Entry] = []
        self._torn: list[int] = []
        self._n_lines = 0

    @property
    def entries(self) -> Sequence[Entry]:
        """All entries so far."""
        return self._entries if self.tail is None else (*self._entries, self.tail)

    @property
    def complaints(self) -> Sequence[str]:
        """What a person should know: the lines that were cut off."""
        numbers = [*self._torn, *([self._n_lines + 1] if self.is_torn else [])]
        return tuple(f"{self._at(number)} was cut off, and says nothing" for number in numbers)

    def take(self, data: bytes) -> None:
        """Read what follows the lines that were taken.

        Raises:
            DataError: A line is no entry, or a newer Tilth has written it.
        """
        whole, end, rest = data.rpartition(b"\n")
        self._take_lines(whole.split(b"\n") if end else [])
        self.n_bytes += len(whole) + len(end)
        self.tail, self.is_torn = _tail(rest)
        if self.is_torn and not self._entries:
            raise DataError(f"{self._at(1)} does not begin a label log")

    def _take_lines(self, lines: Sequence[bytes]) -> None:
        """A line that is no entry is let pass where `torn` follows it."""
        broken: ValueError | None = None
        for line in lines:
            self._n_lines += 1
            try:
                entry = self._entry(line)
            except ValueError as error:
                if broken is not None:
                    raise self._refused(broken, self._n_lines - 1) from None
                broken = error
                continue
            if broken is not None and not isinstance(entry, Torn):
                raise self._refused(broken, self._n_lines - 1)
            if broken is not None:
                self._torn.append(self._n_lines - 1)
                broken = None
            if entry is not None:
                self._entries.append(entry)
        if broken is not None:
            raise self._refused(broken, self._n_lines)

    def _entry(self, line: bytes) -> Entry | None:
        try:
            entry = _entry(line)
        except DataError as error:
            raise DataError(f"{self._at(self._n_lines)} {error}", hint=error.hint) from None
        if entry is not None and not self._entries and not isinstance(entry, Head):
            raise ValueError("does not begin a label log")
        return entry

    def _at(self, number: int) -> str:
        return f"{self.name}, line {number},"

    def _refused(self, error: ValueError, number: int) -> DataError:
        hint = "it was edited by hand or damaged: git knows what it was"
        if "merge" in str(error):
            hint = "keep the lines of both sides; `*.jsonl merge=union` in .gitattributes does it"
        return DataError(f"{self._at(number)} {error}", hint=hint)


def _tail(rest: bytes) -> tuple[Entry | None, bool]:
    try:
        return _entry(rest), False
    except (ValueError, DataError):
        return None, True


def _entry(line: bytes) -> Entry | None:
    """The entry of a line, None for an empty one."""
    if line.startswith((b"<<<<<<<", b"=======", b">>>>>>>")):
        raise ValueError("is left over from a merge in git")
    try:
        text = line.decode("utf-8", "surrogatepass").strip()
    except UnicodeDecodeError:
        raise ValueError("is not text") from None
    return from_line(text) if text else None
