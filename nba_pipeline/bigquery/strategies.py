"""How a write changes a table: strategies turn "these rows for these days" into a plan of steps, and do nothing.

A plan is plain data, so it can be compared in tests and printed by a dry run; `writer.py` carries it out.

| strategy | one day | N days | mutating DML |
| --- | --- | --- | --- |
| replace | load into `table$YYYYMMDD`, WRITE_TRUNCATE | staging load, one MERGE ON FALSE | 0 / 1 |
| upsert | staging load, one MERGE on the key | the same, once | 1 / 1 |
| insert-new | staging load, one MERGE on the key that only inserts | the same, once | 1 / 1 |
| append | one load, WRITE_APPEND | the same, once | 0 / 0 |

Each changes its table in one atomic job: a reader sees the old rows or the new ones, never a part of either. A load job
is not DML, so it costs nothing of the 2 + 20 DML queue of a table.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from nba_pipeline.table import Table

# What the names of staging tables begin with, and no declared one does.
STAGING_PREFIX = "_staging_"


@dataclass(frozen=True, slots=True)
class LoadPartition:
    """A load job that makes one partition exactly the rows of the frame."""

    table: Table
    day: dt.date

    dml_statements = 0

    def __str__(self) -> str:
        return f"load, WRITE_TRUNCATE -> {self.table}${self.day:%Y%m%d}"


@dataclass(frozen=True, slots=True)
class LoadStaging:
    """A load job that puts the frame into a staging table of its own, which expires by itself."""

    table: Table
    staging: str

    dml_statements = 0

    def __str__(self) -> str:
        return f"load, WRITE_TRUNCATE -> {self.table.dataset}.{self.staging}"


@dataclass(frozen=True, slots=True)
class LoadAppend:
    """A load job that adds the rows of inputs that the table has none of yet."""

    table: Table

    dml_statements = 0

    def __str__(self) -> str:
        return f"load, WRITE_APPEND -> {self.table}"


@dataclass(frozen=True, slots=True)
class ReplacePartitions:
    """One MERGE that deletes exactly the partitions `days` and inserts the staging table's rows."""

    table: Table
    staging: str
    days: tuple[dt.date, ...]

    dml_statements = 1

    def __str__(self) -> str:
        return f"MERGE {len(self.days)} days of {self.table} from {self.staging}"

    @property
    def sql(self) -> str:
        """The statement, with the days as the array parameter @days.

        `ON FALSE` matches nothing, so every old row of these days is deleted and every new one inserted; the
        condition on the partition column prunes the table to these partitions.
        """
        columns = ", ".join(self.table.column_names)
        return (  # identifiers come from the declared Table, values are the parameter
            f"MERGE `{self.table}` AS old USING `{self.table.dataset}.{self.staging}` AS new ON FALSE\n"  # noqa: S608
            f"WHEN NOT MATCHED BY SOURCE AND old.{self.table.day_column} IN UNNEST(@days) THEN DELETE\n"
            f"WHEN NOT MATCHED BY TARGET THEN INSERT ({columns}) VALUES ({columns})"
        )


@dataclass(frozen=True, slots=True)
class MergeByKey:
    """One MERGE that inserts the keys the table lacks and, in an upsert, updates those of which a newer row came.

    Rows of the staging table count when they lie in `days`, or when their key does now: that is how a key leaves a day
    it was moved from. `present` are the days on which the table holds any of these keys, to which the statement prunes
    it; None where that is still to be asked (`present_sql`). In a table without days every row counts.
    """

    table: Table
    staging: str
    days: tuple[dt.date, ...]
    present: tuple[dt.date, ...] | None

    dml_statements = 1

    def __str__(self) -> str:
        lookup = "days of the keys looked up, then " if self.present is None else ""
        return f"{lookup}MERGE by {', '.join(self.table.key)} into {self.table} from {self.staging}"

    def found_in(self, present: Sequence[dt.date]) -> "MergeByKey":
        """The step for keys that the table holds on the days `present`."""
        return replace(self, present=tuple(sorted({*present, *self.days})))

    @property
    def present_sql(self) -> str:
        """A query for the days on which the table holds keys that the write is about; it reads the key's columns."""
        day = self.table.day_column
        return (
            f"SELECT DISTINCT old.{day} FROM `{self.table}` AS old\n"  # noqa: S608 - as below
            f"JOIN `{self.table.dataset}.{self.staging}` AS new ON {self._same_key}\n"
            f"WHERE old.{day} >= '0001-01-01' AND (new.{day} IN UNNEST(@days) OR old.{day} IN UNNEST(@days))"
        )

    @property
    def sql(self) -> str:
        """The statement, with the days as the array parameters @days and @present.

        A row of an equal `newest_by` counts as newer: it is the same scrape, read by a later version of the code.
        """
        table, columns, day = self.table, ", ".join(self.table.column_names), self.table.day_column
        values = ", ".join(f"new.{name}" for name in table.column_names)
        assignments = ", ".join(f"{name} = new.{name}" for name in table.column_names)
        newer = f"new.{table.newest_by} >= old.{table.newest_by}"
        pruned = f" AND old.{day} IN UNNEST(@present)" if day else ""
        update = f"WHEN MATCHED AND {newer} THEN UPDATE SET {assignments}\n" if table.newest_by else ""
        chosen = f" AND new.{day} IN UNNEST(@days)" if day else ""
        return (  # identifiers come from the declared Table, values are parameters
            f"MERGE `{table}` AS old USING `{table.dataset}.{self.staging}` AS new\n"  # noqa: S608
            f"ON {self._same_key}{pruned}\n"
            f"{update}"
            f"WHEN NOT MATCHED BY TARGET{chosen} THEN INSERT ({columns}) VALUES ({values})"
        )

    @property
    def parameters(self) -> dict[str, tuple[dt.date, ...]]:
        """The values of the statement's array parameters."""
        return {"days": self.days, "present": self.present or ()} if self.table.day_column else {}

    @property
    def _same_key(self) -> str:
        return " AND ".join(f"old.{name} = new.{name}" for name in self.table.key)


Step = LoadPartition | LoadStaging | LoadAppend | ReplacePartitions | MergeByKey


def plan(table: Table, days: Sequence[dt.date], write_id: str) -> list[Step]:
    """The steps that write a frame for `days` of `table`; `write_id` names the staging table."""
    if not days:
        return []
    chunk, staging = tuple(sorted(days)), f"{STAGING_PREFIX}{table.name}_{write_id}"
    match table.strategy:
        case "append":
            return [LoadAppend(table)]
        case "replace" if len(days) == 1:
            return [LoadPartition(table, days[0])]
        case "replace":
            return [LoadStaging(table, staging), ReplacePartitions(table, staging, chunk)]
        case "upsert" | "insert-new":
            asked = table.day_column is not None and table.day_column not in table.key
            present = None if asked else chunk
            return [LoadStaging(table, staging), MergeByKey(table, staging, chunk, present)]
