"""Where bytes lie: files of the project, absolute paths, files inside installed packages."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO

from blake3 import blake3

from tilth.errors import DataError, DefinitionError, MissingDataError, nearest

try:
    import fcntl
except ImportError:  # not POSIX: two that write one file at the same moment may fail
    fcntl = None  # type: ignore[assignment]

PACKAGE = "package://"

_FIELD = re.compile(r"\{([^{}]*)\}")


def resolve(location: str, project: Path) -> Path:
    """The path that a location means; nothing needs to be there yet.

    Args:
        location: Relative to the project, absolute, or `package://name/path`.
        project: The folder of the project.

    Raises:
        DefinitionError: It is no location.
        MissingDataError: It is inside a package that is not installed.
    """
    if location.startswith(PACKAGE):
        return _in_package(location)
    if "://" in location:
        scheme = location.partition("://")[0]
        raise DefinitionError(
            f"location `{location}`: `{scheme}://` is not supported",
            hint="use a path, or `package://name/path` for a file inside an installed package",
        )
    if not location or "\0" in location:
        raise DefinitionError(f"location {location!r} is not a path")
    return project / Path(location).expanduser()


def to_write(location: str, project: Path) -> Path:
    """The path at which a dataset is to be put.

    Raises:
        DefinitionError: It is inside an installed package, or it leaves the project by `..`:
            whoever means to write elsewhere says so with an absolute path.
    """
    if location.startswith(PACKAGE):
        raise DefinitionError(
            f"location `{location}`: files inside an installed package are not written",
            hint="give the output a path in the project",
        )
    path = resolve(location, project)
    inside = Path(os.path.normpath(path)).is_relative_to(os.path.normpath(project))
    if not inside and not Path(location).expanduser().is_absolute():
        raise DefinitionError(
            f"location `{location}` leaves the project; Tilth does not write there",
            hint="use an absolute path if it is meant",
        )
    return path


def fields(location: str) -> tuple[str, ...]:
    """The names in braces: `flights/{month}.parquet` has `month`.

    Raises:
        DefinitionError: A brace has no partner, or a name is none or there twice.
    """
    if "{" not in location and "}" not in location:
        return ()
    from string import Formatter  # 3 ms, and only locations with braces need it

    try:
        names = [name for _, name, _, _ in Formatter().parse(location) if name is not None]
    except ValueError as error:
        raise DefinitionError(f"location `{location}`: {error}") from None
    for name in names:
        if not name.isidentifier() or names.count(name) > 1:
            raise DefinitionError(
                f"location `{location}`: `{{{name}}}` is no field",
                hint="a field is a word in braces, each only once: `{month}`",
            )
    return tuple(names)


def fill(location: str, key: str) -> str:
    """The location of one partition.

    Args:
        location: With fields.
        key: What stands for the field; with several, `origin=EWR,month=01`.

    Raises:
        DataError: The key does not fit, or another key would be read from the file name.
    """
    names = fields(location)
    values = _values_in(location, names, key)
    for name, value in values.items():
        _refuse_unfit(location, name, value)
    filled = _FIELD.sub(lambda match: values[match[1]], location)
    if key_in(location, filled) != key:
        raise DataError(
            f"location `{location}`: the key {key!r} gives `{filled}`, "
            "from which another key would be read",
            hint="put a separator between the fields that no key contains",
        )
    return filled


def key_in(location: str, filled: str) -> str | None:
    """The key of a partition by its location, or None where it is none.

    With one field it is what stands for the field: `2013-01`; with several, all by name:
    `origin=EWR,month=01`.
    """
    names = fields(location)
    part = r"[^/]+?" if len(names) == 1 else r"[^/,=]+?"
    pattern, position = "", 0
    for match in _FIELD.finditer(location):
        pattern += re.escape(location[position : match.start()]) + f"(?P<{match[1]}>{part})"
        position = match.end()
    found = re.fullmatch(pattern + re.escape(location[position:]), filled)
    if found is None:
        return None
    values = found.groupdict()
    return values[names[0]] if len(names) == 1 else _joined(values)


def _joined(values: Mapping[str, str]) -> str:
    return ",".join(f"{name}={value}" for name, value in values.items())


def _values_in(location: str, names: tuple[str, ...], key: str) -> dict[str, str]:
    if len(names) == 1:
        return {names[0]: key}
    pairs = [part.partition("=")[::2] for part in key.split(",")] if names else []
    if not names or [name for name, _ in pairs] != list(names):
        expected = ",".join(f"{name}=..." for name in names) or "no key"
        raise DataError(f"location `{location}` takes {expected}, not {key!r}")
    return dict(pairs)


def partitions(location: str | Path) -> dict[str, Path]:
    """The files of a partitioned dataset by key, in the order of the keys.

    Nothing that begins with a dot is a partition: editors and `place` put such files there.

    Args:
        location: A path with fields, as `resolve` gives it.
    """
    written = str(location)
    if not fields(written):
        raise DefinitionError(f"location `{written}` has no field such as `{{month}}`")
    parts = written.split("/")
    first = next(number for number, part in enumerate(parts) if _FIELD.search(part))
    found = _below("/".join(parts[:first]), parts[first:])
    keys = ((key_in(written, each), Path(each)) for each in found)
    return dict(sorted((key, path) for key, path in keys if key is not None and path.is_file()))


def _below(folder: str, parts: list[str]) -> Iterator[str]:
    """Paths whose every part fits, folder by folder."""
    if not parts:
        yield folder
        return
    try:
        names = [entry.name for entry in Path(folder or ".").iterdir()]
    except (FileNotFoundError, NotADirectoryError):
        return
    pattern = _FIELD.sub("\0", parts[0])
    fits = re.compile("[^/]+".join(map(re.escape, pattern.split("\0"))))
    for name in names:
        if not name.startswith(".") and fits.fullmatch(name):
            yield from _below(f"{folder}/{name}" if folder else name, parts[1:])


def place(source: Path | bytes, destination: Path) -> None:
    """Put bytes at a path in one step: whoever reads it sees the old file or the new one.

    Args:
        source: A file, which stays as it is, or the bytes themselves.
        destination: Its folders are made; an existing file keeps its permissions.

    Raises:
        DataError: The disk is full, or the place must not be written.
    """
    try:
        destination.parent.mkdir(parents=True, exist_ok=True)
        with _replacing(destination) as stream:
            if isinstance(source, bytes):
                stream.write(source)
            else:
                _copy(source, stream)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DataError(
            f"`{destination}` could not be written: {reason}",
            hint="make room on the disk, or see who may write there; what was there is unchanged",
        ) from error


@contextmanager
def _replacing(destination: Path) -> Iterator[BinaryIO]:
    """A stream to a file beside the destination, which takes its name once it is whole.

    Its own name follows from the destination's: where a process was killed over it, the next
    one that writes there takes it over, and nothing is left lying about.
    """
    digest = blake3(os.fsencode(destination.name)).hexdigest(8)
    temporary = destination.with_name(f".tilth-{digest}")
    with _locked(temporary) as stream:
        try:
            yield stream
            stream.flush()
            if destination.exists():
                temporary.chmod(destination.stat().st_mode & 0o777)
            temporary.replace(destination)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def _locked(path: Path) -> BinaryIO:
    """An empty file that this process alone writes, until it is closed."""
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        stream = os.fdopen(file, "r+b")
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX)
        with suppress(FileNotFoundError):
            if path.stat().st_ino == os.fstat(file).st_ino:
                stream.truncate()
                return stream
        stream.close()  # another had it, and has renamed it by now


def _copy(source: Path, stream: BinaryIO) -> None:
    """Copy inside the kernel, which shares the blocks where the file system can."""
    with source.open("rb") as file:
        try:
            while os.copy_file_range(file.fileno(), stream.fileno(), 1 << 30):
                pass
            return
        except (AttributeError, OSError) as error:
            if getattr(error, "errno", None) in _FATAL:
                raise
        file.seek(0)
        os.ftruncate(stream.fileno(), 0)
        os.lseek(stream.fileno(), 0, os.SEEK_SET)
        while piece := file.read(1 << 20):
            stream.write(piece)


_FATAL = {28, 122, 5}  # no space, over quota, hardware: another way of copying fails as well


def _in_package(location: str) -> Path:
    name, _, inside = location.removeprefix(PACKAGE).partition("/")
    if not name.isidentifier() or not inside:
        raise DefinitionError(
            f"location `{location}` is incomplete",
            hint="write `package://name/path`, with the import name of a top-level package",
        )
    if ".." in Path(inside).parts:
        raise DefinitionError(f"location `{location}` must not leave its package")
    # Only the top package is looked for: to find one inside another would import the outer.
    spec = find_spec(name)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    if not folders:
        raise MissingDataError(
            f"location `{location}`: package `{name}` is not installed",
            hint=f"pip install the distribution that brings `{name}`",
        )
    found = (Path(folder) / inside for folder in folders)
    return next((path for path in found if path.exists()), Path(folders[0]) / inside)


def near(path: Path) -> str | None:
    """A hint for who looks for a file that is not there; None where nothing is like it."""
    try:
        names = sorted(entry.name for entry in path.parent.iterdir())
    except OSError:
        return f"there is no folder `{path.parent.name}` either"
    near = nearest(path.name, names)
    return f"did you mean `{near}`?" if near else None


def _refuse_unfit(location: str, name: str, value: str) -> None:
    if not value or "/" in value or "\\" in value or "\0" in value or value.startswith("."):
        raise DataError(
            f"location `{location}`: {value!r} cannot stand for `{name}`",
            hint="a key is text without slashes that does not begin with a dot",
        )
    if len(value.encode("utf-8", "surrogateescape")) > 200:
        raise DataError(f"location `{location}`: the key {value[:40]!r}... is too long for a file")
