"""The rows of a label set's dataset: what names them, what they are, what people see of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tilth.config.settings import LabelSettings
from tilth.data.library import need
from tilth.errors import DataError, UnknownNameError
from tilth.labels.entry import Key, Label
from tilth.labels.picture import are_pictures
from tilth.labels.standing import Standing
from tilth.record import field, record

if TYPE_CHECKING:
    from tilth.project.project import Project


@record
class Items:
    """The rows that people label.

    Attributes:
        frame: All columns, as `polars.DataFrame`.
        keys: What names each row, in its order.
        rows: Key -> number of its row.
        given: The label of each row, as it is called now, None where it has none; None where
            there is no column.
        written: The same as it stands in the data, where a migration has not reached it.
        classes: Those that the settings name, or those that occur, sorted; as of now.
        show: The columns that people see.
        pictures: Those of them that hold paths to pictures.
        fingerprint: Of the version of the dataset.
        complaints: What a person should know of them.
    """

    frame: Any = field(repr=False, compare=False)
    keys: Sequence[Key] = field(repr=False)
    rows: Mapping[Key, int] = field(repr=False)
    given: Sequence[Label | None] | None = field(repr=False)
    written: Sequence[Label | None] | None = field(repr=False)
    classes: tuple[Label, ...]
    show: tuple[str, ...]
    pictures: frozenset[str]
    fingerprint: str
    complaints: tuple[str, ...] = ()

    def given_of(self, key: Key) -> Label | None:
        """The label that the data has for an item; None for an item that is gone, too."""
        row = self.rows.get(key)
        return self.given[row] if self.given is not None and row is not None else None

    @property
    def unlabelled(self) -> list[Key]:
        """The items that have no label yet."""
        if self.given is None:
            return list(self.keys)
        return [key for key, label in zip(self.keys, self.given, strict=True) if label is None]


def items_of(project: Project, settings: LabelSettings, standing: Standing) -> Items:
    """Load the dataset of a label set.

    Args:
        project: Whose it is.
        settings: Of the label set.
        standing: Of its log, whose migrations say how labels of the data are to be read.

    Raises:
        DataError: It is no table, has no rows, or its keys do not name them.
        UnknownNameError: A column is not there.
    """
    what = f"label set `{settings.name}`"
    need("polars", what, extra="quality")
    made = project.version(settings.data)
    frame = project.load(settings.data, shape="polars.DataFrame")
    for column in (settings.key, settings.label, *(settings.show or ())):
        if column is not None and column not in frame.columns:
            where = f"{what}, dataset `{settings.data}`"
            raise UnknownNameError("column", column, frame.columns, where=where)
    if not frame.height:
        raise DataError(f"{what}: dataset `{settings.data}` has no rows")
    keys = _keys(frame[settings.key], what)
    written = _labels(frame[settings.label], what) if settings.label is not None else None
    given = written
    if written is not None and standing.applied():
        given = [standing.read_now(*each) for each in zip(keys, written, strict=True)]
    classes = standing.classes(settings.classes or _found(given or (), what))
    show = settings.show or _rest(frame.columns, settings)
    return Items(
        frame=frame,
        keys=keys,
        rows={key: row for row, key in enumerate(keys)},
        given=given,
        written=written,
        classes=classes,
        show=show,
        pictures=frozenset(each for each in show if _holds_pictures(frame[each])),
        fingerprint=made.fingerprint,
        complaints=_strange(given or (), classes, settings),
    )


def _rest(columns: Sequence[str], settings: LabelSettings) -> tuple[str, ...]:
    return tuple(each for each in columns if each not in (settings.key, settings.label))


def _holds_pictures(column: Any) -> bool:
    return bool(column.dtype == _polars().String and are_pictures(column))


def _keys(column: Any, what: str) -> list[Key]:
    if column.null_count():
        row = column.is_null().arg_max()
        raise DataError(f"{what}: row {row} has no key: `{column.name}` is empty there")
    plain = _plain(column)
    if not (plain.dtype.is_integer() or plain.dtype == _polars().String):
        raise DataError(
            f"{what}: the key `{column.name}` is {column.dtype}",
            hint="a key is text or a whole number; make such a column in a node",
        )
    if plain.n_unique() != len(plain):
        double = plain.filter(plain.is_duplicated())
        raise DataError(
            f"{what}: the key `{column.name}` is not unique: {double[0]!r} names "
            f"{(plain == double[0]).sum()} rows",
            hint="two rows with one key would share their labels; make a key in a node",
        )
    return list(plain.to_list())


def _labels(column: Any, what: str) -> list[Label | None]:
    polars, plain = _polars(), _plain(column)
    if plain.dtype.is_float():
        # A whole number beside an empty cell becomes a float in many a table.
        if not (plain.drop_nulls().drop_nans() % 1 == 0).all():
            raise DataError(f"{what}: `{column.name}` holds numbers that are no classes")
        plain = plain.fill_nan(None).cast(polars.Int64)
    if not (plain.dtype.is_integer() or plain.dtype in (polars.String, polars.Boolean)):
        if plain.dtype == polars.Null:
            return [None] * len(plain)
        raise DataError(f"{what}: the label `{column.name}` is {column.dtype}, which is no class")
    return list(plain.to_list())


def _plain(column: Any) -> Any:
    polars = _polars()
    if column.dtype in (polars.Categorical, polars.Enum):
        return column.cast(polars.String)
    return column


def _found(labels: Sequence[Label | None], what: str) -> tuple[Label, ...]:
    kinds = {each for each in labels if each is not None}
    if len(kinds) < 2:
        told = f"one class alone, {next(iter(kinds))!r}" if kinds else "no label"
        raise DataError(f"{what}: the data holds {told}", hint="name all classes: `classes: [...]`")
    return tuple(sorted(kinds))


def _strange(
    labels: Sequence[Label | None], classes: Sequence[Label], settings: LabelSettings
) -> tuple[str, ...]:
    """Labels that are no classes: they are shown as they are, and suspicious by themselves."""
    known = {(type(each), each) for each in classes}
    odd = [each for each in labels if each is not None and (type(each), each) not in known]
    if not odd:
        return ()
    kinds = list(dict.fromkeys(odd))
    shown = ", ".join(repr(each) for each in kinds[:5]) + (" ..." if len(kinds) > 5 else "")
    return (
        f"{len(odd):,} rows of `{settings.data}` have a `{settings.label}` that is none of the "
        f"classes: {shown}",
    )


def _polars() -> Any:
    return need("polars", "a label set", extra="quality")
