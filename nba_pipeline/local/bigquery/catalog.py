"""Datasets and tables: their REST resources, their partitions, and their rows' place in DuckDB.

Resources live in memory and, written in the same transaction as the change they describe, in `_meta`. A table's rows
are the DuckDB table `"project.dataset"."table"`.
"""

import json
import re
import threading
import time
import uuid
from dataclasses import dataclass
from typing import Any

from nba_pipeline.local.bigquery import partitions, types
from nba_pipeline.local.bigquery.database import Database, Transaction
from nba_pipeline.local.bigquery.errors import (
    ApiError,
    duplicate,
    invalid,
    not_found,
    precondition_failed,
    refuse_uncovered,
    required,
)

Resource = dict[str, Any]

_PROJECT_NAME = re.compile(r"[\w.:-]{1,100}", re.ASCII)
_DATASET_NAME = re.compile(r"\w{1,1024}", re.ASCII)
_TABLE_NAME = re.compile(r"[\w\- ]{1,1024}")
_BUFFER = "$buffer"
_SERVER_SET = ("kind", "id", "selfLink", "etag", "creationTime", "lastModifiedTime", "numRows", "numBytes", "type")
_COVERED = {
    *_SERVER_SET,
    *("tableReference", "location", "numLongTermBytes", "streamingBuffer"),  # clients send back what they were given
    *("schema", "timePartitioning", "rangePartitioning", "clustering", "requirePartitionFilter"),
    *("description", "friendlyName", "labels", "expirationTime"),
}


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
    def buffer_sql(self) -> str:
        """The quoted name of the DuckDB table that holds the table's streamed rows, where there are any."""
        return f'{dataset_sql(self.project, self.dataset)}."{self.name}{_BUFFER}"'

    @property
    def reference(self) -> Resource:
        """The REST tableReference."""
        return {"projectId": self.project, "datasetId": self.dataset, "tableId": self.name}

    def split_decorator(self) -> "tuple[TableId, str | None]":
        """`t$20240105` as the table and its partition id; the id is None without a decorator."""
        name, _, partition = self.name.partition("$")
        return TableId(self.project, self.dataset, name), partition or None


def dataset_sql(project: str, dataset: str) -> str:
    """The DuckDB schema's quoted name."""
    return f'"{project}.{dataset}"'


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
        self.streamed: set[TableId] = set()  # the tables that have a buffer of streamed rows
        with database.transaction() as transaction:
            for project, name, text in transaction.execute("SELECT * FROM _meta.datasets"):
                self._datasets[project, name] = json.loads(text)
            for project, name, table, text in transaction.execute("SELECT * FROM _meta.tables"):
                self._tables[TableId(project, name, table)] = json.loads(text)
            for (stored,) in transaction.execute("SELECT schema_name || '.' || table_name FROM duckdb_tables()"):
                self.streamed |= {
                    table
                    for table in self._tables
                    if stored == f"{table.project}.{table.dataset}.{table.name}{_BUFFER}"
                }
        self.sweep()

    # -- datasets ------------------------------------------------------------------------------------------------

    def insert_dataset(self, project: str, resource: Resource) -> Resource:
        """Creates a dataset; 409 where it exists."""
        name = required(resource, "datasetReference", "datasetId")
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
        self.sweep()
        held = [TableId.of(table["tableReference"]) for table in self.tables(project, name)]
        if held and not delete_contents:
            raise invalid(f"Dataset {project}:{name} is still in use")
        with self._database.exclusive(held), self._lock, self._database.transaction() as transaction:
            self.dataset(project, name)
            for table in held:
                self.drop(transaction, table)
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
        partitions.check(filled)
        fields = filled["schema"]["fields"]
        transaction.execute(f"CREATE TABLE {table.sql} ({columns_sql(fields) or '_no_columns INTEGER'})")
        return self.store(transaction, table, filled)

    def drop(self, transaction: Transaction, table: TableId) -> None:
        """Drops a table and its rows."""
        transaction.execute(f"DROP TABLE IF EXISTS {table.sql}")
        self._drop_buffer(transaction, table)
        transaction.execute(
            "DELETE FROM _meta.tables WHERE project = ? AND dataset = ? AND name = ?",
            [table.project, table.dataset, table.name],
        )
        transaction.after_commit(lambda: _discard(self._tables, table))

    def _drop_buffer(self, transaction: Transaction, table: TableId) -> None:
        if table in self.streamed:
            transaction.execute(f"DROP TABLE {table.buffer_sql}")
            transaction.after_commit(lambda: self.streamed.discard(table))

    def change(self, transaction: Transaction, table: TableId, changes: Resource, etag: str | None = None) -> Resource:
        """Changes what `changes` names: labels, description, expiration, and of the schema new NULLABLE columns,
        descriptions and REQUIRED made NULLABLE; 400 for anything else of the schema, 412 for a stale etag."""
        current = self.table(table)
        _check_etag(current, etag)
        refuse_uncovered(changes, _COVERED, "tables with")
        merged = _merged(current, {k: v for k, v in changes.items() if k not in _SERVER_SET})
        if "schema" in changes:
            merged["schema"] = {"fields": types.normalised((changes["schema"] or {}).get("fields", []))}
            self._alter_columns(transaction, table, current["schema"]["fields"], merged["schema"]["fields"])
        return self.store(transaction, table, merged)

    def replace_schema(self, transaction: Transaction, table: TableId, fields: list[types.Field]) -> Resource:
        """Empties a table and gives it other columns, as WRITE_TRUNCATE of a whole table does."""
        changed = {**self.table(table), "schema": {"fields": fields}}
        partitions.check(changed)
        self._drop_buffer(transaction, table)
        transaction.execute(f"CREATE OR REPLACE TABLE {table.sql} ({columns_sql(fields)})")
        return self.store(transaction, table, changed)

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
                if table in self._tables and _is_expired(self._tables[table]):  # nobody made it anew meanwhile
                    self.drop(transaction, table)

    def add_column(self, transaction: Transaction, table: TableId, field: types.Field) -> None:
        """Adds a column to a table's rows; a REQUIRED one is refused."""
        if field["mode"] == "REQUIRED":
            raise _mismatch(table, f"Cannot add required fields to an existing schema. (field: {field['name']})")
        stored = [table.sql, table.buffer_sql] if table in self.streamed else [table.sql]
        for name in stored:
            transaction.execute(f"ALTER TABLE {name} ADD COLUMN {_column_sql(field)}")

    def _alter_columns(
        self, transaction: Transaction, table: TableId, old: list[types.Field], new: list[types.Field]
    ) -> None:
        after = {field["name"].lower(): field for field in new}
        for field in old:
            kept = after.pop(field["name"].lower(), None)
            _check_kept(table, field, kept)
            if kept is not None and field["mode"] != kept["mode"]:
                transaction.execute(f'ALTER TABLE {table.sql} ALTER COLUMN "{field["name"]}" DROP NOT NULL')
        for field in after.values():
            self.add_column(transaction, table, field)

    def _store_dataset(self, transaction: Transaction, project: str, name: str, resource: Resource) -> Resource:
        stored = {**resource, "etag": _new_etag(), "lastModifiedTime": _millis()}
        transaction.execute("DELETE FROM _meta.datasets WHERE project = ? AND dataset = ?", [project, name])
        transaction.execute("INSERT INTO _meta.datasets VALUES (?, ?, ?)", [project, name, json.dumps(stored)])
        transaction.after_commit(lambda: self._datasets.__setitem__((project, name), stored))
        return stored


def _new_table(table: TableId, resource: Resource, dataset: Resource) -> Resource:
    refuse_uncovered(resource, _COVERED, "tables with")
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


def _check_kept(table: TableId, field: types.Field, kept: types.Field | None) -> None:
    """Refuses what may not become of a column: only REQUIRED may turn into NULLABLE."""
    name = field["name"]
    if kept is None:
        raise _mismatch(table, f"Field {name} is missing in new schema")
    if types.duckdb_type(kept) != types.duckdb_type(field):
        raise _mismatch(table, f"Field {name} has changed type from {field['type']} to {kept['type']}")
    if field["mode"] != kept["mode"] and (field["mode"], kept["mode"]) != ("REQUIRED", "NULLABLE"):
        raise _mismatch(table, f"Field {name} has changed mode from {field['mode']} to {kept['mode']}")


def _mismatch(table: TableId, difference: str) -> ApiError:
    return invalid(f"Provided Schema does not match Table {table}. {difference}")


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
