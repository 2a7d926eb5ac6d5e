"""How a write changes a table: strategies turn "these rows for these days" into a plan of steps, and do nothing.

A plan is plain data, so it can be compared in tests and printed by a dry run; `writer.py` carries it out.

| strategy | one day | N days | mutating DML |
| --- | --- | --- | --- |
| replace | load into `table$YYYYMMDD`, WRITE_TRUNCATE | staging load, one MERGE ON FALSE | 0 / 1 |

Both ways are one atomic job from a reader's view: the partition goes from its old rows to its new ones, never through
none. A load job is not DML, so a single day costs nothing of the 2 + 20 DML queue of a table.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from nba_pipeline.table import Table


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
            f"WHEN NOT MATCHED BY SOURCE AND old.{self.table.partition_by} IN UNNEST(@days) THEN DELETE\n"
            f"WHEN NOT MATCHED BY TARGET THEN INSERT ({columns}) VALUES ({columns})"
        )


Step = LoadPartition | LoadStaging | ReplacePartitions


def plan(table: Table, days: Sequence[dt.date], write_id: str) -> list[Step]:
    """The steps that write a frame covering exactly `days` of `table`; `write_id` names the staging table."""
    if not days:
        return []
    if len(days) == 1:
        return [LoadPartition(table, days[0])]
    staging = f"_staging_{table.name}_{write_id}"
    return [LoadStaging(table, staging), ReplacePartitions(table, staging, tuple(sorted(days)))]
