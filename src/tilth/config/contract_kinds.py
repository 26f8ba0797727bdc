"""What may stand in a contract, drawn from what the checks say of themselves.

So a check that is added is known to the checks of files, to editors and to the reference, and
no list of checks is kept by hand.
"""

from __future__ import annotations

from tilth.config import unit
from tilth.config.grammar import (
    Anything,
    Choice,
    Either,
    Kind,
    Quantity,
    Record,
    Sequence,
    Table,
    Text,
    Truth,
    Whole,
)
from tilth.config.name import judge_label, judge_name_or_dotted
from tilth.contract.check import About, Check, check_names, find_check
from tilth.contract.finding import SEVERITIES
from tilth.contract.setting import Setting, SettingError
from tilth.errors import MissingLibraryError

SEVERITY = Choice(options=SEVERITIES)
_SYNONYMS = {
    "dtype": "type", "nullable": "not_null", "nulls": "not_null", "required": "not_null",
    "range": "between", "min": "between", "max": "between", "isin": "levels",
    "values": "levels", "enum": "levels", "categories": "levels", "allowed": "levels",
    "regex": "pattern", "matches": "pattern", "primary_key": "key", "foreign_key": "references",
    "distinct": "unique", "rows": "row_count", "expression": "relation", "drift": "distribution",
    "len": "length", "duplicates": "no_duplicates", "level": "severity", "on_failure": "severity",
    "foreign": "references", "fresh": "freshness", "schema": "type",
}  # fmt: skip


def contract() -> Record:
    """A contract as a mapping."""
    return Record(
        what="a contract",
        keys={
            "columns": Table(
                expected="a mapping from the name of a column to what it must be",
                keys=Text(expected="the name of a column"),
                of=_column(),
            ),
            "others": Choice(options=("stop", "warn", "allow")),
            "checks": Sequence(expected="a list of checks", of=_table_check()),
            "severity": SEVERITY,
            "schema": Text(
                expected="a schema of pandera, dataframely or pydantic: `package.module.Name`",
                judge=judge_name_or_dotted,
            ),
        },
        synonyms={"fields": "columns", "rules": "checks", "expectations": "checks",
                  "strict": "others", "extra": "others", "model": "schema"},
    )  # fmt: skip


def _column() -> Either:
    named = _named("column")
    kind = named.pop("type")
    return Either(
        expected="a type, or a mapping of checks",
        kinds=(
            Text(expected=kind.expected),
            Record(
                what="a column",
                keys={
                    "type": kind,
                    "optional": Truth(),
                    "description": Text(expected="text"),
                    "severity": SEVERITY,
                    **named,
                },
                synonyms=_SYNONYMS,
                dotted=True,
            ),
        ),
    )


def _table_check() -> Record:
    named = _named("table")
    return Record(
        what="a check",
        keys={**named, "severity": SEVERITY},
        one_of=tuple(named),
        synonyms=_SYNONYMS,
        dotted=True,
    )


def _named(about: About) -> dict[str, Kind]:
    found: dict[str, Kind] = {}
    for name in check_names():
        try:
            check = find_check(name)
        except MissingLibraryError:
            continue  # it is told where the check is used
        if about in check.about:
            found[name] = _kind_of_check(name, check, about)
    return found


def _kind_of_check(name: str, check: type[Check], about: About) -> Kind:
    """Its settings by name, or in short."""
    if name == "type":
        return _of_setting(check.settings["type"])
    skipped = {"columns"} if about == "column" else set()
    settings = {
        key: _of_setting(each) for key, each in check.settings.items() if key not in skipped
    }
    whole = Record(
        what=f"check `{name}`",
        keys={**settings, "severity": SEVERITY},
        required=tuple(
            key for key, each in check.settings.items() if each.required and key not in skipped
        ),
    )
    short = check.short
    kinds: list[Kind] = [whole]
    if isinstance(short, tuple):
        ends = settings[short[0]]
        of = Either(expected=f"{ends.expected}, or nothing", kinds=(ends, _NOTHING))
        kinds.append(Sequence(expected=f"`[{', '.join(short)}]`", of=of))
    elif short in settings:
        kinds.append(settings[short])
    if _means_something_bare(check, about):
        kinds.append(Truth())
    return Either(expected=_expected(kinds), kinds=tuple(kinds))


def _means_something_bare(check: type[Check], about: About) -> bool:
    """Whether `true` is enough to say of it."""
    try:
        check.of("x" if about == "column" else "", {})
    except SettingError:
        return False
    return True


def _expected(kinds: list[Kind]) -> str:
    return ", ".join([*(each.expected for each in kinds[1:]), "or a mapping of its settings"])


class _Nothing(Anything):
    """Nothing at all: an end that is open."""


_NOTHING = _Nothing(expected="nothing")


def _of_setting(setting: Setting) -> Kind:
    expected = setting.expected
    column = Text(expected="the name of a column", judge=judge_label)
    many = Sequence(expected="a list of columns", of=column)
    kinds: dict[str, Kind] = {
        "columns": Either(expected=expected, kinds=(column, many)),
        "duration": Quantity(expected=expected, read=unit.seconds, units=tuple(unit.SECONDS)),
        "flag": Truth(),
        "regex": Text(expected=expected),
        "scalar": Anything(expected=expected),
        "scalars": Either(
            expected=expected,
            kinds=(Text(expected=expected), Sequence(expected="a list", of=Anything())),
        ),
        "share": Quantity(expected=expected, read=unit.share, units=("%",)),
        "source": Text(expected=expected, judge=judge_label),
        "text": Text(expected=expected),
        "whole": Whole(expected=expected),
    }
    return kinds[setting.kind]
