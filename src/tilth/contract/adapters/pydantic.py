"""Models of pydantic: each row must be one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tilth.contract.adapter import Complaint
from tilth.errors import suggestion

__all__ = ["Pydantic"]

_AT_ONCE = 20_000


class Pydantic:
    """Rows are given to the model as dictionaries, so that its validators all run.

    That is Python for each row, a microsecond or more: for tables of many millions of rows
    write the contract in YAML instead.
    """

    def complaints(self, schema: Any, frame: Any, examples: int) -> Iterable[Complaint]:
        """What pydantic says of the rows."""
        columns = frame.collect_schema().names()
        skewed = list(_skew(schema, columns))
        if skewed:
            return skewed
        return self._of_rows(schema, frame, examples)

    def _of_rows(self, schema: Any, frame: Any, examples: int) -> Iterator[Complaint]:
        import pydantic  # optional, and heavy

        adapter = pydantic.TypeAdapter(list[schema])
        found: dict[tuple[str, str], _Gathered] = {}
        start = 0
        for batch in frame.collect_batches(maintain_order=True, chunk_size=_AT_ONCE):
            try:
                adapter.validate_python(batch.to_dicts())
            except pydantic.ValidationError as error:
                for each in error.errors(include_url=False, include_context=False):
                    place, *path = each["loc"]
                    column = str(path[0]) if path else ""
                    key = (column, each["type"])
                    one = found.setdefault(key, _Gathered(each["msg"]))
                    one.add(start + int(place), each["input"], examples)
            start += batch.height
        for (column, check), gathered in found.items():
            said = f"{gathered.message[:1].lower()}{gathered.message[1:]}"
            yield Complaint(
                check=check,
                column=column,
                message=f"{f'`{column}`' if column else 'the row'}: {said}: {gathered.n:,} rows",
                rows=gathered.rows,
                values=gathered.values,
                count=gathered.n,
            )


class _Gathered:
    """One complaint about many rows."""

    def __init__(self, message: str) -> None:
        self.message = message
        self.n = 0
        self.rows: list[int] = []
        self.values: list[Any] = []
        self._last = -1

    def add(self, row: int, value: Any, most: int) -> None:
        if row == self._last:
            return  # the same of two parts of one value
        self._last = row
        self.n += 1
        if len(self.rows) < most:
            self.rows.append(row)
            self.values.append(value)


def _skew(model: Any, columns: list[str]) -> Iterator[Complaint]:
    by_name = model.model_config.get("populate_by_name") or model.model_config.get(
        "validate_by_name"
    )
    known: set[str] = set()
    for name, field in model.model_fields.items():
        names = {str(field.validation_alias or field.alias or name)} | (
            {name} if by_name else set()
        )
        known |= names
        if field.is_required() and not names & set(columns):
            near = suggestion(name, columns, kind="column")
            yield Complaint(
                check="columns",
                column=name,
                message=f"column `{name}` is missing" + (f"; {near}" if near else ""),
                kind="schema",
            )
    extra = [each for each in columns if each not in known]
    if extra and model.model_config.get("extra") == "forbid":
        yield Complaint(
            check="columns",
            column=", ".join(extra),
            message="the model forbids the columns " + ", ".join(f"`{each}`" for each in extra),
            kind="schema",
        )
