"""A value as a pickle, and behind it the names and digests of the user's code in it.

A pickle names classes and functions, and says nothing of what they do. If a method of the
class of a model changes, the pickle stays the same, and whatever is told by its bytes would
not notice. So the code's digests follow the pickle, where `pickle.load` does not look.
"""

from __future__ import annotations

import json
import pickle
import sys
import sysconfig
from collections.abc import Callable, Iterator
from functools import lru_cache
from io import BytesIO
from pickletools import genops
from struct import pack, unpack
from types import FunctionType
from typing import Any, ClassVar

from tilth.data.library import need
from tilth.data.shape import is_open_file
from tilth.data.shared_texts import with_shared_texts
from tilth.errors import UnserialisableError

PROTOCOL = 5
"""Fixed, so that a newer Python writes the same bytes."""

_MARK = b"TILTHPKL"


def pickled(value: Any, *, code_of: Callable[[str], str] | None = None) -> Iterator[Any]:
    """Pieces of bytes that `pickle.load` reads back.

    Args:
        value: What to take apart.
        code_of: Digest of the code behind a dotted name of the user's own.

    Raises:
        UnserialisableError: It, or something in it, cannot be pickled.
    """
    stream, found = _dumped(value)
    yield stream
    users = sorted(name for name in found if is_users(name.partition(":")[0]))
    if users:
        digests = {name: code_of(name.replace(":", ".")) if code_of else "" for name in users}
        trailer = json.dumps(digests, separators=(",", ":")).encode()
        yield trailer + pack(">Q", len(trailer)) + _MARK


def globals_in(data: bytes) -> set[str]:
    """Classes and functions that a pickle names, each as `module:name`.

    Of a pickle that Tilth wrote, the user's own, read from behind it; of any other, all.
    Nothing is imported or run.
    """
    if data.endswith(_MARK):
        return set(code_in(data))
    return _named(data)


def code_in(data: bytes) -> dict[str, str]:
    """The user's code in a pickle that Tilth wrote: `module:name` -> digest."""
    if not data.endswith(_MARK):
        return {}
    (length,) = unpack(">Q", data[-16:-8])
    return dict(json.loads(data[-16 - length : -16]))


@lru_cache(maxsize=4096)
def is_users(module: str) -> bool:
    """Whether a module is the user's own: neither Python's nor an installed library's."""
    top = module.partition(".")[0]
    if top in sys.stdlib_module_names or top == "__main__":
        return False
    path = getattr(sys.modules.get(module), "__file__", None)
    if path is None:
        return False
    return not any(path.startswith(place) for place in _library_places())


@lru_cache(maxsize=1)
def _library_places() -> tuple[str, ...]:
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    return tuple({sysconfig.get_path(name) for name in names})


def _dumped(value: Any) -> tuple[bytes, set[str]]:
    """The pickle, and the classes and functions that were met on the way."""
    try:
        return _by_reference(value)
    except (pickle.PicklingError, AttributeError, TypeError, _LivesInMain):
        pass  # a lambda, a class of `__main__`: these are pickled with their code
    except RecursionError:
        raise UnserialisableError("the value is nested too deeply to be pickled") from None
    try:
        return _by_value(value)
    except Exception as error:
        raise UnserialisableError(
            f"the value cannot be pickled: {type(error).__name__}: {error}",
            hint="return plain data instead of open files, connections, locks or generators",
        ) from error


def _by_reference(value: Any) -> tuple[bytes, set[str]]:
    stream = BytesIO()
    pickler = _Noting(stream, PROTOCOL)
    pickler.dump(value)
    data = stream.getvalue()
    if any(opcode in data for opcode in _SETS) and _holds_a_set(value):
        data = _with_sorted_sets(value)
    # Plain data comes from one function; objects are put together from texts of several.
    return with_shared_texts(data) if pickler.found else data, pickler.found


def _by_value(value: Any) -> tuple[bytes, set[str]]:
    cloudpickle = need("cloudpickle", "a pickle")

    class Noting(cloudpickle.Pickler):  # type: ignore[name-defined, misc]  # imported late
        def __init__(self, stream: BytesIO) -> None:
            super().__init__(stream, PROTOCOL)
            self.found: set[str] = set()

        def reducer_override(self, value: Any) -> Any:
            _note(self.found, value)
            if is_open_file(value):  # would come back as a stream in memory
                raise TypeError(f"cannot pickle an open file `{value.name}`")
            return super().reducer_override(value)

    stream = BytesIO()
    pickler = Noting(stream)
    pickler.dump(value)
    return stream.getvalue(), {name for name in pickler.found if "<" not in name}


class _LivesInMain(Exception):
    """A class or function of `__main__`, which is another module in another process."""


class _Noting(pickle.Pickler):
    """Notes each class and function that is pickled by its name."""

    def __init__(self, stream: BytesIO, protocol: int) -> None:
        super().__init__(stream, protocol)
        self.found: set[str] = set()

    def reducer_override(self, value: Any) -> Any:
        if _note(self.found, value) == "__main__":
            raise _LivesInMain
        return NotImplemented


def _note(found: set[str], value: Any) -> str | None:
    if not isinstance(value, (type, FunctionType)):
        return None
    module = value.__module__
    found.add(f"{module}:{value.__qualname__}")
    return module


_SETS = (pickle.EMPTY_SET, pickle.FROZENSET)


class _SetFinder(pickle.Pickler):
    """Is shown every object, and stops at the first set."""

    def persistent_id(self, value: Any) -> None:
        if type(value) is set or type(value) is frozenset:
            raise _SetFound


class _SetFound(Exception):
    pass


class _Nowhere:
    def write(self, data: Any) -> int:
        return len(data)


def _holds_a_set(value: Any) -> bool:
    try:
        _SetFinder(_Nowhere(), PROTOCOL).dump(value)
    except _SetFound:
        return True
    return False


def _with_sorted_sets(value: Any) -> bytes:
    """The order in a set of texts differs from process to process; here it does not."""
    stream = BytesIO()
    _Sorting(stream, PROTOCOL).dump(value)
    return stream.getvalue()


_PythonPickler: Any = vars(pickle)["_Pickler"]  # the fast one cannot be told how to save a set


class _Sorting(_PythonPickler):  # type: ignore[misc]  # its stub lacks what it offers
    """Writes the elements of sets in the order of their own pickles."""

    dispatch: ClassVar[dict[type, Any]] = _PythonPickler.dispatch.copy()

    def save_set(self, values: set[Any]) -> None:
        self.write(pickle.EMPTY_SET)
        self.memoize(values)
        if values:
            self.write(pickle.MARK)
            self._save_sorted(values)
            self.write(pickle.ADDITEMS)

    def save_frozenset(self, values: frozenset[Any]) -> None:
        # Equal to what pickle does, but that a frozenset in a ring is not looked after:
        # it would have to hold an object that holds it.
        self.write(pickle.MARK)
        self._save_sorted(values)
        self.write(pickle.FROZENSET)
        self.memoize(values)

    def _save_sorted(self, values: set[Any] | frozenset[Any]) -> None:
        for each in sorted(values, key=_with_sorted_sets):
            self.save(each)

    dispatch[set] = save_set
    dispatch[frozenset] = save_frozenset


def _named(data: bytes) -> set[str]:
    """What the opcodes name; texts are followed through pickle's memo."""
    texts: list[Any] = []
    memo: dict[int, Any] = {}
    found = set()
    last: Any = None
    for opcode, argument, _ in genops(data):
        if opcode.name in ("SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "UNICODE"):
            last = argument
            texts.append(argument)
        elif opcode.name == "MEMOIZE":
            memo[len(memo)] = last
        elif opcode.name in ("BINPUT", "LONG_BINPUT", "PUT"):
            memo[int(argument or 0)] = last
        elif opcode.name in ("BINGET", "LONG_BINGET", "GET"):
            last = memo.get(int(argument or 0))
            texts.append(last)
        elif opcode.name == "STACK_GLOBAL":
            found.add(f"{texts[-2]}:{texts[-1]}")
            last = None
        elif opcode.name in ("GLOBAL", "INST"):
            found.add(str(argument).replace(" ", ":", 1))
            last = None
        else:
            last = None
    return found
