"""The normal form of an Arrow table, in which equal tables have equal bytes.

Arrow leaves open what lies under a null, behind the last bit of a bitmap and before the
start of a slice, and how a column is cut into chunks. None of this is part of the value, yet
all of it would be written to a file, and equal results of two runs would look different.
"""

from __future__ import annotations

from struct import unpack_from
from typing import Any

from tilth.data.library import need


def normal(table: Any) -> Any:
    """The same `pyarrow.Table`, one chunk to a column, with nothing in it but the values.

    Columns without nulls, and of one chunk that is no slice, are taken over without a copy.
    """
    arrow = need("pyarrow", "a table", extra="arrow")
    if not table.num_columns:
        return table
    columns = [_one_chunk(arrow, column) for column in table.columns]
    # A table without rows keeps its chunk of no rows, so that it is written like any other.
    return arrow.Table.from_arrays([_normal(arrow, each) for each in columns], schema=table.schema)


def batch_of(table: Any) -> Any:
    """A table in normal form as one `pyarrow.RecordBatch`."""
    arrow = need("pyarrow", "a table", extra="arrow")
    if not table.num_columns:
        return arrow.RecordBatch.from_arrays([], schema=table.schema)
    columns = [column.chunk(0) for column in table.columns]
    return arrow.RecordBatch.from_arrays(columns, schema=table.schema)


def _one_chunk(arrow: Any, column: Any) -> Any:
    if arrow.types.is_dictionary(column.type):
        column = column.unify_dictionaries()
    if column.num_chunks == 1:
        return column.chunk(0)
    if column.num_chunks == 0:
        return arrow.array([], column.type)
    return arrow.concat_arrays(column.chunks)


def _normal(arrow: Any, array: Any) -> Any:
    if not len(array):
        return _copied(arrow, array)
    types, kind = arrow.types, array.type
    if isinstance(kind, arrow.BaseExtensionType):
        return arrow.ExtensionArray.from_storage(kind, _normal(arrow, array.storage))
    for fits, form in (
        (types.is_dictionary, _normal_dictionary),
        (types.is_struct, _normal_struct),
        (types.is_map, _normal_list),
        (types.is_list, _normal_list),
        (types.is_large_list, _normal_list),
        (types.is_primitive, _normal_numbers),
        (_is_text, _normal_texts),
    ):
        if fits(kind):
            return form(arrow, array)
    return _copied(arrow, array)


def _normal_dictionary(arrow: Any, array: Any) -> Any:
    indices, words = _normal(arrow, array.indices), _normal(arrow, array.dictionary)
    return arrow.DictionaryArray.from_arrays(indices, words, ordered=array.type.ordered)


def _normal_numbers(arrow: Any, array: Any) -> Any:
    """Numbers, times and truth values: zero under each null."""
    array = _from_its_start(arrow, array)
    if array.null_count:
        storage = array if arrow.types.is_boolean(array.type) else array.view(_bits(arrow, array))
        values = storage.fill_null(False if storage.type == arrow.bool_() else 0).buffers()[1]
    else:
        values = array.buffers()[1]
    if arrow.types.is_boolean(array.type) and values is not None:
        values = _bitmap(arrow, values, len(array))
    return arrow.Array.from_buffers(array.type, len(array), [_validity(arrow, array), values])


def _bits(arrow: Any, array: Any) -> Any:
    widths = {8: arrow.uint8(), 16: arrow.uint16(), 32: arrow.uint32(), 64: arrow.uint64()}
    return widths[array.type.bit_width]


_TEXTS = {"string": "<i", "binary": "<i", "large_string": "<q", "large_binary": "<q"}
"""Types that lie as offsets and one run of bytes -> how an offset is packed."""


def _is_text(kind: Any) -> bool:
    return str(kind) in _TEXTS


def _normal_texts(arrow: Any, array: Any) -> Any:
    """Strings and bytes: nothing under a null, and no offset before the first text."""
    array = _from_its_start(arrow, array)
    if array.null_count:
        empty = "" if "string" in str(array.type) else b""
        filled = array.fill_null(empty).buffers()[1:]
        buffers = [_validity(arrow, array), *filled]
        return arrow.Array.from_buffers(array.type, len(array), buffers)
    first = unpack_from(_TEXTS[str(array.type)], array.buffers()[1])[0]
    return _copied(arrow, array) if first else array


def _normal_struct(arrow: Any, array: Any) -> Any:
    # `flatten` carries the nulls of the whole down to the fields, which then become normal.
    fields = [_normal(arrow, field) for field in array.flatten()]
    array = _from_its_start(arrow, array)
    return arrow.Array.from_buffers(
        array.type, len(array), [_validity(arrow, array)], children=fields
    )


def _normal_list(arrow: Any, array: Any) -> Any:
    array = _copied(arrow, array)
    values = (
        arrow.StructArray.from_arrays(
            [array.keys, array.items], fields=[array.type.key_field, array.type.item_field]
        )
        if arrow.types.is_map(array.type)
        else array.values
    )
    buffers = [_validity(arrow, array), array.buffers()[1]]
    return arrow.Array.from_buffers(
        array.type, len(array), buffers, children=[_normal(arrow, values)]
    )


def _from_its_start(arrow: Any, array: Any) -> Any:
    return _copied(arrow, array) if array.offset else array


def _copied(arrow: Any, array: Any) -> Any:
    """Taken row by row: a fresh array, with nothing that is not part of the value."""
    return array.take(_count(arrow, len(array)))


def _count(arrow: Any, n_rows: int) -> Any:
    if hasattr(arrow, "arange"):  # from Arrow 21 on
        return arrow.arange(0, n_rows)
    return arrow.array(need("numpy", "a table", extra="numpy").arange(n_rows))


def _validity(arrow: Any, array: Any) -> Any:
    if not array.null_count:
        return None
    return _bitmap(arrow, array.buffers()[0], len(array))


def _bitmap(arrow: Any, buffer: Any, n_rows: int) -> Any:
    """The bits of so many rows, the rest of the last byte zero."""
    bits = bytearray(memoryview(buffer)[: (n_rows + 7) // 8])
    if n_rows % 8:
        bits[-1] &= (1 << n_rows % 8) - 1
    return arrow.py_buffer(bytes(bits))
