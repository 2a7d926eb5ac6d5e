"""Streamed rows (insertAll): readable at once, closed to UPDATE, DELETE and MERGE for half an hour.

They lie in a table of their own beside the table, which readers see as one with it, and move over when their time is
up. The lock is coarser than BigQuery's: a MERGE on a table with streamed rows fails whichever rows it would touch.
"""

import time
from typing import Any

import pyarrow as pa

from nba_pipeline.local.bigquery import types
from nba_pipeline.local.bigquery.catalog import Catalog, Resource, TableId
from nba_pipeline.local.bigquery.database import Database, Transaction
from nba_pipeline.local.bigquery.errors import ApiError, invalid, invalid_query, refuse_uncovered

_STAMP = "_streamed_at"
_REMEMBERED_SECONDS = 60


class StreamingBuffers:
    """The streamed rows of all tables; `locked_seconds` is how long they stay closed to mutating DML."""

    def __init__(self, database: Database, catalog: Catalog, locked_seconds: float) -> None:
        self._database, self._catalog, self._locked_seconds = database, catalog, locked_seconds
        self._insert_ids: dict[tuple[TableId, str], float] = {}

    def insert(self, table: TableId, request: Resource) -> list[Resource]:
        """Takes the rows of an insertAll request; returns its insertErrors.

        One row that does not fit keeps all out, unless `skipInvalidRows` is set.
        """
        refuse_uncovered(request, ("kind", "rows", "skipInvalidRows", "ignoreUnknownValues"), "insertAll with")
        fields = self._catalog.table(table)["schema"]["fields"]
        given = request.get("rows", [])
        parsed, errors = _parse(given, fields, bool(request.get("ignoreUnknownValues")))
        if errors and not request.get("skipInvalidRows"):
            stopped = {"reason": "stopped", "location": "", "debugInfo": "", "message": ""}
            return [{"index": index, "errors": errors.get(index, [stopped])} for index in range(len(given))]
        with self._database.exclusive([table]):
            fresh = [row for index, row in parsed.items() if self._is_new(table, given[index].get("insertId"))]
            if fresh:
                self._store(table, pa.Table.from_pylist(fresh, schema=types.arrow_schema(fields)))
        return [{"index": index, "errors": found} for index, found in errors.items()]

    def source_sql(self, table: TableId) -> str | None:
        """A table with its streamed rows as a DuckDB query, or None where it has none."""
        if table not in self._catalog.streamed:
            return None
        return f"SELECT * FROM {table.sql} UNION ALL BY NAME SELECT * EXCLUDE ({_STAMP}) FROM {table.buffer_sql}"

    def settle(self, transaction: Transaction, table: TableId) -> None:
        """Moves rows whose time is up into the table; the caller holds its lock."""
        if table in self._catalog.streamed:
            old = f"{_STAMP} <= {time.time() - self._locked_seconds}"
            rows = f"SELECT * EXCLUDE ({_STAMP}) FROM {table.buffer_sql} WHERE {old}"
            transaction.execute(f"INSERT INTO {table.sql} BY NAME {rows}")
            transaction.execute(f"DELETE FROM {table.buffer_sql} WHERE {old}")

    def refuse_mutation(
        self, transaction: Transaction, table: TableId, statement: str, condition: str, values: dict[str, Any]
    ) -> None:
        """Refuses a mutating statement that would touch streamed rows: those that meet `condition`.

        The condition is what follows WHERE, with the table's alias in front: `AS t WHERE ...`.
        """
        if table not in self._catalog.streamed:
            return
        if transaction.execute(f"SELECT 1 FROM {table.buffer_sql} {condition} LIMIT 1", values):
            raise invalid_query(
                f"{statement} statement over table {table.project}.{table.dataset}.{table.name} would affect rows "
                "in the streaming buffer, which is not supported"
            )

    def resource(self, table: TableId) -> Resource | None:
        """The table's `streamingBuffer` part, or None where nothing is streamed."""
        if table not in self._catalog.streamed:
            return None
        with self._database.exclusive([table]), self._database.transaction() as transaction:
            self.settle(transaction, table)
            [(count, oldest)] = transaction.execute(f"SELECT count(*), min({_STAMP}) FROM {table.buffer_sql}")
        if not count:
            return None
        size = count * types.row_bytes(self._catalog.table(table)["schema"]["fields"])
        return {"estimatedRows": str(count), "estimatedBytes": str(size), "oldestEntryTime": str(int(oldest * 1000))}

    def _store(self, table: TableId, rows: pa.Table) -> None:
        with self._database.transaction() as transaction, transaction.relation(rows) as name:
            stamped = f"SELECT *, {time.time()}::DOUBLE AS {_STAMP}"
            transaction.execute(f"CREATE TABLE IF NOT EXISTS {table.buffer_sql} AS {stamped} FROM {table.sql} LIMIT 0")
            transaction.execute(f"INSERT INTO {table.buffer_sql} BY NAME {stamped} FROM {name}")
            transaction.after_commit(lambda: self._catalog.streamed.add(table))

    def _is_new(self, table: TableId, insert_id: str | None) -> bool:
        """Whether the row was not sent before under that id within a minute, which is as long as BigQuery remembers."""
        now = time.monotonic()
        while self._insert_ids and now - next(iter(self._insert_ids.values())) > _REMEMBERED_SECONDS:
            self._insert_ids.pop(next(iter(self._insert_ids)))
        return insert_id is None or self._insert_ids.setdefault((table, insert_id), now) == now


def _parse(
    rows: list[Resource], fields: list[types.Field], ignore_unknown: bool
) -> tuple[dict[int, Resource], dict[int, list[Resource]]]:
    """The rows that fit and the errors of those that do not, each by its index."""
    parsed, errors = {}, {}
    for index, row in enumerate(rows):
        try:
            parsed[index] = parse_row(row["json"], fields, ignore_unknown)
        except ApiError as error:
            errors[index] = [{**error.proto, "debugInfo": ""}]
    return parsed, errors


def parse_row(row: Any, fields: list[types.Field], ignore_unknown: bool = False) -> dict[str, Any]:
    """A JSON row as Python values by column; raises for an unknown column, a missing REQUIRED one or a misfit."""
    if not isinstance(row, dict):
        raise invalid("a row must be a JSON object")
    given = {name.lower(): value for name, value in row.items()}
    known = {field["name"].lower(): field for field in fields}
    if not ignore_unknown and (unknown := [name for name in row if name.lower() not in known]):
        raise ApiError(400, "invalid", f"no such field: {unknown[0]}.", unknown[0])
    for name, field in known.items():
        if field["mode"] == "REQUIRED" and given.get(name) is None:
            raise ApiError(400, "invalid", f"Missing required field: {field['name']}.", field["name"])
    return {field["name"]: types.from_json(given.get(name), field) for name, field in known.items()}
