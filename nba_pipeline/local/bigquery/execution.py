"""One statement under way: what the modules that run queries (query.py), DML (dml.py) and DDL (ddl.py) share."""

from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from sqlglot import exp

from nba_pipeline.local.bigquery import sql, types
from nba_pipeline.local.bigquery.catalog import Catalog, Resource, TableId
from nba_pipeline.local.bigquery.database import Transaction
from nba_pipeline.local.bigquery.errors import invalid_query
from nba_pipeline.local.bigquery.jobs import Job
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

    def run(self, tree: exp.Expression) -> int:
        """Runs an INSERT, UPDATE or DELETE given as GoogleSQL; returns the number of rows."""
        [(count,)] = self.transaction.execute(self.translator.duckdb(tree), self.session.values)
        return count

    def query(self, tree: exp.Expression) -> pa.Table:
        """The rows of a query given as GoogleSQL, in BigQuery's types."""
        rows = self.transaction.arrow(self.translator.duckdb(tree), self.session.values)
        return types.conform(rows, types.fields_of(rows.schema))
