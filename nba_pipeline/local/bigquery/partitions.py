"""Partitions: how a table is cut, the id of a row's partition, and what a partition decorator selects."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from nba_pipeline.local.bigquery.database import Transaction
from nba_pipeline.local.bigquery.errors import invalid, not_implemented, refuse_uncovered

Resource = dict[str, Any]

NULLS, OUTSIDE = "__NULL__", "__UNPARTITIONED__"
WHOLE = "*"  # stands for all of a table where a partition id is asked for


@dataclass(frozen=True, slots=True)
class Partitioning:
    """How a table is cut: by day of a DATE or TIMESTAMP column, or by ranges of an integer column."""

    column: str
    start: int = 0
    end: int = 0
    interval: int = 0

    @property
    def id_sql(self) -> str:
        """The partition id of a row, as BigQuery names partitions."""
        column = f'"{self.column}"'
        if not self.interval:
            return f"coalesce(strftime({column}, '%Y%m%d'), '{NULLS}')"
        known = f"CAST({column} - ({column} - {self.start}) % {self.interval} AS VARCHAR)"
        outside = f"{column} < {self.start} OR {column} >= {self.end}"
        return f"CASE WHEN {column} IS NULL THEN '{NULLS}' WHEN {outside} THEN '{OUTSIDE}' ELSE {known} END"

    def matches_sql(self, partition: str) -> str:
        """The condition that a row lies in the partition of that id; raises where the id makes no sense."""
        if partition == NULLS:
            return f'"{self.column}" IS NULL'
        if not re.fullmatch(r"\d+", partition):
            raise invalid(f"Invalid partition id {partition}")
        if self.interval:
            first = int(partition)
            if not self.start <= first < self.end or (first - self.start) % self.interval:
                raise invalid(f"Invalid partition id {partition}: no range of the table begins there")
            return f'"{self.column}" >= {first} AND "{self.column}" < {min(first + self.interval, self.end)}'
        try:
            day = dt.datetime.strptime(partition, "%Y%m%d").replace(tzinfo=dt.UTC)
        except ValueError:
            raise invalid(f"Invalid time partition id {partition}: use YYYYMMDD") from None
        after = day + dt.timedelta(days=1)
        return f"\"{self.column}\" >= '{day:%Y-%m-%d}' AND \"{self.column}\" < '{after:%Y-%m-%d}'"


def partitioning(table: Resource) -> Partitioning | None:
    """How the table is partitioned, from its resource."""
    columns = {field["name"].lower(): field for field in table["schema"]["fields"]}
    if by_time := table.get("timePartitioning"):
        column = columns[by_time["field"].lower()]
        return Partitioning(column["name"])
    if by_range := table.get("rangePartitioning"):
        column, bounds = columns[by_range["field"].lower()], by_range["range"]
        return Partitioning(column["name"], *(int(bounds[name]) for name in ("start", "end", "interval")))
    return None


def id_sql(table: Resource) -> str:
    """The partition id of a row as SQL: the same for every row where the table is not partitioned."""
    cut = partitioning(table)
    return cut.id_sql if cut else f"'{WHOLE}'"


def ids_in(transaction: Transaction, table: Resource, source: str) -> list[str]:
    """The ids of the partitions that the rows of `source` lie in, in order."""
    rows = transaction.execute(f"SELECT DISTINCT {id_sql(table)} AS id FROM {source} ORDER BY id")
    return [found for (found,) in rows]


def requires_filter(table: Resource) -> bool:
    """Whether queries must filter on the partition column."""
    return bool(table.get("requirePartitionFilter") or table.get("timePartitioning", {}).get("requirePartitionFilter"))


def partition_ids(transaction: Transaction, cut: Partitioning, source: str) -> Iterator[tuple[str, int]]:
    """Each partition id among the rows of `source` with its number of rows."""
    yield from transaction.execute(f"SELECT {cut.id_sql}, count(*) FROM {source} GROUP BY 1 ORDER BY 1")


def check(table: Resource) -> None:
    """Refuses partitioning and clustering that BigQuery or this server can not do; 400 or 501."""
    columns = {field["name"].lower(): field for field in table["schema"]["fields"]}
    by_time, by_range = table.get("timePartitioning"), table.get("rangePartitioning")
    refuse_uncovered(by_time or {}, ("type", "field", "requirePartitionFilter"), "timePartitioning with")
    if by_time and by_time.get("type", "DAY") != "DAY":
        raise not_implemented(f"partitioning by {by_time['type']}")
    if by_time and not by_time.get("field"):
        raise not_implemented("ingestion-time partitioning")
    for by in (by_time, by_range):
        if by and by["field"].lower() not in columns:
            raise invalid(f"The field specified for partitioning cannot be found in the schema: {by['field']}.")
    if by_time and columns[by_time["field"].lower()]["type"] not in ("DATE", "TIMESTAMP", "DATETIME"):
        kind = columns[by_time["field"].lower()]["type"]
        raise invalid(f"The field specified for time partitioning must be DATE, TIMESTAMP or DATETIME, not {kind}.")
    for name in (table.get("clustering") or {}).get("fields", []):
        if name.lower() not in columns:
            raise invalid(f"The field specified for clustering cannot be found in the schema: {name}.")
