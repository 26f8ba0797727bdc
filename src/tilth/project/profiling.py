"""The profile of a version of a dataset, made when somebody asks, and kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tilth.data.library import need
from tilth.data.shape import LAZY
from tilth.engine.step import PARTITIONS
from tilth.errors import DataError, UnknownNameError
from tilth.fingerprint.canonical import combine
from tilth.history.record import Made
from tilth.project.comparing import as_table
from tilth.project.contents import value_of
from tilth.project.sketches import TABLES, reading_of
from tilth.record import field, record

if TYPE_CHECKING:
    from tilth.project.project import Project
    from tilth.quality.profile import Profile


@record
class DatasetProfile:
    """The profile of a version of a dataset; in a notebook it shows itself as its page.

    Attributes:
        dataset: Whose.
        version: Which.
        profile: What is in it.
        project: The project's name.
    """

    dataset: str
    version: Made = field(repr=False)
    profile: Profile = field(repr=False)
    project: str = ""

    @property
    def name(self) -> str:
        """The dataset with the beginning of its version's digest."""
        return f"{self.dataset}@{self.version.fingerprint.partition(':')[2][:12]}"

    def page(self) -> str:
        """As one HTML page that needs no network."""
        from tilth.quality.profile.page import page  # only who asks for a page needs it

        return page(self.profile, self.dataset, self.name, self.project)

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for `--json`."""
        version = self.version.fingerprint
        return {"dataset": self.dataset, "fingerprint": version, **self.profile.as_dict()}

    def _repr_html_(self) -> str:
        from tilth.quality.profile.page import framed

        return framed(self.page())


def profiled(
    project: Project,
    dataset: str,
    version: str | int | None = None,
    target: str | None = None,
    *,
    sample: int | None = None,
    seed: int = 0,
) -> DatasetProfile:
    """The profile of a version; made once, then kept under the fingerprint of its bytes.

    Args:
        project: The project.
        dataset: Its name, with or without an `@` and a version.
        version: As `Project.version` takes it.
        target: The column that is to be predicted; the catalog's `metadata` may name it
            (`target: late`).
        sample: Rows that are drawn for what looks at pairs; 20,000 if not given.
        seed: Of that draw.

    Raises:
        UnknownNameError: There is no such dataset, or it has no such column.
        MissingDataError: There is no such version, or its bytes are gone.
        DataError: It is no table.
        MissingLibraryError: Polars or NumPy is not installed.
    """
    found = project.version(dataset, version)
    for library in ("polars", "numpy"):
        need(library, "a profile", extra="quality")
    from tilth.quality.profile import Profile  # it imports Polars
    from tilth.quality.profile.table import SAMPLE, VERSION

    size = SAMPLE if sample is None else sample
    if size < 1:
        raise DataError(f"a sample has at least one row, not {size}")
    aim = target or _noted_target(project, found.dataset)
    key = combine(
        "profile", str(VERSION), found.fingerprint, *reading_of(project, found), aim,
        str(size), str(seed),
    )  # fmt: skip
    profile = _kept(project, key, Profile.from_json)
    if profile is None:
        profile = _made(project, found, aim, size, seed)
        project.sketches.put(key, profile.to_json())
    return DatasetProfile(
        dataset=found.dataset, version=found, profile=profile, project=project.name
    )


def _kept(project: Project, key: str, read: Callable[[str], Profile]) -> Profile | None:
    text = project.sketches.get(key)
    if text is None:
        return None
    try:
        return read(text)
    except (ValueError, KeyError, TypeError):
        return None  # of another version of Tilth, or damaged: it is made again


def _made(project: Project, made: Made, target: str, sample: int, seed: int) -> Profile:
    from tilth.quality.profile import profile_of

    table = _table(project, made)
    names = table.collect_schema().names()
    if target and target not in names:
        raise UnknownNameError("column", target, names, where=f"`{made.dataset}`")
    return profile_of(table, target or None, sample=sample, seed=seed)


def _table(project: Project, made: Made) -> Any:
    """A version as a lazy frame, so that a large one is streamed; rows as JSON has them, too."""
    if made.format in (*TABLES, PARTITIONS):
        return value_of(project, made, LAZY)
    found = as_table(value_of(project, made), made.dataset)
    if found is not None:
        return found
    raise DataError(
        f"`{made.dataset}` is no table, but of format `{made.format}`: it has no columns",
        hint=f"see `tilth data head {made.dataset}`",
    )


def _noted_target(project: Project, dataset: str) -> str:
    entry = project.catalog.get(dataset)
    noted = entry.metadata.get("target", "") if entry is not None else ""
    return noted if isinstance(noted, str) else ""
