"""The files of a project: which there are, what is in them, merged.

What was read once is remembered by the digests of all files, so that a project that has not
changed is opened without reading YAML.
What is remembered holds references as they were written, never what they stood for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from blake3 import blake3

from tilth.config.contract_layout import is_contract_file
from tilth.config.item import Item, packed, unpacked
from tilth.config.merge import joined, overlaid, overridden
from tilth.config.mistake import Mistakes, Sources, did_you_mean, quoted, shown, width
from tilth.config.parse import decode, parse
from tilth.config.place import Place, spot
from tilth.errors import nearest
from tilth.record import record

KINDS = ("tilth", "catalog", "params")
"""The three files of a project, without their ending."""

_FOLDERS = ("catalog", "params")
_CONTRACTS = "contracts"
"""The folder of contracts that stand in files of their own; each is a whole, none is merged."""
_LARGEST = 64 * 1024 * 1024
_REMEMBERED = "config-2"
OVERRIDES = "--set"
"""The name of the file that overrides on the command line are in, as it were."""


class Memory(Protocol):
    """Keeps bytes by key, and may forget them at any time."""

    def get(self, key: str) -> bytes | None:
        """What was put under the key, or None."""
        ...

    def put(self, key: str, value: bytes) -> None:
        """Keep bytes under a key."""
        ...


@record
class Loaded:
    """The merged files, with references as they were written.

    Attributes:
        tilth: What tilth.yml says, or None where a file of it cannot be read; the same goes
            for the other two.
        files: All that were read, relative to the project's folder.
        key: What the memory knows this state of the files by.
        checked: Whether this state was found valid before.
    """

    tilth: Item | None
    catalog: Item | None
    params: Item | None
    files: tuple[str, ...]
    key: str
    checked: bool = False

    def items(self) -> tuple[Item | None, Item | None, Item | None]:
        """The three, in the order of `KINDS`."""
        return self.tilth, self.catalog, self.params


@record
class _Files:
    """What lies in the folder: for each layer (base, overlay) and kind the files' bytes."""

    layers: tuple[Mapping[str, Mapping[str, bytes]], ...]
    unread: frozenset[str]

    def names(self) -> tuple[str, ...]:
        return tuple(name for layer in self.layers for files in layer.values() for name in files)


def load(
    folder: Path,
    env: str | None,
    overrides: Sequence[str],
    memory: Memory | None,
    mistakes: Mistakes,
) -> Loaded:
    """Read, parse and merge the files of a project, or remember them."""
    layers = [""] if env is None or not _known(folder, env, mistakes) else ["", f"env/{env}/"]
    unread = set[str]()
    found = tuple(_layer(folder, layer, unread, mistakes) for layer in layers)
    files = _Files(layers=found, unread=frozenset(unread))
    key = _key(files, overrides)
    remembered = _remembered(memory.get(key), files, key, mistakes) if memory else None
    return remembered or _merged(files, overrides, key, mistakes)


def remember(loaded: Loaded, memory: Memory) -> None:
    """Keep a state of the files that holds no mistake."""
    rows = [packed(item) for item in loaded.items() if item is not None]
    memory.put(loaded.key, json.dumps(rows, separators=(",", ":")).encode())


def environments(folder: Path) -> list[str]:
    """The names of all environments: the folders in `env/`."""
    try:
        return sorted(
            each.name
            for each in (folder / "env").iterdir()
            if each.is_dir() and not each.name.startswith(".")
        )
    except OSError:
        return []


def _known(folder: Path, env: str, mistakes: Mistakes) -> bool:
    known = environments(folder)
    if env in known:
        return True
    mistakes.add(
        f"there is no environment {quoted(env)}",
        expected=", ".join(quoted(each) for each in known[:8]) or "a folder `env/<name>`",
        hint=did_you_mean(env, known) or f"make the folder {quoted(f'env/{env}')[:-1]}`",
    )
    return False


def _layer(
    folder: Path, layer: str, unread: set[str], mistakes: Mistakes
) -> dict[str, dict[str, bytes]]:
    _strangers(folder / layer, layer, mistakes)
    kinds = (*KINDS, _CONTRACTS)
    return {kind: dict(_read_kind(folder, layer, kind, unread, mistakes)) for kind in kinds}


def _read_kind(
    folder: Path, layer: str, kind: str, unread: set[str], mistakes: Mistakes
) -> Iterator[tuple[str, bytes]]:
    for name in _names(folder, layer, kind, mistakes):
        data = _read(folder, name, mistakes)
        if data is None:
            unread.add(kind)
        else:
            yield name, data


def _names(folder: Path, layer: str, kind: str, mistakes: Mistakes) -> Iterator[str]:
    if (folder / layer / f"{kind}.yml").exists():
        yield f"{layer}{kind}.yml"
    if kind not in (*_FOLDERS, _CONTRACTS) or not (folder / layer / kind).is_dir():
        return
    for path in sorted((folder / layer / kind).rglob("*.y*ml")):
        name = path.relative_to(folder).as_posix()
        if any(part.startswith(".") for part in path.relative_to(folder).parts):
            continue
        if path.suffix == ".yml":
            yield name
        elif path.suffix == ".yaml":
            _wrong_ending(name, mistakes)


def _read(folder: Path, name: str, mistakes: Mistakes) -> bytes | None:
    path = folder / name
    try:
        if path.stat().st_size > _LARGEST:
            mistakes.add(
                f"the file is larger than {_LARGEST:,} bytes",
                Place(name, 1, 1),
                expected="settings; data belongs into the catalog's locations",
            )
            return None
        return path.read_bytes()
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        mistakes.add(f"the file cannot be read: {reason}", Place(name, 1, 1), expected="a file")
        return None


def _strangers(folder: Path, layer: str, mistakes: Mistakes) -> None:
    """Files that look like one of ours, but would be passed over in silence."""
    try:
        names = sorted(each.name for each in folder.iterdir())
    except OSError:
        return
    for name in names:
        stem, _, ending = name.rpartition(".")
        if ending not in ("yml", "yaml") or name in [f"{kind}.yml" for kind in KINDS]:
            continue
        if stem in KINDS:
            _wrong_ending(layer + name, mistakes)
        elif layer:
            mistakes.add(
                "no file of this name is read in an environment",
                Place(layer + name, 1, 1),
                expected="`tilth.yml`, `catalog.yml` or `params.yml`",
                hint=did_you_mean(f"{stem}.yml", [f"{kind}.yml" for kind in KINDS]),
            )
        elif nearest(stem, KINDS):
            mistakes.add(
                "the file is not read, though its name is nearly one of ours",
                Place(layer + name, 1, 1),
                expected="`tilth.yml`, `catalog.yml` or `params.yml`",
                hint=f"did you mean `{nearest(stem, KINDS)}.yml`?",
                severity="warning",
            )


def _wrong_ending(name: str, mistakes: Mistakes) -> None:
    mistakes.add(
        "the file ends in `.yaml`, and would not be read",
        Place(name, 1, 1),
        expected="the ending `.yml`",
        hint=f"rename it to `{name.removesuffix('.yaml')}.yml`",
    )


def _key(files: _Files, overrides: Sequence[str]) -> str:
    """What stands for this state; names and contents apart, so that no two states meet."""
    parts = [
        [kind, name, blake3(data).hexdigest()]
        for layer in files.layers
        for kind, found in layer.items()
        for name, data in found.items()
    ]
    state = json.dumps([_REMEMBERED, parts, list(overrides)])
    return f"config:{blake3(state.encode()).hexdigest(20)}"


def _remembered(data: bytes | None, files: _Files, key: str, mistakes: Mistakes) -> Loaded | None:
    if data is None or files.unread:
        return None
    try:
        tilth, catalog, params = (unpacked(row) for row in json.loads(data))
    except (ValueError, TypeError, IndexError):  # a memory may be damaged; the files are not
        return None
    for layer in files.layers:
        for found in layer.values():
            for name, content in found.items():
                mistakes.sources.add(name, content.decode("utf-8-sig", "replace"))
    return Loaded(
        tilth=tilth, catalog=catalog, params=params, files=files.names(), key=key, checked=True
    )


def _merged(files: _Files, overrides: Sequence[str], key: str, mistakes: Mistakes) -> Loaded:
    items = {kind: _merged_kind(files, kind, mistakes) for kind in KINDS}
    catalog = items["catalog"]
    if catalog is not None:
        items["catalog"] = _with_contracts(catalog, files, mistakes)
    params = items["params"]
    if params is not None:
        for number, override in enumerate(overrides, 1):
            params = _with_override(params, number, override, mistakes)
    return Loaded(
        tilth=items["tilth"],
        catalog=items["catalog"],
        params=params,
        files=files.names(),
        key=key,
    )


def _with_contracts(catalog: Item, files: _Files, mistakes: Mistakes) -> Item:
    """The catalog, with each contract that an entry names by its file in the file's place."""
    entries = catalog.value if isinstance(catalog.value, dict) else {}
    changed = {}
    for name, entry in entries.items():
        named = entry.child("contract")
        if named is None or not is_contract_file(named.value):
            continue
        contract = _contract_in(str(named.value), files, mistakes)
        if contract is None:
            _tell_missing(named, files, mistakes)
        else:
            found = contract.copy(key_spot=0, replaced=())
            assert isinstance(entry.value, dict)
            changed[name] = entry.copy(value={**entry.value, "contract": found})
    return catalog.copy(value={**entries, **changed}) if changed else catalog


def _contract_in(name: str, files: _Files, mistakes: Mistakes) -> Item | None:
    found: Item | None = None
    for layer in files.layers:
        for path, data in layer[_CONTRACTS].items():
            if path.endswith(name) and path.removesuffix(name) in ("", _env_of(path)):
                part = _parsed(data, path, mistakes)
                found = part if found is None or part is None else overlaid(found, part)
    return found


def _env_of(path: str) -> str:
    """`env/prod/` of a file in an environment."""
    parts = path.split("/")
    return f"env/{parts[1]}/" if parts[0] == "env" and len(parts) > 2 else ""


def _tell_missing(named: Item, files: _Files, mistakes: Mistakes) -> None:
    known = [path for layer in files.layers for path in layer[_CONTRACTS]]
    if str(named.value) in known:
        return  # it cannot be read, which was told
    mistakes.add(
        f"there is no file {shown(named)}",
        named.place,
        expected=", ".join(quoted(each) for each in known[:8]) or "a file with a contract",
        hint=did_you_mean(str(named.value), known),
        width=width(named),
    )


def _merged_kind(files: _Files, kind: str, mistakes: Mistakes) -> Item | None:
    whole: Item | None = Item({}, f"{kind}.yml", spot(1, 1))
    if kind in files.unread:
        whole = None
    for layer in files.layers:
        parts = [_parsed(data, name, mistakes) for name, data in layer[kind].items()]
        readable = [part for part in parts if part is not None]
        if len(readable) < len(parts):
            whole = None
        if readable and whole is not None:
            whole = overlaid(whole, joined(readable, mistakes))
    return whole


def _parsed(data: bytes, name: str, mistakes: Mistakes) -> Item | None:
    text = decode(data, name, mistakes)
    item = parse(text, name, mistakes) if text is not None else None
    if item is None or isinstance(item.value, dict):
        return item
    if item.value is None:
        return Item({}, name, spot(1, 1))
    kind = "a list" if isinstance(item.value, list) else "a single value"
    mistakes.add(
        f"the file holds {kind}",
        item.place,
        expected="a mapping: `key: value`",
        hint="remove the `- ` before the keys" if isinstance(item.value, list) else None,
    )
    return None


def _with_override(params: Item, number: int, override: str, mistakes: Mistakes) -> Item:
    name, equals, text = override.partition("=")
    place = Place(OVERRIDES, number, 1)
    if not equals:
        mistakes.add(f"{quoted(override)} has no `=`", place, expected="`--set name=value`")
        return params
    apart = Mistakes(Sources())
    decoded = decode(text.encode("utf-8", "surrogatepass"), OVERRIDES, apart)
    value = parse(decoded, OVERRIDES, apart) if decoded is not None else None
    if value is None or apart.found:
        for each in apart.found:
            mistakes.add(
                f"the value of {quoted(override)}: {each.message}",
                place,
                expected=each.expected,
                hint=each.hint,
            )
        return params
    if not text.strip():
        value = Item(None, OVERRIDES, spot(1, 1))
    return overridden(params, name.strip(), _at(value, number, len(name) + 2), mistakes)


def _at(item: Item, number: int, column: int) -> Item:
    """The item with all its places at one override; lines within it would mean nothing."""
    value = item.value
    if isinstance(value, dict):
        value = {key: _at(each, number, column) for key, each in value.items()}
    elif isinstance(value, list):
        value = [_at(each, number, column) for each in value]
    at = spot(number, column)
    return item.copy(value=value, spot=at, key_spot=at if item.key_spot else 0)
