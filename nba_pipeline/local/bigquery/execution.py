"""One statement under way: what the modules that run queries (query.py), DML (dml.py) and DDL (ddl.py) share."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from sqlglot import exp

from nba_pipeline.local.bigquery import sql, types
from nba_pipeline.local.bigquery.catalog import Catalog, Resource, TableId
from nba_pipeline.local.bigquery.commits import Changed
from nba_pipeline.local.bigquery.database import Transaction
from nba_pipeline.local.bigquery.errors import invalid_query
from nba_pipeline.local.bigquery.jobs import Job
from nba_pipeline.local.bigquery.partitions import id_sql, ids_in, partitioning
from nba_pipeline.local.bigquery.streaming import StreamingBuffers

COUNTS = {"INSERT": "insertedRowCount", "DELETE": "deletedRowCount", "UPDATE": "updatedRowCount"}


@dataclass
class Outcome:
    """What a statement did: rows of a query, or counts of a change by INSERT, UPDATE and DELETE."""

    kind: str
    rows: pa.Table | None = None
    affected: dict[str, int] | None = None
    bytes_processed: int = 0
    references: list[TableId] = field(default_factory=list)
    target: TableId | None = None
    changed: Changed = field(default_factory=Changed)

    @property
    def statistics(self) -> Resource:
        """The statement's part of a job's statistics."""
        query: Resource = {
            "statementType": self.kind,
            "totalBytesProcessed": str(self.bytes_processed),
            "totalBytesBilled": str(self.bytes_processed),
            "cacheHit": False,
            "referencedTables": [table.reference for table in self.references],
        }
        if self.affected is not None:
            query["numDmlAffectedRows"] = str(sum(self.affected.values()))
            query["dmlStats"] = {COUNTS[name]: str(count) for name, count in self.affected.items()}
        if self.target is not None and self.kind.startswith(("CREATE", "DROP", "ALTER")):
            query["ddlTargetTable"] = self.target.reference
        return {"query": query, "totalBytesProcessed": str(self.bytes_processed)}


@dataclass
class Session:
    """What a job's statements share: its configuration, parameters and, in a script, variables."""

    project: str
    config: Resource
    parameter_types: dict[str, str] = field(default_factory=dict)
    variable_types: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, job: Job) -> "Session":
        """From a job's configuration."""
        session = cls(job.project, job.configuration["query"])
        for position, parameter in enumerate(session.config.get("queryParameters", [])):
            name = (parameter.get("name") or f"_p{position}").lower()
            session.values[name] = types.parameter_value(parameter)
            session.parameter_types[name] = types.duckdb_parameter_type(parameter["parameterType"])
        return session


@dataclass
class Execution:
    """One statement under way: what its executor needs."""

    transaction: Transaction
    session: Session
    translator: sql.Translator
    statement: sql.Statement
    outcome: Outcome
    catalog: Catalog
    buffers: StreamingBuffers

    @property
    def target(self) -> TableId:
        """The table the statement changes."""
        if self.outcome.target is None:
            raise invalid_query(f"{self.statement.kind} names no table")
        return self.outcome.target

    def insert(self, text: str) -> int:
        """Runs an INSERT given as DuckDB's SQL, notes the partitions it goes to, and returns the number of rows."""
        rows = self._returning(text, "")
        self.outcome.changed.append(rows.column("id").unique().to_pylist())
        return rows.num_rows

    def mutate(self, tree: exp.Expression) -> int:
        """Runs an UPDATE or DELETE given as GoogleSQL, notes the partitions it mutates, and returns the row count."""
        with self._moves_noted(tree):
            rows = self._returning(self.translator.duckdb(tree), "")
        self.outcome.changed.mutate(rows.column("id").unique().to_pylist())
        return rows.num_rows

    def merge(self, tree: exp.Expression) -> dict[str, int]:
        """Runs a MERGE given as GoogleSQL, notes the partitions it changes, and returns its counts by action."""
        with self._moves_noted(tree):
            rows = self._returning(self.translator.duckdb(tree), "merge_action AS action, ")
        found = rows.group_by(["action", "id"]).aggregate([([], "count_all")]).to_pylist()
        self.outcome.changed.append([row["id"] for row in found])
        self.outcome.changed.mutate([row["id"] for row in found if row["action"] != "INSERT"])
        counts = dict.fromkeys(("INSERT", "UPDATE", "DELETE"), 0)
        for row in found:
            counts[row["action"]] += row["count_all"]
        return counts

    def _returning(self, text: str, more: str) -> pa.Table:
        """Runs DML given as DuckDB's SQL; returns the partition `id` of each row it wrote or deleted."""
        returning = f"{text} RETURNING {more}{id_sql(self.catalog.table(self.target))} AS id"
        return self.transaction.arrow(returning, self.session.values)

    @contextmanager
    def _moves_noted(self, tree: exp.Expression) -> Iterator[None]:
        """Notes the partitions that rows leave: RETURNING gives an updated row's new one alone.

        DuckDB gives a row another rowid, or leaves its partition column as it was, when it is updated.
        """
        cut = partitioning(self.catalog.table(self.target))
        if cut is None or not _assigns(tree, cut.column):
            yield
            return
        rows = f'SELECT rowid AS row, "{cut.column}" FROM {self.target.sql}'
        self.transaction.execute(f"CREATE TEMP TABLE _before AS {rows}")
        yield
        left = f'_before ANTI JOIN ({rows}) USING (row, "{cut.column}")'
        self.outcome.changed.mutate(ids_in(self.transaction, self.catalog.table(self.target), left))
        self.transaction.execute("DROP TABLE _before")

    def query(self, tree: exp.Expression) -> pa.Table:
        """The rows of a query given as GoogleSQL, in BigQuery's types."""
        rows = self.transaction.arrow(self.translator.duckdb(tree), self.session.values)
        return types.conform(rows, types.fields_of(rows.schema))


def _assigns(tree: exp.Expression, column: str) -> bool:
    """Whether an UPDATE, or an UPDATE clause of a MERGE, sets the column."""
    assignments = (found for update in tree.find_all(exp.Update) for found in update.expressions)
    return any(assignment.this.name.lower() == column.lower() for assignment in assignments)
