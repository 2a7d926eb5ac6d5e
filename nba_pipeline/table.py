"""What a BigQuery table is: declared once, as plain data.

From a `Table` come its DDL and load schema (`bigquery/`), the types of its frames (`frames`), Dagster's column
schema and checks (`defs/`) and the reference docs. Nothing here talks to BigQuery, and nothing is inferred from data.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

ColumnType = Literal["STRING", "INT64", "FLOAT64", "BOOL", "DATE", "TIMESTAMP", "NUMERIC"]
Mode = Literal["REQUIRED", "NULLABLE", "REPEATED"]
Strategy = Literal["replace", "upsert", "append", "insert-new"]

_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,127}")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `description` says what a value means, with its unit and, where it has one, its formula."""

    name: str
    type: ColumnType
    description: str
    mode: Mode = "NULLABLE"

    def __post_init__(self) -> None:
        if not _IDENTIFIER.fullmatch(self.name):
            raise ValueError(f"column name {self.name!r}: use lower-case letters, digits and underscores")
        if not self.description:
            raise ValueError(f"column {self.name}: say what a value means")


def required(name: str, type: ColumnType, description: str) -> Column:
    """A column that is never NULL."""
    return Column(name, type, description, "REQUIRED")


def nullable(name: str, type: ColumnType, description: str) -> Column:
    """A column that may be NULL: unknown, or not applicable to the row."""
    return Column(name, type, description)


@dataclass(frozen=True, slots=True)
class Table:
    """A BigQuery table.

    `key` is the grain: no two rows of a table, of an append no two of one input, agree in all key columns.
    `partition_by` is a REQUIRED DATE column, the
    Eastern game day; a REQUIRED INT64 one, a year; or None. `strategy` names how a write changes the table
    (`bigquery/strategies.py`); a table without days is written by key:

    - upsert needs `newest_by`, a REQUIRED column in which the newer of two rows of one key is the greater;
    - append needs `inputs`, the REQUIRED columns that name the input a row came from: each is taken once.

    Raises ValueError where the declaration contradicts itself.
    """

    dataset: str
    name: str
    description: str
    columns: Sequence[Column]
    key: Sequence[str]
    partition_by: str | None = "game_date"
    cluster_by: Sequence[str] = ()
    strategy: Strategy = "replace"
    newest_by: str | None = None
    inputs: Sequence[str] = ()
    require_partition_filter: bool = True

    def __post_init__(self) -> None:
        for identifier in (self.dataset, self.name):
            if not _IDENTIFIER.fullmatch(identifier):
                raise ValueError(f"{identifier!r}: use lower-case letters, digits and underscores")
        self._check_columns()
        self._check_strategy()

    def _check_columns(self) -> None:
        names = self.column_names
        if len(set(names)) != len(names):
            raise ValueError(f"{self}: a column is declared twice")
        single = [name for name in (self.newest_by, self.partition_by) if name]
        used = {*self.key, *self.cluster_by, *self.inputs, *single}
        if missing := sorted(used - set(names)):
            raise ValueError(f"{self}: declare {', '.join(missing)} among the columns")
        if self.partition_by:
            partition = self.column(self.partition_by)
            if partition.type not in ("DATE", "INT64") or partition.mode != "REQUIRED":
                raise ValueError(f"{self}: the partition column {partition.name} must be a REQUIRED DATE or INT64")
        if not self.key:
            raise ValueError(f"{self}: name the key, the columns no two rows share")

    def _check_strategy(self) -> None:
        """A strategy that compares rows needs columns to compare them by, and NULL equals nothing."""
        if (self.strategy == "upsert") != (self.newest_by is not None):
            raise ValueError(f"{self}: an upsert, and nothing else, names the column it finds the newest row by")
        if (self.strategy == "append") != bool(self.inputs):
            raise ValueError(f"{self}: an append, and nothing else, names the columns of its inputs")
        if self.day_column is None and self.strategy not in ("upsert", "insert-new"):
            raise ValueError(f"{self}: a table without days is written by upsert or insert-new")
        compared = {"upsert": (*self.key, self.newest_by or ""), "insert-new": self.key, "append": self.inputs}
        for name in compared.get(self.strategy, ()):
            if self.column(name).mode != "REQUIRED":
                raise ValueError(f"{self}: {name} must be REQUIRED, for {self.strategy} compares rows by it")

    def __str__(self) -> str:
        return f"{self.dataset}.{self.name}"

    @property
    def day_column(self) -> str | None:
        """The column whose days are the table's partitions; None where it has none."""
        return self.partition_by if self.partition_by and self.column(self.partition_by).type == "DATE" else None

    @property
    def grain(self) -> tuple[str, ...]:
        """The columns no two rows share: the key, of an append for each of its inputs."""
        return tuple(dict.fromkeys([*self.key, *self.inputs]))

    @property
    def column_names(self) -> list[str]:
        """The columns' names in declared order."""
        return [column.name for column in self.columns]

    def column(self, name: str) -> Column:
        """The column called `name`; KeyError where none is declared."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self} declares no column {name}")
