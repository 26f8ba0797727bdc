"""Contracts as they are written, to contracts as they are held; every mistake with its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tilth.config import unit
from tilth.config.check import check
from tilth.config.contract_layout import WHOLE
from tilth.config.item import Item, plain
from tilth.config.mistake import Mistakes, Sources, did_you_mean, quoted, refuse, width
from tilth.config.parse import decode, parse
from tilth.config.place import Place, spot
from tilth.config.reference import is_unknown
from tilth.contract.check import find_check, make_check
from tilth.contract.contract import Contract, Promise
from tilth.contract.finding import Severity
from tilth.contract.own import Own
from tilth.contract.setting import SettingError, expanded
from tilth.errors import ConfigError, MissingDataError, TilthError
from tilth.record import record


def contract_of(item: Item, dataset: str, mistakes: Mistakes) -> Contract:
    """The contract that an item describes, which was found to have the right form.

    What only shows when a check is made - a range the wrong way round, a condition that is none
    - is noted here.
    """
    if isinstance(item.value, str):
        return Contract(dataset=dataset, schema=item.value, place=_line(item.place))
    severity = _severity(item, None)
    columns = item.child("columns")
    named = columns.value if columns is not None and isinstance(columns.value, dict) else {}
    written = [*_of_columns(named, severity), *_of_table(item.child("checks"), severity)]
    made = [_promise(each, dataset, mistakes) for each in written]
    promises = tuple(each for each in made if each is not None)
    contract = Contract(
        dataset=dataset,
        columns=tuple(named),
        optional=frozenset(name for name, each in named.items() if _flag(each, "optional")),
        others=_word(item, "others") or "stop",
        promises=promises,
        places={name: _line(each.key) for name, each in named.items()},
        place=_line(item.key),
        schema=_word(item, "schema"),
        severity=severity or "stop",
    )
    _unnamed_columns(contract, written, made, mistakes)
    return contract


def contract_from(
    settings: Mapping[str, Any] | str, dataset: str = "table", *, file: str = ""
) -> Contract:
    """A contract from Python: a mapping as it would stand in a file, or such a file's text.

    Raises:
        ConfigError: It holds mistakes; all of them are in it.

    Example:
        >>> from tilth.config.contracts import contract_from
        >>> contract = contract_from({"columns": {"age": {"type": "int", "between": [0, 130]}}})
        >>> contract.check({"age": 200}).findings[0].message
        '`age` is not between 0 and 130: 1 of 1 rows'
    """
    file = file or f"contract of {dataset}"
    mistakes = Mistakes(Sources({file: settings} if isinstance(settings, str) else {}))
    item = _parsed(settings, file, mistakes) if isinstance(settings, str) else _item(settings)
    if item is not None:
        check(WHOLE, item, "the contract", mistakes)
    refuse(mistakes.errors())
    if item is None:
        raise ConfigError([f"the contract of `{dataset}` is empty"])
    contract = contract_of(item, dataset, mistakes)
    refuse(mistakes.errors())
    return contract


def read_contract(path: str | Path) -> Contract:
    """A contract from a file, to hold tables and requests against outside of a project.

    Raises:
        ConfigError: It holds mistakes; all of them are in it, with file and line.
        MissingDataError: There is no such file.

    Example:
        >>> from tilth import read_contract
        >>> trips = read_contract("contracts/trips.yml")  # doctest: +SKIP
        >>> trips.check({"carrier": "AA", "delay": 12}).ok  # doctest: +SKIP
        True
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise MissingDataError(f"there is no file {path}") from None
    return contract_from(text, path.stem, file=str(path))


def _parsed(text: str, file: str, mistakes: Mistakes) -> Item | None:
    decoded = decode(text.encode(), file, mistakes)
    return parse(decoded, file, mistakes) if decoded is not None else None


def _item(value: Any) -> Item:
    """A value of Python's as if it had been written in a file without a name."""
    if isinstance(value, Mapping):
        value = {str(name): _item(each) for name, each in value.items()}
    elif isinstance(value, list | tuple):
        value = [_item(each) for each in value]
    return Item(value, "", spot(1, 1))


# One check after the other


@record
class _Written:
    """A check as it stands in a file.

    Attributes:
        severity: What is usual where it stands; `is_own` says whether it was said of this check.
    """

    name: str
    column: str
    item: Item
    severity: Severity | None
    is_own: bool = False


def _of_columns(columns: Mapping[str, Item], usual: Severity | None) -> Iterator[_Written]:
    for column, item in columns.items():
        if isinstance(item.value, str):
            yield _Written(name="type", column=column, item=item, severity=usual)
            continue
        severity = _severity(item, usual)
        for name in item.child_keys():
            each = item.child(name)
            assert each is not None
            if name not in ("optional", "description", "severity") and _is_asked(each):
                yield _Written(name=name, column=column, item=each, severity=severity)


def _of_table(checks: Item | None, usual: Severity | None) -> Iterator[_Written]:
    for item in checks.value if checks is not None and isinstance(checks.value, list) else []:
        severity, is_own = _severity(item, usual), item.child("severity") is not None
        for name in item.child_keys():
            each = item.child(name)
            assert each is not None
            if name != "severity" and _is_asked(each):
                yield _Written(name=name, column="", item=each, severity=severity, is_own=is_own)


def _is_asked(item: Item) -> bool:
    return item.value is not None and item.value is not False


def _promise(written: _Written, dataset: str, mistakes: Mistakes) -> Promise | None:
    item, name = written.item, written.name
    if "." in name:
        return _own(written)
    severity = _severity(item, written.severity)
    try:
        kind = find_check(name)
        settings = expanded(plain(item), kind.short)
        settings.pop("severity", None)
        settings = {key: _read(kind, key, value) for key, value in settings.items()}
        made = make_check(name, written.column, settings)
    except TilthError as error:
        _tell(error, written, mistakes)
        return None
    # Value skew is an event, schema skew a stop: neither follows what is usual in a contract.
    is_own = written.is_own or item.child("severity") is not None
    chosen: Severity = (severity if is_own else None) or kind.usual or severity or "stop"
    if chosen == "quarantine" and not _has_rows(made):
        chosen = "stop"
        if is_own:
            mistakes.add(
                f"`{name}` judges the {'column' if written.column else 'table'} as a whole, "
                "so that no row can be set apart for it",
                item.key,
                expected="`severity: stop` or `warn`",
                width=len(name),
            )
    return Promise(name=name, check=made, severity=chosen, place=_line(item.key))


def _own(written: _Written) -> Promise:
    """A check of the user's own: what it takes is known where it is imported, later."""
    value = plain(written.item)
    severity = _severity(written.item, written.severity) or "stop"
    if isinstance(value, dict):
        value.pop("severity", None)
    check = Own(written.column, {"check": written.name, "value": value})
    place = _line(written.item.key)
    return Promise(name=written.name, check=check, severity=severity, place=place)


def _has_rows(made: Any) -> bool:
    """Whether a check speaks of rows: one that does not says nothing for any table."""
    from tilth.contract.check import TableCheck

    return not isinstance(made, TableCheck)


def _read(kind: Any, key: str, value: Any) -> Any:
    setting = kind.settings.get(key)
    if setting is None or value is None:
        return value
    reader = {"duration": unit.seconds, "share": unit.share}.get(setting.kind)
    return reader(value) if reader is not None and not isinstance(value, bool) else value


def _tell(error: TilthError, written: _Written, mistakes: Mistakes) -> None:
    item, who = written.item, f"check {quoted(written.name)}"
    who += f" of column {quoted(written.column)}" if written.column else ""
    setting = error.setting if isinstance(error, SettingError) else ""
    culprit = item.child(setting) if setting else None
    culprit = culprit or item
    at = culprit.place if not isinstance(culprit.value, dict) else culprit.key
    mistakes.add(f"{who}: {error}", at, hint=error.hint, width=width(culprit))


def _unnamed_columns(
    contract: Contract, written: list[_Written], made: list[Promise | None], mistakes: Mistakes
) -> None:
    """A check of the table that names a column which the contract lacks, though it names all."""
    if not contract.columns or contract.others == "allow":
        return
    for each, promise in zip(written, made, strict=True):
        for name in promise.check.columns if promise is not None else ():
            if name not in contract.columns:
                mistakes.add(
                    f"check {quoted(each.name)} looks at column {quoted(name)}, "
                    "which the contract does not name",
                    each.item.place,
                    expected="one of the columns of the contract",
                    hint=did_you_mean(name, contract.columns)
                    or "name it among `columns`, or say `others: allow`",
                    width=width(each.item),
                )


def _severity(item: Item, usual: Severity | None) -> Severity | None:
    found = _word(item, "severity")
    return found if found in ("stop", "warn", "quarantine") else usual  # type: ignore[return-value]  # one of them


def _word(item: Item, key: str) -> str:
    child = item.child(key)
    known = child is not None and isinstance(child.value, str) and not is_unknown(child)
    return str(child.value) if child is not None and known else ""


def _flag(item: Item, key: str) -> bool:
    child = item.child(key)
    return child is not None and child.value is True


def _line(place: Place) -> str:
    return f"{place.file}:{place.line}" if place.file else ""
