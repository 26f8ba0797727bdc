"""A project whose sources are small, and which writes nothing outside of its own folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tilth.config.settings import EntrySettings
from tilth.contract.part import for_part
from tilth.data.location import PACKAGE
from tilth.project.mini.lighter import lighter
from tilth.project.mini.place import MiniPlace, read_place
from tilth.project.project import Project
from tilth.record import changed

if TYPE_CHECKING:
    from tilth.contract.contract import Contract


class MiniProject(Project):
    """A project on its mini data set: its code as it stands, and all else its own.

    Store, history and outputs lie in the folder; no hook of the project's is told, and nothing
    is held. Contracts are held as far as they can be of a part of the data. Stages have settings
    that take less time, unless the folder is for the project's own.
    """

    def __init__(self, place: MiniPlace, *, overrides: Sequence[str] = ()) -> None:
        """Open the project that a folder is for.

        Args:
            place: What is where.
            overrides: Parameters beside those that were written down.
        """
        self.place = place
        super().__init__(place.project, env=place.env, overrides=(*place.overrides, *overrides))

    @classmethod
    def reopened(cls, folder: Path, overrides: Sequence[str] = ()) -> MiniProject:
        """The project of a folder that was kept.

        Raises:
            DataError: The folder's file cannot be read.
        """
        return cls(read_place(folder), overrides=overrides)

    def _place_of_state(self) -> Path:
        return self.place.state

    def _open(self) -> None:
        settings = changed(
            self.config.settings,
            hooks=(),
            hold={},
            store=None,
            history=None,
            pipelines={
                name: each if self.place.full else lighter(each)[0]
                for name, each in self.config.settings.pipelines.items()
            },
        )
        catalog = {name: self._moved(entry) for name, entry in self.config.catalog.items()}
        self.config = changed(self.config, settings=settings, catalog=catalog)
        super()._open()

    def _moved(self, entry: EntrySettings) -> EntrySettings:
        """The entry with the mini source's location, or with one among the outputs."""
        contract = _for_part(entry.contract)
        source = self.place.sources.get(entry.name)
        if source is None:
            location = _inside(entry.location, entry.name, self.place.outputs)
            return changed(entry, location=location, contract=contract, keep=None)
        return changed(
            entry,
            of=None,
            location=str(self.place.folder / source.location),
            format=source.format or entry.format,
            read=entry.read if source.read is None else source.read,
            contract=contract,
            keep=None,
        )


def _for_part(contract: Contract | None) -> Contract | None:
    return for_part(contract) if contract is not None else None


def _inside(location: str | None, name: str, folder: Path) -> str | None:
    """Where an output lies instead: by the same path, as far as that leads inside."""
    if location is None:
        return None
    path = Path(location)
    if location.startswith(PACKAGE) or "://" in location or path.is_absolute():
        return str(folder / name / path.name)
    if ".." in path.parts or location.startswith("~"):
        return str(folder / name / path.name)
    return str(folder / path)
