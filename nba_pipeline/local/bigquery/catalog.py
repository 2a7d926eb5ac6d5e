"""Datasets and tables: their REST resources, their partitions, and their rows' place in DuckDB.

Resources live in memory and, written in the same transaction as the change they describe, in `_meta`. A table's rows
are the DuckDB table `"project.dataset"."table"`.
"""

import datetime as dt
import json
import re
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from nba_pipeline.local.bigquery import types
from nba_pipeline.local.bigquery.database import Database, Transaction
from nba_pipeline.local.bigquery.errors import duplicate, invalid, not_found, not_implemented, precondition_failed

Resource = dict[str, Any]

_PROJECT_NAME = re.compile(r"[\w.:-]{1,100}", re.ASCII)
_DATASET_NAME = re.compile(r"\w{1,1024}", re.ASCII)
_TABLE_NAME = re.compile(r"[\w\- ]{1,1024}")
_SERVER_SET = ("kind", "id", "selfLink", "etag", "creationTime", "lastModifiedTime", "numRows", "numBytes", "type")


@dataclass(frozen=True, slots=True, order=True)
class TableId:
    """Names one table."""

    project: str
    dataset: str
    name: str

    @classmethod
    def of(cls, reference: Resource) -> "TableId":
        """From a REST tableReference, whose name may end in a partition decorator: see `split_decorator`."""
        return cls(reference["projectId"], reference["datasetId"], reference["tableId"])

    def __str__(self) -> str:
        return f"{self.project}:{self.dataset}.{self.name}"

    @property
    def sql(self) -> str:
        """The DuckDB table's quoted name."""
        return f'{dataset_sql(self.project, self.dataset)}."{self.name}"'

    @property
    def reference(self) -> Resource:
        """The REST tableReference."""
        return {"projectId": self.project, "datasetId": self.dataset, "tableId": self.name}

    def split_decorator(self) -> "tuple[TableId, str | None]":
        """`t$20240105` as the table and its partition id; the id is None without a decorator."""
        name, _, partition = self.name.partition("$")
        return TableId(self.project, self.dataset, name), partition or None


@dataclass(frozen=True, slots=True)
class Partitioning:
    """How a table is cut: by day of a DATE or TIMESTAMP column, or by ranges of an integer column."""

    column: str
    column_type: str
    start: int = 0
    interval: int = 0

    @property
    def id_sql(self) -> str:
        """The partition id of a row, as BigQuery names partitions."""
        if self.interval:
            known = (
                f'CAST({self.start} + ("{self.column}" - {self.start}) // {self.interval} * {self.interval} AS VARCHAR)'
            )
        else:
            known = f"strftime(\"{self.column}\", '%Y%m%d')"
        return f"coalesce({known}, '__NULL__')"

    def matches_sql(self, partition: str) -> str:
        """The condition that a row lies in the partition of that id; raises where the id makes no sense."""
        if partition == "__NULL__":
            return f'"{self.column}" IS NULL'
        if not re.fullmatch(r"\d+", partition):
            raise invalid(f"Invalid partition id {partition}")
        if self.interval:
            return f'"{self.column}" >= {partition} AND "{self.column}" < {int(partition) + self.interval}'
        try:
            day = dt.datetime.strptime(partition, "%Y%m%d").replace(tzinfo=dt.UTC)
        except ValueError:
            raise invalid(f"Invalid time partition id {partition}: use YYYYMMDD") from None
        after = day + dt.timedelta(days=1)
        return f"\"{self.column}\" >= '{day:%Y-%m-%d}' AND \"{self.column}\" < '{after:%Y-%m-%d}'"


def dataset_sql(project: str, dataset: str) -> str:
    """The DuckDB schema's quoted name."""
    return f'"{project}.{dataset}"'


def partitioning(table: Resource) -> Partitioning | None:
    """How the table is partitioned, from its resource."""
    columns = {field["name"].lower(): field for field in table["schema"]["fields"]}
    if by_time := table.get("timePartitioning"):
        column = columns[by_time["field"].lower()]
        return Partitioning(column["name"], column["type"])
    if by_range := table.get("rangePartitioning"):
        column, bounds = columns[by_range["field"].lower()], by_range["range"]
        return Partitioning(column["name"], "INTEGER", int(bounds["start"]), int(bounds["interval"]))
    return None


def requires_filter(table: Resource) -> bool:
    """Whether queries must filter on the partition column."""
    return bool(table.get("requirePartitionFilter") or table.get("timePartitioning", {}).get("requirePartitionFilter"))


def columns_sql(fields: list[types.Field]) -> str:
    """The column list of CREATE TABLE."""
    return ", ".join(_column_sql(field) for field in fields)


class Catalog:
    """All datasets and tables of all projects."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.RLock()
        self._datasets: dict[tuple[str, str], Resource] = {}
        self._tables: dict[TableId, Resource] = {}
        with database.transaction() as transaction:
            for project, name, text in transaction.execute("SELECT * FROM _meta.datasets"):
                self._datasets[project, name] = json.loads(text)
            for project, name, table, text in transaction.execute("SELECT * FROM _meta.tables"):
                self._tables[TableId(project, name, table)] = json.loads(text)

    # -- datasets ------------------------------------------------------------------------------------------------

    def insert_dataset(self, project: str, resource: Resource) -> Resource:
        """Creates a dataset; 409 where it exists."""
        name = resource["datasetReference"]["datasetId"]
        if not _PROJECT_NAME.fullmatch(project):
            raise invalid(f'Invalid project ID "{project}".')
        if not _DATASET_NAME.fullmatch(name):
            raise invalid(f'Invalid dataset ID "{name}". Dataset IDs must be alphanumeric (plus underscores).')
        with self._lock, self._database.transaction() as transaction:
            if (project, name) in self._datasets:
                raise duplicate("Dataset", f"{project}:{name}")
            transaction.execute(f"CREATE SCHEMA {dataset_sql(project, name)}")
            filled = {
                "kind": "bigquery#dataset",
                "location": "US",
                **resource,
                "id": f"{project}:{name}",
                "datasetReference": {"projectId": project, "datasetId": name},
                "creationTime": _millis(),
            }
            return self._store_dataset(transaction, project, name, filled)

    def dataset(self, project: str, name: str) -> Resource:
        """A dataset's resource; 404 where it does not exist."""
        try:
            return self._datasets[project, name]
        except KeyError:
            raise not_found("Dataset", f"{project}:{name}") from None

    def datasets(self, project: str) -> list[Resource]:
        """The project's datasets by name."""
        return [self._datasets[key] for key in sorted(self._datasets) if key[0] == project]

    def patch_dataset(self, project: str, name: str, changes: Resource, etag: str | None) -> Resource:
        """Changes what `changes` names; a None value removes."""
        with self._lock, self._database.transaction() as transaction:
            current = self.dataset(project, name)
            _check_etag(current, etag)
            return self._store_dataset(transaction, project, name, _merged(current, changes))

    def delete_dataset(self, project: str, name: str, delete_contents: bool) -> None:
        """Deletes a dataset; 400 where it still holds tables and `delete_contents` is not said."""
        with self._lock, self._database.transaction() as transaction:
            self.dataset(project, name)
            held = self.tables(project, name)
            if held and not delete_contents:
                raise invalid(f"Dataset {project}:{name} is still in use")
            for table in held:
                self.drop(transaction, TableId.of(table["tableReference"]))
            transaction.execute(f"DROP SCHEMA {dataset_sql(project, name)} CASCADE")
            transaction.execute("DELETE FROM _meta.datasets WHERE project = ? AND dataset = ?", [project, name])
            transaction.after_commit(lambda: _discard(self._datasets, (project, name)))

    # -- tables --------------------------------------------------------------------------------------------------

    def table(self, table: TableId) -> Resource:
        """A table's resource as stored; 404 where it or its dataset does not exist, or where it expired."""
        self.dataset(table.project, table.dataset)
        found = self._tables.get(table)
        if found is None or _is_expired(found):
            raise not_found("Table", table)
        return found

    def has(self, table: TableId) -> bool:
        """Whether the table exists and has not expired."""
        found = self._tables.get(table)
        return found is not None and not _is_expired(found)

    def touch(self, transaction: Transaction, table: TableId) -> None:
        """Notes that a table's rows changed."""
        self.store(transaction, table, self.table(table))

    def tables(self, project: str, dataset: str) -> list[Resource]:
        """The dataset's tables by name, expired ones left out."""
        found = [
            (key, value)
            for key, value in list(self._tables.items())
            if (key.project, key.dataset) == (project, dataset)
        ]
        return [value for _, value in sorted(found, key=lambda item: item[0]) if not _is_expired(value)]

    def create(self, transaction: Transaction, table: TableId, resource: Resource, replace: bool = False) -> Resource:
        """Creates an empty table; 409 where it exists, unless it is to be replaced. The caller holds its lock."""
        dataset = self.dataset(table.project, table.dataset)
        if not _TABLE_NAME.fullmatch(table.name):
            raise invalid(f'Invalid table ID "{table.name}".')
        if table in self._tables:
            if not (replace or _is_expired(self._tables[table])):
                raise duplicate("Table", table)
            self.drop(transaction, table)
        filled = _new_table(table, resource, dataset)
        _check_partitioning(filled)
        fields = filled["schema"]["fields"]
        transaction.execute(f"CREATE TABLE {table.sql} ({columns_sql(fields) or '_no_columns INTEGER'})")
        return self.store(transaction, table, filled)

    def drop(self, transaction: Transaction, table: TableId) -> None:
        """Drops a table and its rows."""
        transaction.execute(f"DROP TABLE IF EXISTS {table.sql}")
        transaction.execute(
            "DELETE FROM _meta.tables WHERE project = ? AND dataset = ? AND name = ?",
            [table.project, table.dataset, table.name],
        )
        transaction.after_commit(lambda: _discard(self._tables, table))

    def change(self, transaction: Transaction, table: TableId, changes: Resource, etag: str | None = None) -> Resource:
        """Changes what `changes` names: labels, description, expiration, and of the schema new NULLABLE columns,
        descriptions and REQUIRED made NULLABLE; 400 for anything else of the schema, 412 for a stale etag."""
        current = self.table(table)
        _check_etag(current, etag)
        merged = _merged(current, {k: v for k, v in changes.items() if k not in _SERVER_SET})
        if "schema" in changes:
            merged["schema"] = {"fields": types.normalised((changes["schema"] or {}).get("fields", []))}
            _alter_columns(transaction, table, current["schema"]["fields"], merged["schema"]["fields"])
        return self.store(transaction, table, merged)

    def replace_schema(self, transaction: Transaction, table: TableId, fields: list[types.Field]) -> Resource:
        """Empties a table and gives it other columns, as WRITE_TRUNCATE of a whole table does."""
        current = self.table(table)
        transaction.execute(f"CREATE OR REPLACE TABLE {table.sql} ({columns_sql(fields)})")
        return self.store(transaction, table, {**current, "schema": {"fields": fields}})

    def store(self, transaction: Transaction, table: TableId, resource: Resource) -> Resource:
        """Writes a table's resource with a new etag and time of change."""
        stored = {**resource, "etag": _new_etag(), "lastModifiedTime": _millis()}
        key = [table.project, table.dataset, table.name]
        transaction.execute("DELETE FROM _meta.tables WHERE project = ? AND dataset = ? AND name = ?", key)
        transaction.execute("INSERT INTO _meta.tables VALUES (?, ?, ?, ?)", [*key, json.dumps(stored)])
        transaction.after_commit(lambda: self._tables.__setitem__(table, stored))
        return stored

    def with_counts(self, resource: Resource) -> Resource:
        """A table's resource with numRows and numBytes of this moment."""
        table = TableId.of(resource["tableReference"])
        with self._database.transaction() as transaction:
            rows = transaction.execute(f"SELECT count(*) FROM {table.sql}")[0][0]
        size = rows * types.row_bytes(resource["schema"]["fields"])
        return {**resource, "numRows": str(rows), "numBytes": str(size), "numLongTermBytes": "0"}

    def sweep(self) -> None:
        """Drops what has expired."""
        for table in [key for key, value in list(self._tables.items()) if _is_expired(value)]:
            with self._database.exclusive([table]), self._database.transaction() as transaction:
                self.drop(transaction, table)

    def _store_dataset(self, transaction: Transaction, project: str, name: str, resource: Resource) -> Resource:
        stored = {**resource, "etag": _new_etag(), "lastModifiedTime": _millis()}
        transaction.execute("DELETE FROM _meta.datasets WHERE project = ? AND dataset = ?", [project, name])
        transaction.execute("INSERT INTO _meta.datasets VALUES (?, ?, ?)", [project, name, json.dumps(stored)])
        transaction.after_commit(lambda: self._datasets.__setitem__((project, name), stored))
        return stored


def _new_table(table: TableId, resource: Resource, dataset: Resource) -> Resource:
    for kind in ("view", "materializedView", "externalDataConfiguration", "tableConstraints", "cloneDefinition"):
        if resource.get(kind):
            raise not_implemented(f"tables with {kind}")
    filled = {
        "kind": "bigquery#table",
        "type": "TABLE",
        **resource,
        "id": str(table),
        "tableReference": table.reference,
        "location": dataset["location"],
        "creationTime": _millis(),
        "schema": {"fields": types.normalised((resource.get("schema") or {}).get("fields", []))},
    }
    lifetime = dataset.get("defaultTableExpirationMs")
    if lifetime and "expirationTime" not in resource:
        filled["expirationTime"] = str(int(time.time() * 1000) + int(lifetime))
    return filled


def _check_partitioning(table: Resource) -> None:
    columns = {field["name"].lower(): field for field in table["schema"]["fields"]}
    by_time, by_range = table.get("timePartitioning"), table.get("rangePartitioning")
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


def _alter_columns(transaction: Transaction, table: TableId, old: list[types.Field], new: list[types.Field]) -> None:
    after = {field["name"].lower(): field for field in new}
    for field in old:
        name, kept = field["name"], after.pop(field["name"].lower(), None)
        if kept is None:
            raise invalid(f"Provided Schema does not match Table {table}. Field {name} is missing in new schema")
        if types.duckdb_type(kept) != types.duckdb_type(field):
            raise invalid(
                f"Provided Schema does not match Table {table}. "
                f"Field {name} has changed type from {field['type']} to {kept['type']}"
            )
        if (field["mode"], kept["mode"]) == ("REQUIRED", "NULLABLE"):
            transaction.execute(f'ALTER TABLE {table.sql} ALTER COLUMN "{name}" DROP NOT NULL')
        elif field["mode"] != kept["mode"]:
            raise invalid(
                f"Provided Schema does not match Table {table}. "
                f"Field {name} has changed mode from {field['mode']} to {kept['mode']}"
            )
    for field in after.values():
        add_column(transaction, table, field)


def add_column(transaction: Transaction, table: TableId, field: types.Field) -> None:
    """Adds a column to a table's rows; a REQUIRED one is refused."""
    if field["mode"] == "REQUIRED":
        raise invalid(
            f"Provided Schema does not match Table {table}. "
            f"Cannot add required fields to an existing schema. (field: {field['name']})"
        )
    transaction.execute(f"ALTER TABLE {table.sql} ADD COLUMN {_column_sql(field)}")


def _column_sql(field: types.Field) -> str:
    constraint = " NOT NULL" if field["mode"] == "REQUIRED" else ""
    return f'"{field["name"]}" {types.duckdb_type(field)}{constraint}'


def _merged(current: Resource, changes: Resource) -> Resource:
    merged = dict(current)
    for name, value in changes.items():
        if value is None:
            merged.pop(name, None)
        elif name == "labels":
            labels = {**merged.get("labels", {}), **value}
            merged["labels"] = {key: label for key, label in labels.items() if label is not None}
        else:
            merged[name] = value
    return merged


def _check_etag(resource: Resource, etag: str | None) -> None:
    if etag not in (None, "*", resource["etag"]):
        raise precondition_failed()


def _is_expired(table: Resource) -> bool:
    expires = table.get("expirationTime")
    return expires is not None and int(expires) <= time.time() * 1000


def _new_etag() -> str:
    return uuid.uuid4().hex


def _discard(resources: dict[Any, Resource], key: object) -> None:
    resources.pop(key, None)


def _millis() -> str:
    return str(int(time.time() * 1000))


def partition_ids(transaction: Transaction, cut: Partitioning, source: str) -> Iterator[tuple[str, int]]:
    """Each partition id among the rows of `source` with its number of rows."""
    yield from transaction.execute(f"SELECT {cut.id_sql}, count(*) FROM {source} GROUP BY 1 ORDER BY 1")
