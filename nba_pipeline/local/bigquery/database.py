"""The DuckDB file: connections, transactions, and what makes a change durable.

A transaction holds a change's data, its table's metadata and its job's final record, so that a crash leaves all of
them or none. DuckDB's optimistic concurrency never meets a conflict, because writers hold the lock of their table.
"""

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from nba_pipeline.local.bigquery.dialect import MACROS

_META = """
CREATE SCHEMA IF NOT EXISTS _meta;
CREATE TABLE IF NOT EXISTS _meta.datasets (project VARCHAR, dataset VARCHAR, resource VARCHAR);
CREATE TABLE IF NOT EXISTS _meta.tables (project VARCHAR, dataset VARCHAR, name VARCHAR, resource VARCHAR);
CREATE TABLE IF NOT EXISTS _meta.jobs (recorded BIGINT, project VARCHAR, job_id VARCHAR, resource VARCHAR);
"""


class DataInUse(RuntimeError):
    """Another process has the database file open."""


class Transaction:
    """An open transaction on a connection of its own; ends by `commit` or `roll_back`."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor
        self._after_commit: list[Callable[[], None]] = []
        cursor.execute("BEGIN")

    def execute(self, sql: str, parameters: dict[str, Any] | Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
        """Runs a statement to its end and returns its rows."""
        return self._cursor.execute(sql, _used(sql, parameters)).fetchall()

    def arrow(self, sql: str, parameters: dict[str, Any] | None = None) -> pa.Table:
        """Runs a query and returns its rows as Arrow."""
        return self._cursor.sql(sql, params=_used(sql, parameters)).to_arrow_table()

    def keep(self, rows: pa.Table) -> str:
        """A query for `rows`, good until the transaction ends."""
        name = f"_rows_{id(rows)}"
        self._cursor.register(name, rows)
        return f"SELECT * FROM {name}"

    @contextmanager
    def relation(self, rows: pa.Table) -> Iterator[str]:
        """`rows` under a name that statements within the block can select from."""
        name = f"_rows_{id(rows)}"
        self._cursor.register(name, rows)
        try:
            yield name
        finally:
            self._cursor.unregister(name)

    def after_commit(self, action: Callable[[], None]) -> None:
        """Runs `action` once the transaction is durable, and not at all where it is rolled back."""
        self._after_commit.append(action)

    def commit(self) -> None:
        """Makes everything durable, then runs what waited for that."""
        try:
            self._cursor.execute("COMMIT")
        finally:
            self._cursor.close()
        for action in self._after_commit:
            action()

    def roll_back(self) -> None:
        """Undoes everything."""
        try:
            self._cursor.execute("ROLLBACK")
        except duckdb.TransactionException:  # the failed statement ended the transaction itself
            return
        finally:
            self._cursor.close()


def _used(sql: str, parameters: dict[str, Any] | Sequence[Any] | None) -> dict[str, Any] | Sequence[Any] | None:
    """The named parameters that occur in `sql`: DuckDB refuses the others."""
    if not isinstance(parameters, dict):
        return parameters
    return {name: value for name, value in parameters.items() if re.search(rf"\${name}\b", sql)} or None


class Database:
    """One DuckDB file, shared by all threads of the server."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._root = _connect(folder / "bigquery.duckdb")
        self._root.execute("SET GLOBAL TimeZone = 'UTC'")
        self._root.execute(_META)
        self._root.execute(MACROS)
        self._locks: dict[object, threading.RLock] = {}
        self._guard = threading.Lock()

    def begin(self) -> Transaction:
        """A transaction that the caller ends."""
        return Transaction(self._root.cursor())

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """A transaction that commits at the end of the block and rolls back where the block raises."""
        transaction = self.begin()
        try:
            yield transaction
        except BaseException:
            transaction.roll_back()
            raise
        transaction.commit()

    @contextmanager
    def exclusive(self, names: Sequence[object]) -> Iterator[None]:
        """Holds the write locks of these tables, taken in one order so that two writers never wait for each other."""
        with ExitStack() as held:
            for name in sorted(set(names), key=str):
                held.enter_context(self._lock(name))
            yield

    def close(self) -> None:
        """Writes the log into the file and closes it."""
        self._root.close()

    def _lock(self, name: object) -> threading.RLock:
        with self._guard:
            return self._locks.setdefault(name, threading.RLock())


def _connect(file: Path) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(str(file), config={"memory_limit": "4GB"})
    except duckdb.IOException as error:
        if "lock" not in str(error):
            raise
        raise DataInUse(
            f"another server uses {file.parent}: end that one, or choose another folder with --data"
        ) from error
