"""What a check looks up: another dataset, or another version of the same one."""

from __future__ import annotations

from typing import Self

from tilth.contract.setting import SettingError
from tilth.record import record


@record
class Source:
    """A dataset at a version, and a column of it.

    Attributes:
        dataset: Its name; empty for the dataset that the contract is of.
        version: A run's number or the beginning of a digest; empty for the one in force.
        column: Empty where none is named.
    """

    dataset: str
    version: str = ""
    column: str = ""

    @classmethod
    def of(cls, setting: str, text: str, *, needs_column: bool = False) -> Self:
        """The source that a text names: `planes.tailnum`, `trips@12`, `@3fa9`.

        Raises:
            SettingError: It names none.
        """
        before, at, after = text.partition("@")
        if at:
            version, _, column = after.partition(".")
            dataset = before
        else:
            version = ""
            # Dots part namespaces too; the column is what comes last.
            dataset, _, column = before.rpartition(".") if needs_column else (before, "", "")
        if needs_column and not (column and (dataset or at)):
            raise SettingError(
                setting,
                f"`{text}` names no column of a dataset",
                hint="write `dataset.column`, or a list of values: `[a, b]`",
            )
        if at and not version:
            raise SettingError(
                setting, f"`{text}` names no version", hint="write `@12` for that of run 12"
            )
        return cls(dataset=dataset, version=version, column=column)

    @property
    def named(self) -> str:
        """Dataset and version, as they are looked up."""
        return f"{self.dataset}@{self.version}" if self.version else self.dataset

    @property
    def text(self) -> str:
        """All of it."""
        return f"{self.named}.{self.column}" if self.column else self.named
