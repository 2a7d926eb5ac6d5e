"""Rows into a table or one partition of it: what loads, copies and query destinations have in common.

Everything here happens inside the caller's transaction, under the table's lock, so a write is whole or not at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from nba_pipeline.local.bigquery import types
from nba_pipeline.local.bigquery.catalog import Catalog, Resource, TableId
from nba_pipeline.local.bigquery.commits import Changed
from nba_pipeline.local.bigquery.database import Transaction
from nba_pipeline.local.bigquery.errors import ApiError, duplicate, invalid, not_found, not_implemented
from nba_pipeline.local.bigquery.partitions import WHOLE, ids_in, partitioning

# What Parquet or a query holds may go into a column of another type where nothing can be lost.
_WIDENINGS = {
    ("DATETIME", "TIMESTAMP"),
    ("TIMESTAMP", "DATETIME"),
    ("BYTES", "STRING"),
    ("STRING", "JSON"),
    ("STRING", "BYTES"),
    ("INTEGER", "NUMERIC"),
}


@dataclass(frozen=True)
class WriteOptions:
    """Dispositions and, for a table that is created, what it is to be."""

    write: str
    create: str
    new_table: Resource = field(default_factory=dict)
    allow_addition: bool = False
    declared: Sequence[types.Field] | None = None

    @classmethod
    def of(cls, config: Resource, default_write: str) -> "WriteOptions":
        """From a job's configuration of any kind."""
        updates = config.get("schemaUpdateOptions") or []
        if "ALLOW_FIELD_RELAXATION" in updates:
            raise not_implemented("ALLOW_FIELD_RELAXATION")
        kept = ("timePartitioning", "rangePartitioning", "clustering")
        declared = (config.get("schema") or {}).get("fields")
        return cls(
            write=config.get("writeDisposition", default_write),
            create=config.get("createDisposition", "CREATE_IF_NEEDED"),
            new_table={k: config[k] for k in kept if config.get(k)} | config.get("destinationTableProperties", {}),
            allow_addition="ALLOW_FIELD_ADDITION" in updates,
            declared=types.normalised(declared) if declared else None,
        )


def write(
    transaction: Transaction, catalog: Catalog, target: TableId, rows: pa.Table, options: WriteOptions
) -> Changed:
    """Writes `rows` into `target`, which may name one partition; returns what that changes."""
    table, partition = target.split_decorator()
    changed = Changed()
    fields = list(options.declared or types.fields_of(rows.schema))
    existing = _existing(catalog, table, options)
    if existing is None:
        existing = catalog.create(transaction, table, {**options.new_table, "schema": {"fields": fields}})
    elif options.write == "WRITE_EMPTY":
        _refuse_rows(transaction, existing, table, partition)
    elif options.write == "WRITE_TRUNCATE":
        changed.append([partition] if partition else ids_in(transaction, existing, table.sql))
        changed.mutate([partition or WHOLE])
        existing = _truncate(transaction, catalog, existing, table, partition, fields)
    existing = _evolve(transaction, catalog, existing, table, fields, options)
    conformed = _conform(rows, existing["schema"]["fields"], str(table))
    changed.append(insert(transaction, table, existing, conformed, partition))
    catalog.store(transaction, table, existing)
    return changed


def insert(
    transaction: Transaction, table: TableId, resource: Resource, rows: pa.Table, partition: str | None = None
) -> list[str]:
    """Appends rows that have exactly the table's columns; returns the partitions they go to.

    400 where that is not `partition` alone, where one is given.
    """
    columns = ", ".join(f'"{name}"' for name in rows.column_names)
    with transaction.relation(rows) as name:
        ids = ids_in(transaction, resource, name)
        _refuse_other_partitions(resource, ids, partition)
        transaction.execute(f"INSERT INTO {table.sql} ({columns}) SELECT {columns} FROM {name}")
    return ids


def _existing(catalog: Catalog, table: TableId, options: WriteOptions) -> Resource | None:
    catalog.dataset(table.project, table.dataset)
    try:
        return catalog.table(table)
    except ApiError:
        if options.create == "CREATE_NEVER":
            raise not_found("Table", table) from None
        return None


def _refuse_rows(transaction: Transaction, resource: Resource, table: TableId, partition: str | None) -> None:
    where = _partition_condition(resource, partition)
    if transaction.execute(f"SELECT 1 FROM {table.sql} WHERE {where} LIMIT 1"):
        raise duplicate("Table", table)


def _truncate(
    transaction: Transaction,
    catalog: Catalog,
    resource: Resource,
    table: TableId,
    partition: str | None,
    fields: list[types.Field],
) -> Resource:
    if partition is None and _shape(fields) != _shape(resource["schema"]["fields"]):
        return catalog.replace_schema(transaction, table, fields)
    transaction.execute(f"DELETE FROM {table.sql} WHERE {_partition_condition(resource, partition)}")
    return resource


def _partition_condition(resource: Resource, partition: str | None) -> str:
    if partition is None:
        return "true"
    cut = partitioning(resource)
    if cut is None:
        raise invalid("Cannot write to a partition of a table that is not partitioned")
    return cut.matches_sql(partition)


def _evolve(
    transaction: Transaction,
    catalog: Catalog,
    resource: Resource,
    table: TableId,
    fields: Sequence[types.Field],
    options: WriteOptions,
) -> Resource:
    known = {column["name"].lower() for column in resource["schema"]["fields"]}
    new = [{**column, "mode": _relaxed(column["mode"])} for column in fields if column["name"].lower() not in known]
    if not new:
        return resource
    names = ", ".join(column["name"] for column in new)
    if not options.allow_addition:
        raise invalid(f"Provided Schema does not match Table {table}. Cannot add fields (field: {names})")
    for column in new:
        catalog.add_column(transaction, table, column)
    return {**resource, "schema": {"fields": [*resource["schema"]["fields"], *new]}}


def _relaxed(mode: str) -> str:
    return "NULLABLE" if mode == "REQUIRED" else mode


def _conform(rows: pa.Table, fields: Sequence[types.Field], table: str) -> pa.Table:
    """The rows with the table's columns: matched by name, missing NULLABLE ones NULL, nothing cast silently."""
    found = {name.lower(): i for i, name in enumerate(rows.column_names)}
    if len(found) < rows.num_columns:
        raise invalid(f"Duplicate column names in {', '.join(rows.column_names)}. Column names are not case sensitive")
    arrays = [_column(rows, found.get(column["name"].lower()), column, table) for column in fields]
    schema = pa.schema([pa.field(column["name"], types.arrow_type(column)) for column in fields])
    return pa.table(arrays, schema=schema)


def _column(rows: pa.Table, index: int | None, column: types.Field, table: str) -> pa.ChunkedArray | pa.Array:
    name, kind = column["name"], types.arrow_type(column)
    if index is None:
        if column["mode"] == "REQUIRED":
            raise invalid(f"Provided Schema does not match Table {table}. Field {name} is missing in new schema")
        return pa.nulls(rows.num_rows, kind) if column["mode"] != "REPEATED" else pa.array([[]] * rows.num_rows, kind)
    values = rows.column(index)
    if column["mode"] == "REQUIRED" and values.null_count:
        raise invalid(f"Error while reading data, error message: Required field {name} cannot be null")
    _refuse_other_type(rows.schema.field(index), column)
    return values if values.type == kind else pc.cast(values, kind)


def _refuse_other_type(given: pa.Field, column: types.Field) -> None:
    if pa.types.is_null(given.type):
        return
    source = types.fields_of(pa.schema([given]))[0]
    same = source["type"] == column["type"] or (source["type"], column["type"]) in _WIDENINGS
    if not same or (source["mode"] == "REPEATED") != (column["mode"] == "REPEATED"):
        raise invalid(
            f"Error while reading data, error message: column '{column['name']}' has type {source['type']} "
            f"which does not match the target type {column['type']}"
        )


def _refuse_other_partitions(resource: Resource, ids: Sequence[str], partition: str | None) -> None:
    if partition is None:
        return
    if partitioning(resource) is None:
        raise invalid("Cannot write to a partition of a table that is not partitioned")
    if any(found != partition for found in ids):
        raise invalid(f"Some rows belong to different partitions rather than destination partition {partition}")


def _shape(fields: Sequence[types.Field]) -> list[tuple[Any, ...]]:
    return [(column["name"], types.duckdb_type(column), column["mode"]) for column in fields]
