"""Streamed rows (insertAll): readable at once, closed to UPDATE, DELETE and MERGE for half an hour.

They lie in a table of their own beside the table, which readers see as one with it, and move over when their time is
up. The lock is coarser than BigQuery's: a MERGE on a table with streamed rows fails whichever rows it would touch.
"""

import time
from typing import Any

import pyarrow as pa

from nba_pipeline.local.bigquery import types, writes
from nba_pipeline.local.bigquery.catalog import Catalog, TableId
from nba_pipeline.local.bigquery.database import Database, Transaction
from nba_pipeline.local.bigquery.errors import ApiError, invalid_query

_STAMP = "_streamed_at"


class StreamingBuffers:
    """The streamed rows of all tables; `locked_seconds` is how long they stay closed to mutating DML."""

    def __init__(self, database: Database, catalog: Catalog, locked_seconds: float = 30 * 60) -> None:
        self._database, self._catalog, self._locked_seconds = database, catalog, locked_seconds
        self._insert_ids: dict[tuple[TableId, str], float] = {}
        with database.transaction() as transaction:
            query = (
                "SELECT database_name, schema_name, table_name FROM duckdb_tables() WHERE table_name LIKE '%$buffer'"
            )
            self._tables = {_table_of(schema, name) for _, schema, name in transaction.execute(query)}

    def insert(self, table: TableId, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Takes the rows of an insertAll request; returns its insertErrors, in which case nothing was taken."""
        fields = self._catalog.table(table)["schema"]["fields"]
        parsed, errors = _parse([row["json"] for row in rows], fields)
        if errors:
            return errors
        fresh = [row for row, given in zip(parsed, rows, strict=True) if self._is_new(table, given.get("insertId"))]
        data = pa.Table.from_pylist(fresh, schema=types.arrow_schema(fields))
        stamped = data.append_column(_STAMP, pa.array([time.time()] * len(fresh), pa.float64()))
        with self._database.exclusive([table]), self._database.transaction() as transaction:
            self._create(transaction, table)
            writes.insert(transaction, buffer_of(table), stamped)
            transaction.after_commit(lambda: self._tables.add(table))
        return []

    def source_sql(self, table: TableId) -> str | None:
        """A table with its streamed rows as a DuckDB query, or None where it has none."""
        if table not in self._tables:
            return None
        return f"SELECT * FROM {table.sql} UNION ALL SELECT * EXCLUDE ({_STAMP}) FROM {buffer_of(table).sql}"

    def settle(self, transaction: Transaction, table: TableId) -> None:
        """Moves rows whose time is up into the table; the caller holds its lock."""
        if table in self._tables:
            buffer, old = buffer_of(table).sql, f"{_STAMP} <= {time.time() - self._locked_seconds}"
            transaction.execute(f"INSERT INTO {table.sql} SELECT * EXCLUDE ({_STAMP}) FROM {buffer} WHERE {old}")
            transaction.execute(f"DELETE FROM {buffer} WHERE {old}")

    def refuse_mutation(
        self, transaction: Transaction, table: TableId, statement: str, where: str | None, values: dict[str, Any]
    ) -> None:
        """Refuses a mutating statement that would touch streamed rows; `where` None means any row."""
        if table not in self._tables:
            return
        condition = where or "true"
        query = f'SELECT 1 FROM {buffer_of(table).sql} AS "{table.name}" WHERE {condition} LIMIT 1'
        if transaction.execute(query, values):
            raise invalid_query(
                f"{statement} statement over table {table.project}.{table.dataset}.{table.name} would affect rows "
                "in the streaming buffer, which is not supported"
            )

    def resource(self, table: TableId) -> dict[str, str] | None:
        """The table's `streamingBuffer` part, or None where nothing is streamed."""
        if table not in self._tables:
            return None
        with self._database.transaction() as transaction:
            query = f"SELECT count(*), min({_STAMP}) FROM {buffer_of(table).sql}"
            [(count, oldest)] = transaction.execute(query)
        if not count:
            return None
        size = count * types.row_bytes(self._catalog.table(table)["schema"]["fields"])
        return {"estimatedRows": str(count), "estimatedBytes": str(size), "oldestEntryTime": str(int(oldest * 1000))}

    def _create(self, transaction: Transaction, table: TableId) -> None:
        create = f"CREATE TABLE IF NOT EXISTS {buffer_of(table).sql} AS SELECT *, 0.0::DOUBLE AS {_STAMP} "
        transaction.execute(f"{create} FROM {table.sql} LIMIT 0")

    def _is_new(self, table: TableId, insert_id: str | None) -> bool:
        """Whether the row was not sent before under that id within a minute, which is as long as BigQuery remembers."""
        if insert_id is None:
            return True
        now, last = time.monotonic(), self._insert_ids.get((table, insert_id))
        self._insert_ids[table, insert_id] = now
        return last is None or now - last > 60


def buffer_of(table: TableId) -> TableId:
    """The DuckDB table that holds a table's streamed rows."""
    return TableId(table.project, table.dataset, f"{table.name}$buffer")


def _table_of(schema: str, name: str) -> TableId:
    project, dataset = schema.rsplit(".", 1)
    return TableId(project, dataset, name.removesuffix("$buffer"))


def _parse(rows: list[dict[str, Any]], fields: list[types.Field]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    parsed, errors = [], []
    for index, row in enumerate(rows):
        try:
            parsed.append(parse_row(row, fields))
        except ApiError as error:
            errors.append({"index": index, "errors": [{**error.proto, "debugInfo": ""}]})
    return parsed, errors


def parse_row(row: dict[str, Any], fields: list[types.Field], ignore_unknown: bool = False) -> dict[str, Any]:
    """A JSON row as Python values by column; raises for an unknown column, a missing REQUIRED one or a misfit."""
    given = {name.lower(): value for name, value in row.items()}
    known = {field["name"].lower(): field for field in fields}
    if not ignore_unknown and (unknown := [name for name in row if name.lower() not in known]):
        raise ApiError(400, "invalid", f"no such field: {unknown[0]}.", unknown[0])
    for name, field in known.items():
        if field["mode"] == "REQUIRED" and given.get(name) is None:
            raise ApiError(400, "invalid", f"Missing required field: {field['name']}.", field["name"])
    return {field["name"]: types.from_json(given.get(name), field) for name, field in known.items()}
