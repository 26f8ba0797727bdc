"""Foreign keys: values that another dataset must have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tilth.contract.check import AT_MOST, RowCheck
from tilth.contract.setting import Setting, SettingError, listed
from tilth.contract.source import Source
from tilth.contract.view import View

__all__ = ["References"]

_COLUMNS = "a column, or a list of them"


class References(RowCheck):
    """Each value is found in another dataset: `references: planes.tailnum`.

    Of several columns: `references: {columns: [origin, hour], to: weather}` among the
    contract's `checks`, with `on` where they are called otherwise there. A row in which one of
    them is null refers to nothing, and keeps it.
    """

    settings: ClassVar[Mapping[str, Setting]] = {
        "to": Setting(expected="`dataset.column`, or a dataset", kind="source", required=True),
        "columns": Setting(expected=_COLUMNS, kind="columns"),
        "on": Setting(expected=f"{_COLUMNS}, as they are called there", kind="columns"),
        "at_most": AT_MOST,
    }
    short = "to"
    about = ("column", "table")

    def __init__(self, column: str, settings: Mapping[str, Any]) -> None:
        super().__init__(column, settings)
        named = _names(settings.get("columns"))
        self._on = _names(settings.get("on"))
        if column:
            self._source = Source.of("to", settings["to"], needs_column=not self._on)
            named = (column,)
        else:
            self._source = Source.of("to", settings["to"])
        if not named:
            raise SettingError("columns", "it names no column")
        self.columns = named
        self._on = self._on or ((self._source.column,) if self._source.column else named)
        if len(self._on) != len(named):
            raise SettingError(
                "on", f"it names {len(self._on)} columns there, but {len(named)} here"
            )
        if not self._source.dataset:
            raise SettingError("to", "it names no dataset")
        self.sources = (self._source.named,)

    @property
    def there(self) -> tuple[str, tuple[str, ...]]:
        """The dataset that it refers to, and the columns as they are called there."""
        return self._source.dataset, self._on

    def rows(self, view: View) -> Any:
        """Whether the other dataset has it."""
        import polars  # 0.1 s, and only where data is judged

        there = view.values(self._source.dataset, self._on, self._source.version)
        if len(self.columns) == 1:
            return polars.col(self.columns[0]).is_in(there.to_series().implode())
        rows = there.select(polars.struct(polars.all()).alias("row")).to_series()
        here = polars.struct(
            polars.col(name).cast(there.schema[other]).alias(other)
            for name, other in zip(self.columns, self._on, strict=True)
        )
        anything = polars.any_horizontal(polars.col(each).is_null() for each in self.columns)
        return here.is_in(rows.implode()) | anything

    @property
    def said(self) -> str:
        """What is so."""
        verb = "is" if len(self.columns) == 1 else "are"
        there = ", ".join(f"`{each}`" for each in self._on)
        return f"{listed(self.columns)} {verb} not among {there} of `{self._source.named}`"


def _names(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())
