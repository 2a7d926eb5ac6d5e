"""What a table holds before a write, as far as the write must know, and what follows from it.

Facts are read through the Storage Read API, a few columns of the write's days only, while the table's slot is held: no
other writer changes them meanwhile.
"""

import datetime as dt
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from nba_pipeline.bigquery.connection import Connection
from nba_pipeline.bigquery.reader import read_arrow
from nba_pipeline.frames import DayRows
from nba_pipeline.table import Table

# A partition that would keep less than this share of its rows lost them somewhere upstream, more often than not.
LEAST_SHARE = 0.8

_NAMED = 10


class ShrinkRefused(ValueError):
    """A write would leave days with far fewer rows than they have."""


def refuse_to_shrink(connection: Connection, table: Table, rows: DayRows, data: pa.Table) -> None:
    """Raises ShrinkRefused, with the list, where a day would keep less than 80 % of its rows.

    Days that the source itself calls empty may become so.
    """
    day_column = [str(table.day_column)]
    before = _rows_per_day(_read(connection, table, rows.days, day_column))
    after = _rows_per_day(data.select(day_column))
    shrunk = [
        f"  {day}: {before[day]:,} rows, {after.get(day, 0):,} after the write"
        for day in sorted(rows.days)
        if after.get(day, 0) < LEAST_SHARE * before.get(day, 0) and not (day in rows.empty_days and day not in after)
    ]
    if shrunk:
        raise ShrinkRefused(
            f"{table}: {len(shrunk)} of {len(rows.days)} days would lose more than {1 - LEAST_SHARE:.0%} of their "
            f"rows, so nothing was written:\n{_first_of(shrunk)}\nLook whether files or upstream rows are missing. If "
            "the days are right as they are now, run them again with force (nba-pipeline backfill --force)."
        )


def _first_of(lines: Sequence[str]) -> str:
    more = len(lines) - _NAMED
    return "\n".join([*lines[:_NAMED], *([f"  and {more} more"] if more > 0 else [])])


def without_taken_inputs(connection: Connection, table: Table, days: Sequence[dt.date], data: pa.Table) -> pa.Table:
    """The rows of `data` whose inputs the table has no row of yet, on `days`."""
    names = list(table.inputs)
    taken = _read(connection, table, days, names).group_by(names).aggregate([])
    return data.join(taken, keys=names, join_type="left anti") if taken.num_rows else data


def _read(connection: Connection, table: Table, days: Sequence[dt.date], columns: Sequence[str]) -> pa.Table:
    return read_arrow(connection.reader, connection.project, table, min(days), max(days), columns)


def _rows_per_day(column: pa.Table) -> dict[dt.date, int]:
    return {item["values"]: item["counts"] for item in pc.value_counts(column.column(0)).to_pylist()}
