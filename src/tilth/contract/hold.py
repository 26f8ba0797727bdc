"""Holding a table against its contract: all checks in one scan."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tilth.contract.check import Check, RowCheck
from tilth.contract.contract import Contract, Promise
from tilth.contract.finding import Example, Finding, Verdict
from tilth.contract.report import Report
from tilth.contract.setting import SettingError, listed
from tilth.contract.table import engine_for, lazy
from tilth.contract.types import kind_of, shown
from tilth.contract.view import References, View, no_references, with_itself
from tilth.errors import ContractError, suggestion

_ROW = "__row__"


def hold(
    contract: Contract,
    table: Any,
    *,
    references: References = no_references,
    now: datetime | None = None,
    examples: int = 5,
) -> Report:
    """Hold a table against a contract.

    What the checks need is gathered into one query, which is run once, by the streaming engine,
    so that a table that is scanned from a file need not fit into memory. Only where rows are
    found to be wrong is the table looked at again, to show the first of them.

    Args:
        contract: What must hold.
        table: Anything that holds a table; see `Contract.check`.
        references: Gives the datasets that checks look up.
        now: What time it is; now, where it is not given.
        examples: How many rows a finding shows.

    Raises:
        ContractError: The table cannot be read, or a reference cannot be had.
    """
    frame = lazy(table, contract.dataset, contract.types)
    if contract.schema:
        from tilth.contract.adapter import held_by_schema  # brings the other library

        return held_by_schema(contract, frame, examples=examples)
    schema = schema_of(frame, contract.dataset)
    # The clock is read here, at the border; checks are told.
    moment = now or datetime.now(UTC)
    own = with_itself(references, contract.dataset, frame)
    view = View(
        dataset=contract.dataset,
        schema=schema,
        now=moment,
        references=own,
        engine=engine_for(table),
    )
    skewed = list(schema_findings(contract, view))
    # Nothing is to be told of the values of a column that is of another type than was promised.
    odd = {each.column for each in skewed if each.check == "type"}
    judged = [
        each
        for each in contract.promises
        if can_judge(each.check, view) and odd.isdisjoint(each.check.columns)
    ]
    n_rows, verdicts = _measured(contract, judged, frame, view)
    broken = [(each, verdict) for each, verdict in zip(judged, verdicts, strict=True) if verdict]
    shown_rows = _examples(contract, [each for each, _ in broken], frame, view, examples)
    findings = [
        _finding(each, verdict, n_rows, rows)
        for (each, verdict), rows in zip(broken, shown_rows, strict=True)
    ]
    return Report(
        dataset=contract.dataset,
        contract=contract.fingerprint,
        n_rows=n_rows,
        n_checks=len(contract.promises) + bool(contract.columns),
        findings=(*skewed, *findings),
    )


# The schema


def schema_findings(contract: Contract, view: View) -> Iterable[Finding]:
    """Columns that are missing or not expected, and types that do not fit."""
    yield from _missing(contract, view)
    extra = [each for each in view.schema if each not in contract.columns]
    if contract.columns and extra and contract.others != "allow":
        yield Finding(
            check="columns",
            column=", ".join(extra),
            message=f"there {'is a column' if len(extra) == 1 else 'are columns'} that the "
            f"contract does not name: {listed(extra)}",
            severity="warn" if contract.others == "warn" else "stop",
            kind="schema",
            place=contract.place,
            hint="name them, or let them in by `others: allow`",
        )
    known = [each for each in contract.promises if set(each.check.columns) <= view.schema.keys()]
    told = {each.column: each.check.schema(view) for each in known if each.name == "type"}
    for each in known:
        verdict = each.check.schema(view)
        if verdict is None and not any(map(told.get, each.check.columns)):
            verdict = _unfit(each, view)
        if verdict is not None:
            yield _finding(each, verdict, None, ())


def _missing(contract: Contract, view: View) -> Iterable[Finding]:
    needed = {name: contract.places.get(name, contract.place) for name in contract.columns}
    for each in contract.promises:
        for name in each.check.columns:
            needed.setdefault(name, each.place)
    for name, place in needed.items():
        if name not in view.schema and name not in contract.optional:
            yield Finding(
                check="columns",
                column=name,
                message=f"column `{name}` is missing",
                kind="schema",
                place=place,
                hint=suggestion(name, view.schema, kind="column"),
            )


def _unfit(promise: Promise, view: View) -> Verdict | None:
    """A check that cannot judge columns of such a type."""
    kinds = promise.check.kinds
    for name in promise.check.columns if kinds else ():
        if view.kind(name) not in {*kinds, "null"}:
            return Verdict(
                kind="schema",
                message=f"`{promise.name}` judges {', '.join(sorted(kinds))}; "
                f"`{name}` is {shown(view.schema[name])}",
                hint="convert the column, or take another check",
            )
    return None


def can_judge(check: Check, view: View) -> bool:
    """Whether the columns are there, and hold what it can judge."""
    names = check.columns
    if any(name not in view.schema for name in names):
        return False
    # Nothing but nulls breaks no promise about rows, and has no type to build expressions on.
    known = check.kinds if isinstance(check, RowCheck) else {*check.kinds, "null"}
    return not check.kinds or all(view.kind(name) in known for name in names)


def schema_of(frame: Any, dataset: str) -> Mapping[str, Any]:
    try:
        schema = frame.collect_schema()
    except Exception as error:  # of Polars, or of a reader below it
        raise _unreadable(dataset, error) from error
    if not len(schema):
        raise ContractError(dataset, "the table has no columns")
    odd = next((name for name, dtype in schema.items() if kind_of(dtype) == "object"), None)
    if odd is not None:
        raise ContractError(
            dataset,
            f"column `{odd}` holds Python objects of several types",
            hint="give each column values of one type",
        )
    return dict(schema)


def _unreadable(dataset: str, error: Exception) -> ContractError:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return ContractError(dataset, f"the data cannot be read: {lines[0][:300]}")


# The scan


def _measured(
    contract: Contract, promises: Sequence[Promise], frame: Any, view: View
) -> tuple[int, list[Verdict | None]]:
    """How many rows there are, and what each check says."""
    import polars  # 0.1 s, and only where data is judged

    asked: dict[str, Any] = {"n": polars.len()}
    names: list[dict[str, str]] = []
    for i, each in enumerate(promises):
        totals = _asked(contract, each, view, lambda check: check.totals(view))
        names.append({name: f"{i}:{name}" for name in totals})
        asked |= {f"{i}:{name}": expression for name, expression in totals.items()}
    row = _collected(contract, promises, frame, asked, view)
    n_rows = int(row["n"])
    verdicts = []
    for each, own in zip(promises, names, strict=True):
        totals = {name: row[column] for name, column in own.items()}
        verdicts.append(each.check.judge(totals, n_rows, view))
    return n_rows, _counted(contract, promises, verdicts, frame, view, n_rows=n_rows)


def _counted(
    contract: Contract,
    promises: Sequence[Promise],
    verdicts: list[Verdict | None],
    frame: Any,
    view: View,
    *,
    n_rows: int,
) -> list[Verdict | None]:
    """The verdicts; rows are counted for those that only told that there is something."""
    again = [
        i
        for i, verdict in enumerate(verdicts)
        if verdict is not None and not getattr(promises[i].check, "exact", True)
    ]
    if again:
        asked = {str(i): promises[i].check.rows(view).not_().sum() for i in again}
        row = _collected(contract, [promises[i] for i in again], frame, asked, view)
        for i in again:
            check = promises[i].check
            assert isinstance(check, RowCheck)
            verdicts[i] = check.judged(int(row[str(i)]), n_rows)
    return verdicts


def _collected(
    contract: Contract,
    promises: Sequence[Promise],
    frame: Any,
    asked: Mapping[str, Any],
    view: View,
) -> dict[str, Any]:
    try:
        found = frame.select(**asked).collect(engine=view.engine)
    except Exception as error:  # of Polars: which check is to blame shows only one by one
        raise _to_blame(contract, promises, frame, asked, error) from error
    return dict(found.row(0, named=True))


def _to_blame(
    contract: Contract,
    promises: Sequence[Promise],
    frame: Any,
    asked: Mapping[str, Any],
    error: Exception,
) -> ContractError:
    for name, expression in asked.items():
        number = name.partition(":")[0]
        try:
            frame.select(expression).collect_schema()
            frame.head(0).select(expression).collect()
        except Exception as own:
            if number.isdecimal() and int(number) < len(promises):
                return _unjudged(contract, promises[int(number)], own)
    return _unreadable(contract.dataset, error)


def _unjudged(contract: Contract, promise: Promise, error: Exception) -> ContractError:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    place = f"{promise.place}: " if promise.place else ""
    hint = getattr(error, "hint", None)
    who = f"check `{promise.name}`" + (f" of `{promise.column}`" if promise.column else "")
    return ContractError(
        contract.dataset, f"{place}{who} cannot judge it: {lines[0][:300]}", hint=hint
    )


def _asked(contract: Contract, promise: Promise, view: View, what: Callable[[Check], Any]) -> Any:
    """What a check wants to know; references may be missing, or lack a column."""
    try:
        return what(promise.check)
    except (ContractError, SettingError) as error:
        raise _unjudged(contract, promise, _bare(error)) from error


def _bare(error: ContractError | SettingError) -> Exception:
    """The error without the name of the contract, which stands before it already."""
    if isinstance(error, ContractError):
        text = str(error).partition(": ")[2]
        return SettingError("", text or str(error), hint=error.hint)
    return error


# Findings


def _examples(
    contract: Contract, broken: Sequence[Promise], frame: Any, view: View, n: int
) -> list[tuple[Example, ...]]:
    """The first rows that break each promise."""
    import polars  # 0.1 s, and only where data is judged

    queries: list[Any] = []
    places: list[int | None] = []
    for each in broken:
        rows = each.check.rows(view) if n else None
        if rows is None:
            places.append(None)
            continue
        names = [*dict.fromkeys((*each.check.columns, *contract.key))] or list(view.schema)
        known = [name for name in names if name in view.schema][:12]
        wrong = frame.with_row_index(_ROW).filter(rows.not_()).select(_ROW, *known).head(n)
        places.append(len(queries))
        queries.append(wrong)
    found = polars.collect_all(queries, engine=view.engine) if queries else []
    return [() if i is None else _rows_of(found[i]) for i in places]


def _rows_of(found: Any) -> tuple[Example, ...]:
    rows = found.sort(_ROW).iter_rows(named=True)
    return tuple(
        Example(row=row.pop(_ROW), values={name: _plain(value) for name, value in row.items()})
        for row in rows
    )


def _plain(value: Any) -> Any:
    """A value as JSON has words for it."""
    if value is None or isinstance(value, bool | int | str):
        return value if not isinstance(value, str) else value[:200]
    if isinstance(value, float) and value - value == 0:
        return value
    return str(value)[:200]


def _finding(
    promise: Promise, verdict: Verdict, n_rows: int | None, examples: tuple[Example, ...]
) -> Finding:
    severity = promise.severity
    if verdict.kind == "schema" and severity == "quarantine":
        severity = "stop"  # no row is to blame for it
    return Finding(
        check=promise.name,
        column=promise.column,
        message=verdict.message,
        severity=severity,
        kind=verdict.kind,
        count=verdict.count,
        share=verdict.count / n_rows if n_rows else 0.0,
        measured=verdict.measured,
        examples=examples,
        place=promise.place,
        hint=verdict.hint,
    )
