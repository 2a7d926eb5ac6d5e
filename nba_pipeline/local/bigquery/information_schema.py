"""INFORMATION_SCHEMA views, built from the catalog and the job list when a query asks for them."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pyarrow as pa

from nba_pipeline.local.bigquery import types
from nba_pipeline.local.bigquery.catalog import Catalog, Resource, TableId
from nba_pipeline.local.bigquery.database import Transaction
from nba_pipeline.local.bigquery.errors import invalid_query, not_implemented
from nba_pipeline.local.bigquery.jobs import Job, Jobs
from nba_pipeline.local.bigquery.partitions import OUTSIDE, partition_ids, partitioning

_TEXT, _WHOLE, _TIME = pa.string(), pa.int64(), pa.timestamp("us", tz="UTC")
_REFERENCE = pa.struct([("project_id", _TEXT), ("dataset_id", _TEXT), ("table_id", _TEXT)])
_LABELS = pa.list_(pa.struct([("key", _TEXT), ("value", _TEXT)]))
_ERROR = pa.struct([("reason", _TEXT), ("location", _TEXT), ("message", _TEXT)])
_DML = pa.struct([("inserted_row_count", _WHOLE), ("deleted_row_count", _WHOLE), ("updated_row_count", _WHOLE)])

_PARTITIONS = pa.schema(
    [
        ("table_catalog", _TEXT),
        ("table_schema", _TEXT),
        ("table_name", _TEXT),
        ("partition_id", _TEXT),
        ("total_rows", _WHOLE),
        ("total_logical_bytes", _WHOLE),
        ("last_modified_time", _TIME),
        ("storage_tier", _TEXT),
    ]
)
_TABLES = pa.schema(
    [
        ("table_catalog", _TEXT),
        ("table_schema", _TEXT),
        ("table_name", _TEXT),
        ("table_type", _TEXT),
        ("creation_time", _TIME),
    ]
)
_COLUMNS = pa.schema(
    [
        ("table_catalog", _TEXT),
        ("table_schema", _TEXT),
        ("table_name", _TEXT),
        ("column_name", _TEXT),
        ("ordinal_position", _WHOLE),
        ("is_nullable", _TEXT),
        ("data_type", _TEXT),
        ("is_partitioning_column", _TEXT),
        ("clustering_ordinal_position", _WHOLE),
    ]
)
_JOBS = pa.schema(
    [
        ("project_id", _TEXT),
        ("job_id", _TEXT),
        ("parent_job_id", _TEXT),
        ("creation_time", _TIME),
        ("start_time", _TIME),
        ("end_time", _TIME),
        ("state", _TEXT),
        ("job_type", _TEXT),
        ("statement_type", _TEXT),
        ("user_email", _TEXT),
        ("query", _TEXT),
        ("total_bytes_processed", _WHOLE),
        ("total_bytes_billed", _WHOLE),
        ("destination_table", _REFERENCE),
        ("labels", _LABELS),
        ("error_result", _ERROR),
        ("dml_statistics", _DML),
    ]
)

_STANDARD = {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL", "RECORD": "STRUCT"}


class InformationSchema:
    """The views, each as Arrow."""

    def __init__(self, catalog: Catalog, jobs: Jobs) -> None:
        self._catalog, self._jobs = catalog, jobs

    def view(self, transaction: Transaction, project: str, parts: list[str]) -> pa.Table:
        """The view that an identifier's parts name, e.g. dataset.INFORMATION_SCHEMA.PARTITIONS."""
        words = ".".join(parts).split(".")
        at = [word.upper() for word in words].index("INFORMATION_SCHEMA")
        name, scope = ".".join(words[at + 1 :]).upper(), words[:at]
        if name in ("JOBS", "JOBS_BY_PROJECT", "JOBS_BY_USER"):
            owner = scope[0] if len(scope) == 2 else project
            return pa.Table.from_pylist([_job_row(job) for job in self._jobs.of_project(owner)], schema=_JOBS)
        if name not in _OF_TABLES:
            raise not_implemented(f"INFORMATION_SCHEMA.{name}")
        if not scope or scope[-1].lower().startswith("region-"):
            raise invalid_query(f"INFORMATION_SCHEMA.{name} must be qualified with a dataset")
        owner = scope[0] if len(scope) == 2 else project
        self._catalog.dataset(owner, scope[-1])
        schema, rows_of = _OF_TABLES[name]
        tables = self._catalog.tables(owner, scope[-1])
        return pa.Table.from_pylist(
            [row for table in tables for row in rows_of(self._catalog, transaction, table)], schema=schema
        )


def _table_row(_: Catalog, __: Transaction, table: Resource) -> list[Resource]:
    return [{**_names(table), "table_type": "BASE TABLE", "creation_time": _time(table["creationTime"])}]


def _column_rows(_: Catalog, __: Transaction, table: Resource) -> list[Resource]:
    cut = partitioning(table)
    clustered = (table.get("clustering") or {}).get("fields", [])
    return [
        {
            **_names(table),
            "column_name": field["name"],
            "ordinal_position": position,
            "is_nullable": "NO" if field["mode"] == "REQUIRED" else "YES",
            "data_type": _standard_type(field),
            "is_partitioning_column": "YES" if cut and cut.column == field["name"] else "NO",
            "clustering_ordinal_position": clustered.index(field["name"]) + 1 if field["name"] in clustered else None,
        }
        for position, field in enumerate(table["schema"]["fields"], 1)
    ]


def _partition_rows(catalog: Catalog, transaction: Transaction, table: Resource) -> list[Resource]:
    table_id, cut = TableId.of(table["tableReference"]), partitioning(table)
    if cut is None:
        [(count,)] = transaction.execute(f"SELECT count(*) FROM {table_id.sql}")
        counted: list[tuple[str | None, int]] = [(None, count)]
    else:
        counted = [*partition_ids(transaction, cut, table_id.sql)]
    if table_id in catalog.streamed:
        [(count,)] = transaction.execute(f"SELECT count(*) FROM {table_id.buffer_sql}")
        counted += [(OUTSIDE, count)] if count else []
    size = types.row_bytes(table["schema"]["fields"])
    modified = {"last_modified_time": _time(table["lastModifiedTime"]), "storage_tier": "ACTIVE"}
    return [
        {**_names(table), "partition_id": found, "total_rows": n, "total_logical_bytes": n * size, **modified}
        for found, n in counted
    ]


_OF_TABLES: dict[str, tuple[pa.Schema, Callable[[Catalog, Transaction, Resource], list[Resource]]]] = {
    "TABLES": (_TABLES, _table_row),
    "COLUMNS": (_COLUMNS, _column_rows),
    "PARTITIONS": (_PARTITIONS, _partition_rows),
}


def _names(table: Resource) -> Resource:
    reference = table["tableReference"]
    return {
        "table_catalog": reference["projectId"],
        "table_schema": reference["datasetId"],
        "table_name": reference["tableId"],
    }


def _job_row(job: Job) -> Resource:
    statistics, query = job.statistics, job.configuration.get("query", {})
    destination = (job.configuration.get(job.kind.lower()) or {}).get("destinationTable") or {}
    dml = statistics.get("query", {}).get("dmlStats")
    return {
        "project_id": job.project,
        "job_id": job.job_id,
        "parent_job_id": statistics.get("parentJobId"),
        "creation_time": _time(statistics["creationTime"]),
        "start_time": _time(statistics.get("startTime")),
        "end_time": _time(statistics.get("endTime")),
        "state": job.state,
        "job_type": job.kind,
        "statement_type": statistics.get("query", {}).get("statementType"),
        "user_email": job.resource["user_email"],
        "query": query.get("query"),
        "total_bytes_processed": int(statistics.get("totalBytesProcessed", 0)),
        "total_bytes_billed": int(statistics.get("query", {}).get("totalBytesBilled", 0)),
        "destination_table": _destination(destination),
        "labels": [{"key": k, "value": v} for k, v in job.configuration.get("labels", {}).items()],
        "error_result": job.error,
        "dml_statistics": _dml_row(dml) if dml else None,
    }


def _destination(reference: Resource) -> Resource | None:
    if not reference:
        return None
    return {
        "project_id": reference["projectId"],
        "dataset_id": reference["datasetId"],
        "table_id": reference["tableId"],
    }


def _dml_row(counts: Resource) -> Resource:
    kinds = ("inserted", "deleted", "updated")
    return {f"{kind}_row_count": int(counts.get(f"{kind}RowCount", 0)) for kind in kinds}


def _standard_type(field: types.Field) -> str:
    kind = str(field["type"])
    name = _STANDARD.get(kind, kind)
    return f"ARRAY<{name}>" if field["mode"] == "REPEATED" else name


def _time(millis: Any) -> dt.datetime | None:
    return None if millis is None else dt.datetime.fromtimestamp(int(millis) / 1000, dt.UTC)
