"""Frames of a declared Table: the one place where pandas, Arrow and BigQuery types meet.

A frame holds STRING as `string`, INT64 as `Int64`, FLOAT64 as `float64` (NaN is NULL), BOOL as `boolean`, DATE as
`datetime64[us]` at midnight, TIMESTAMP as `datetime64[us, UTC]`, NUMERIC as Arrow decimals. REQUIRED INT64 and BOOL
columns are plain `int64` and `bool`, which every vectorised operation takes at full speed.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa

from nba_pipeline.table import Column, Table

_ARROW_TYPES: dict[str, pa.DataType] = {
    "STRING": pa.string(),
    "INT64": pa.int64(),
    "FLOAT64": pa.float64(),
    "BOOL": pa.bool_(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us", tz="UTC"),
    "NUMERIC": pa.decimal128(38, 9),
}

_PANDAS_TYPES: dict[str, object] = {
    "STRING": pd.StringDtype("pyarrow"),
    "INT64": pd.Int64Dtype(),
    "FLOAT64": "float64",
    "BOOL": pd.BooleanDtype(),
    "DATE": "datetime64[us]",
    "TIMESTAMP": pd.DatetimeTZDtype("us", "UTC"),
    "NUMERIC": pd.ArrowDtype(pa.decimal128(38, 9)),
}

# Types that pandas holds in plain arrays, and the Arrow types that become them.
_AS_NUMPY: dict[str, pa.DataType] = {"FLOAT64": pa.float64(), "DATE": pa.timestamp("us")}


class FrameError(ValueError):
    """A frame does not fit its Table: an undeclared or missing column, a NULL or a value of another type."""


@dataclass(frozen=True, slots=True)
class DayRows:
    """Rows that are the whole truth for `days` and say nothing of other days.

    A day in `days` without rows has none; a day not in `days` is not known and stays as it was. `empty_days` are those
    of which the source itself says that there are none ("no games"): only they may become empty where rows were.
    """

    frame: pd.DataFrame
    days: Sequence[dt.date]
    empty_days: Collection[dt.date] = ()


def arrow_schema(table: Table, columns: Iterable[str] | None = None) -> pa.Schema:
    """The Arrow schema of `table`, or of the named columns of it in that order."""
    chosen = table.columns if columns is None else [table.column(name) for name in columns]
    return pa.schema([_arrow_field(column) for column in chosen])


def to_arrow(table: Table, frame: pd.DataFrame) -> pa.Table:
    """`frame` as an Arrow table with exactly the declared columns and types, in declared order.

    A declared NULLABLE column that the frame lacks becomes NULL. Raises FrameError naming table and column where a
    column is undeclared, a REQUIRED one is missing or holds NULL, or a value does not fit the declared type.
    """
    if undeclared := [name for name in frame.columns if name not in table.column_names]:
        raise FrameError(f"{table}: {', '.join(undeclared)} not declared; add to the Table or drop from the frame")
    arrays = [_to_array(table, column, frame) for column in table.columns]
    return pa.table(arrays, schema=arrow_schema(table))


def from_arrow(table: Table, data: pa.Table) -> pd.DataFrame:
    """`data`, whose columns are some or all of `table`'s, as a frame with the types named at the module's top."""
    return pd.DataFrame({name: _to_pandas(table.column(name), data[name]) for name in data.column_names})


def empty(table: Table, columns: Iterable[str] | None = None) -> pd.DataFrame:
    """A frame of `table` without rows, with all its columns or the named ones, rightly typed."""
    return from_arrow(table, arrow_schema(table, columns).empty_table())


def typed(table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    """`frame` cut to the declared columns, in declared order, each cast to its declared type."""
    return pd.DataFrame({column.name: _cast(table, column, frame) for column in table.columns})


def dtype(column: Column) -> object:
    """The pandas dtype of a column's values in frames."""
    if column.mode == "REQUIRED" and column.type in ("INT64", "BOOL"):
        return {"INT64": "int64", "BOOL": "bool"}[column.type]
    return _PANDAS_TYPES[column.type]


def _arrow_field(column: Column) -> pa.Field:
    return pa.field(column.name, _ARROW_TYPES[column.type], nullable=column.mode != "REQUIRED")


def _cast(table: Table, column: Column, frame: pd.DataFrame) -> Any:
    """The values of one column in its dtype, as they are where they have it already."""
    if column.name in frame.columns:
        values = frame[column.name].array
        if values.dtype == dtype(column) and not (column.mode == "REQUIRED" and values.isna().any()):
            return values
    # An array of nothing may come as Arrow's null type, whatever type was asked for.
    return _to_pandas(column, pa.chunked_array([_to_array(table, column, frame)]).cast(_ARROW_TYPES[column.type]))


def _to_pandas(column: Column, values: pa.ChunkedArray) -> Any:
    """The values of one column in its dtype; integers never by way of floats, which would lose large ids."""
    held: Any = _PANDAS_TYPES[column.type]
    if column.type in _AS_NUMPY:
        return values.cast(_AS_NUMPY[column.type]).to_numpy()
    return held.__from_arrow__(values).astype(dtype(column), copy=False)


def _to_array(table: Table, column: Column, frame: pd.DataFrame) -> pa.Array:
    arrow_type = _ARROW_TYPES[column.type]
    if column.name not in frame.columns:
        if column.mode == "REQUIRED":
            raise FrameError(f"{table}.{column.name} is REQUIRED and the frame lacks it")
        return pa.nulls(len(frame), arrow_type)
    try:
        array = pa.Array.from_pandas(frame[column.name], type=arrow_type)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise FrameError(f"{table}.{column.name} must be {column.type}: {error}") from error
    if column.mode == "REQUIRED" and array.null_count:
        raise FrameError(f"{table}.{column.name} is REQUIRED and {array.null_count} of {len(array)} rows hold NULL")
    return array
