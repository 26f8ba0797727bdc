"""What a run works with: where bytes are, what is on record, what the catalog says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tilth.data.catalog import Catalog
from tilth.data.dataset import Dataset
from tilth.data.location import fill, near, partitions, place, resolve
from tilth.engine.call import Stored
from tilth.engine.save import contents_of, parts_in
from tilth.engine.step import PARTITIONS
from tilth.errors import DamagedDataError, DataError, MissingDataError, TilthError
from tilth.fingerprint.file import FileFingerprints
from tilth.history.record import Made
from tilth.history.store import History
from tilth.record import changed, record
from tilth.store.blobs import Blobs
from tilth.store.claims import Claims


@record
class Workspace:
    """Handles that a run shares with others.

    Attributes:
        folder: The project's.
        history: What is on record.
        blobs: Bytes that are too many for the history.
        claims: Who is about to make what.
        files: Fingerprints of files, remembered.
        catalog: What there is and where it lies.
        earlier: The recorded version of a dataset that no node of this run makes and that
            has no location; None where there is none.
        chosen: A recorded version of a dataset, by a run's number or the beginning of a digest.
    """

    folder: Path
    history: History
    blobs: Blobs
    claims: Claims
    files: FileFingerprints
    catalog: Catalog
    earlier: Callable[[str], Made | None]
    chosen: Callable[[str, str], Made]

    # Versions

    def source(self, dataset: str) -> Made:
        """The version of a dataset that comes from outside of the run.

        Raises:
            MissingDataError: There is nothing at its location, or nobody has made it yet.
            DataError: What is there may not be read, or is no file.
        """
        entry = self.catalog.get(dataset)
        if entry is None or entry.location is None:
            made = self.earlier(dataset)
            if made is None:
                raise MissingDataError(
                    f"dataset `{dataset}` has not been made yet",
                    hint=f"`tilth run --to {dataset}` makes it",
                )
            return made
        try:
            return self._from_outside(dataset, entry)
        except TilthError as error:
            if entry.place:
                error.args = (f"{entry.place}: {error}",)
            raise

    def _from_outside(self, dataset: str, entry: Dataset) -> Made:
        assert entry.location is not None
        if entry.fields:
            found = partitions(resolve(entry.location, self.folder))
            parts = {key: self._file(dataset, entry.format, path) for key, path in found.items()}
            return self._without_left_over(dataset, parts)
        found_there = self._file(dataset, entry.format, resolve(entry.location, self.folder))
        made = self.earlier(dataset)
        # What a node outside of the selection made is known better: by its type and its rows.
        same = made is not None and made.fingerprint == found_there.fingerprint
        return made if made is not None and same else found_there

    def _without_left_over(self, dataset: str, parts: dict[str, Made]) -> Made:
        """The partitions that lie there, less those that a node made once and does no more."""
        made = self.earlier(dataset)
        if made is None or made.format != PARTITIONS or not self.has(made):
            return contents_of(dataset, parts)
        known = parts_in(self.bytes_of(made), dataset)
        counted = {}
        for key, part in parts.items():
            if key not in known and (self.blobs.has(part.fingerprint) or self._inline(part)):
                continue
            same = key in known and known[key].fingerprint == part.fingerprint
            counted[key] = known[key] if same else part
        return made if counted == known else contents_of(dataset, counted)

    def left_over(self, made: Made) -> list[str]:
        """Files of partitions that are gone, as a person sees them: nothing reads them any more."""
        entry = self.catalog.get(made.dataset)
        if made.format != PARTITIONS or entry is None or not entry.fields:
            return []
        known = parts_in(self.bytes_of(made), made.dataset)
        found = partitions(resolve(entry.location or "", self.folder))
        return [f"`{made.dataset}[{key}]`" for key in found if key not in known]

    def none_found(self, dataset: str) -> str:
        """What to say of a dataset without partitions; its location itself may hold a secret."""
        entry = self.catalog.get(dataset)
        if entry is None or not entry.place:
            return f"`{dataset}` has no partitions: there is nothing to run for"
        return f"`{dataset}` has no partitions: no file fits its location ({entry.place})"

    def _file(self, dataset: str, format_name: str, path: Path) -> Made:
        try:
            fingerprint = self.files.of_file(path)
        except MissingDataError:
            raise MissingDataError(
                f"dataset `{dataset}`: there is no file {self._shown(path)}",
                hint=near(path) or "put it there, or correct `location` in catalog.yml",
            ) from None
        except DataError as error:
            raise DataError(f"dataset `{dataset}`: {error}", hint=error.hint) from error
        return Made(
            dataset=dataset,
            fingerprint=fingerprint,
            n_bytes=path.stat().st_size,
            format=format_name,
            kept=False,
        )

    def _shown(self, path: Path) -> str:
        try:
            return str(path.relative_to(self.folder))
        except ValueError:
            return str(path)

    # What can be had

    def has(self, made: Made) -> bool:
        """Whether a version that a node made can be read."""
        if made.format == PARTITIONS:
            return all(map(self.has, parts_in(self.bytes_of(made), made.dataset).values()))
        if not made.kept:
            return True  # it is made again where somebody needs it
        return made.data is not None or self.blobs.has(made.fingerprint) or self._inline(made)

    def _inline(self, made: Made) -> bool:
        return self.history.data(made.fingerprint) is not None

    def bytes_of(self, made: Made) -> bytes:
        """The bytes of a version that lives in the history."""
        if made.data is not None:
            return made.data
        data = self.history.data(made.fingerprint)
        if data is None:
            raise MissingDataError(f"`{made.dataset}` is no longer in the history")
        return data

    # What to load

    def stored(self, made: Made, *, verified: bool, key: str | None = None) -> Stored:
        """Where the bytes of a version are, once they are known to be what they were.

        Args:
            made: The version.
            verified: Whether this very run wrote it.
            key: The partition, for a source.

        Raises:
            DamagedDataError: The bytes in the store are not what they were.
            MissingDataError: They are gone.
        """
        entry = self.catalog.get(made.dataset)
        options: Mapping[str, Any] = entry.read if entry is not None else {}
        name = made.dataset if key is None else f"{made.dataset}[{key}]"
        base = Stored(name=name, format=made.format, options=options, shape=made.shape)
        if not made.kept:
            return self._at_its_location(base, made, key)
        if made.data is not None:
            return changed(base, data=made.data)
        if self.blobs.has(made.fingerprint):
            path = self.blobs.path(made.fingerprint)
            if not verified and self.files.of_file(path) != made.fingerprint:
                raise DamagedDataError(
                    f"`{name}` in the store is damaged: its bytes are not what they were ({path})"
                )
            return changed(base, path=str(path))
        return changed(base, data=self.bytes_of(made))

    def _at_its_location(self, base: Stored, made: Made, key: str | None) -> Stored:
        entry = self.catalog.get(made.dataset)
        if entry is None or entry.location is None:
            raise MissingDataError(f"`{made.dataset}` was not kept, as it cannot be written")
        if key is None:
            path = resolve(entry.location, self.folder)
        else:
            path = partitions(resolve(entry.location, self.folder))[key]
        found = path.stat()
        return changed(base, path=str(path), state=(found.st_size, found.st_mtime_ns, found.st_ino))

    def forget(self, made: Made) -> None:
        """Let go of damaged bytes, so that what made them is not found any more."""
        if self.blobs.has(made.fingerprint):
            self.blobs.quarantine(made.fingerprint)
        self.history.forget_data(made.fingerprint)

    # What should lie at locations

    def misplaced(self, made: Made, key: str | None) -> list[tuple[str | None, Made]]:
        """What a version should have put at its location, and what is not there or another.

        Args:
            made: What a node made: a whole, or the partition of a fan-out.
            key: The partition.
        """
        entry = self.catalog.get(made.dataset)
        if entry is None or entry.location is None:
            return []
        parts: dict[str | None, Made] = {key: made}
        if made.format == PARTITIONS:
            parts = dict(parts_in(self.bytes_of(made), made.dataset).items())
        return [
            (key, part)
            for key, part in parts.items()
            if part.kept and not self._lies_at(self._place(made.dataset, key), part)
        ]

    def _lies_at(self, path: Path, made: Made) -> bool:
        try:
            return self.files.of_file(path) == made.fingerprint
        except MissingDataError:
            return False

    def _place(self, dataset: str, key: str | None) -> Path:
        location = str(resolve(self.catalog[dataset].location or "", self.folder))
        return Path(location if key is None else fill(location, key))

    def put_back(self, made: Made, key: str | None) -> str:
        """Put a version at its location; what somebody else put there goes into the store.

        Returns:
            The fingerprint of what was there; empty where nothing was, or an earlier version.

        Raises:
            DamagedDataError: The bytes in the store are not what they were.
        """
        stored = self.stored(made, verified=False, key=key)
        path = self._place(made.dataset, key)
        was_there = self.files.of_file(path) if path.is_file() else ""
        if was_there and self.history.version(made.dataset, was_there) is not None:
            was_there = ""
        if was_there:
            self.blobs.adopt(path, inline_below=0)
        place(Path(stored.path) if stored.path else stored.data or b"", path)
        return was_there
