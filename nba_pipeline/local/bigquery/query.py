"""Query jobs of one statement: from GoogleSQL text to rows, counts and changed tables. Scripts are in script.py."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from sqlglot import exp

from nba_pipeline.local.bigquery import sql, types, writes
from nba_pipeline.local.bigquery.catalog import Catalog, Resource, TableId
from nba_pipeline.local.bigquery.database import Database, Transaction
from nba_pipeline.local.bigquery.errors import ApiError, invalid_query, not_implemented
from nba_pipeline.local.bigquery.information_schema import InformationSchema
from nba_pipeline.local.bigquery.jobs import Change, ChangeKind, Job, Jobs, Results
from nba_pipeline.local.bigquery.streaming import StreamingBuffers

ANONYMOUS_DATASET = "_anonymous"
_CHANGE_KINDS: dict[str, ChangeKind] = {"INSERT": "INSERT", **dict.fromkeys(sql.MUTATING, "MUTATE")}
_COUNTS = {"INSERT": "insertedRowCount", "DELETE": "deletedRowCount", "UPDATE": "updatedRowCount"}


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
            query["dmlStats"] = {_COUNTS[name]: str(count) for name, count in self.affected.items()}
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

    def run(self, tree: exp.Expression, suffix: str = "") -> list[tuple[Any, ...]]:
        """Runs a statement given as GoogleSQL."""
        return self.transaction.execute(self.translator.duckdb(tree) + suffix, self.session.values)

    def query(self, tree: exp.Expression) -> pa.Table:
        """The rows of a query given as GoogleSQL, in BigQuery's types."""
        rows = self.transaction.arrow(self.translator.duckdb(tree), self.session.values)
        return types.conform(rows, types.fields_of(rows.schema))


class QueryRunner:
    """Runs single statements."""

    def __init__(
        self, database: Database, catalog: Catalog, jobs: Jobs, results: Results, buffers: StreamingBuffers
    ) -> None:
        self.database, self.jobs = database, jobs
        self._catalog, self._results, self._buffers = catalog, results, buffers
        self._views = InformationSchema(catalog, jobs)

    def changes(self, job: Job) -> list[Change]:
        """The tables the job will change and how; raises for text that does not parse."""
        session = Session.of(job)
        translator = self.translator(session, None)
        found = [
            Change(translator.resolve(target), _CHANGE_KINDS.get(statement.kind, "DDL"))
            for statement in sql.parse(session.config["query"])
            if (target := statement.target) is not None and statement.kind != "CREATE_SCHEMA"
        ]
        if destination := session.config.get("destinationTable"):
            found.append(Change(TableId.of(destination).split_decorator()[0], "QUERY"))
        return found

    def run(self, job: Job, statement: sql.Statement, tables: list[TableId]) -> None:
        """Runs a job of one statement and records its success with its effect."""
        with self.database.exclusive(tables), self.database.transaction() as transaction:
            outcome = self.execute(transaction, Session.of(job), statement)
            self.finish(transaction, job, outcome)

    def execute(self, transaction: Transaction, session: Session, statement: sql.Statement) -> Outcome:
        """Runs a statement within a transaction, whose tables the caller has locked."""
        run = _EXECUTORS.get(statement.kind)
        if run is None:
            raise not_implemented(f"{statement.kind} statements")
        translator = self.translator(session, transaction)
        outcome = self._checked(translator, statement)
        _refuse_costly(session, outcome)
        execution = Execution(transaction, session, translator, statement, outcome, self._catalog, self._buffers)
        run(execution)
        return outcome

    def finish(self, transaction: Transaction, job: Job, outcome: Outcome) -> None:
        """Marks a job as done with what its (last) statement did, and records it."""
        config = job.configuration["query"]
        if outcome.rows is not None:
            job.fields, job.rows = types.fields_of(outcome.rows.schema), outcome.rows
            if "destinationTable" not in config:
                anonymous = TableId(job.project, ANONYMOUS_DATASET, f"anon{uuid.uuid4().hex}")
                config["destinationTable"] = anonymous.reference
                self._results.keep(anonymous, job)
        elif outcome.target is not None:
            config.setdefault("destinationTable", outcome.target.reference)
        self.jobs.succeed(transaction, job, outcome.statistics)

    def dry_run(self, job: Job) -> None:
        """Checks and estimates without effect."""
        session = Session.of(job)
        statement = sql.parse(session.config["query"])[0]
        with self.database.transaction() as transaction:
            translator = self.translator(session, transaction)
            outcome = self._checked(translator, statement)
            fields = []
            if statement.kind == "SELECT":
                text = f"SELECT * FROM ({translator.duckdb(statement.tree)}) LIMIT 0"
                fields = types.fields_of(transaction.arrow(text, session.values).schema)
        job.statistics |= outcome.statistics
        job.statistics["query"]["schema"] = {"fields": fields}
        job.state = "DONE"

    def translator(self, session: Session, transaction: Transaction | None) -> sql.Translator:
        """The translator for a session's statements; without a transaction it can only resolve names."""
        return sql.Translator(
            self._catalog,
            session.project,
            session.config.get("defaultDataset"),
            session.parameter_types,
            session.variable_types,
            self._stand_in(session.project, transaction),
        )

    def _checked(self, translator: sql.Translator, statement: sql.Statement) -> Outcome:
        if statement.kind == "CREATE_SCHEMA":
            return Outcome(statement.kind)
        target = translator.resolve(statement.target) if statement.target is not None else None
        references = translator.references(statement)
        if statement.kind.startswith(("CREATE", "DROP")):
            references = [table for table in references if table != target]
        translator.check_partition_filters(statement)
        stored = [self._catalog.with_counts(self._catalog.table(table)) for table in references]
        size = sum(int(table["numBytes"]) for table in stored)
        return Outcome(statement.kind, bytes_processed=size, references=references, target=target)

    def _stand_in(self, project: str, transaction: Transaction | None) -> Callable[[list[str]], str | None]:
        """What stands in a FROM clause for a table that is not just its rows; see sql.Translator."""

        def replacement(parts: list[str]) -> str | None:
            if "INFORMATION_SCHEMA" in ".".join(parts).upper().split("."):
                if transaction is None:
                    return "INFORMATION_SCHEMA"
                return transaction.keep(self._views.view(transaction, project, parts))
            table = TableId(*parts) if len(parts) == 3 else TableId(project, *parts)
            if table.dataset == ANONYMOUS_DATASET and transaction is not None:
                return transaction.keep(self._results.rows(table))
            return self._buffers.source_sql(table)

        return replacement


def _refuse_costly(session: Session, outcome: Outcome) -> None:
    limit = session.config.get("maximumBytesBilled")
    if limit is not None and outcome.bytes_processed > int(limit):
        needed = outcome.bytes_processed
        message = f"Query exceeded limit for bytes billed: {limit}. {needed} or higher required."
        raise ApiError(400, "bytesBilledLimitExceeded", message)


def _select(execution: Execution) -> None:
    rows = execution.query(execution.statement.tree)
    execution.outcome.rows = rows
    if destination := execution.session.config.get("destinationTable"):
        options = writes.WriteOptions.of(execution.session.config, "WRITE_EMPTY")
        writes.write(execution.transaction, execution.catalog, TableId.of(destination), rows, options)


def _change(execution: Execution) -> None:
    """INSERT, UPDATE and DELETE."""
    kind, tree, target = execution.statement.kind, execution.statement.tree, execution.target
    if kind != "INSERT":
        where = tree.args.get("where")
        if where is None:
            raise invalid_query(f"{kind} must have a WHERE clause")
        _open_to_mutation(execution, execution.translator.duckdb(where.this))
    [(count,)] = execution.run(tree)
    execution.outcome.affected = {kind: count}
    execution.catalog.touch(execution.transaction, target)


def _merge(execution: Execution) -> None:
    tree = execution.statement.tree
    _open_to_mutation(execution, None)
    never = isinstance(tree.args["on"], exp.Boolean) and not tree.args["on"].this
    execution.outcome.affected = _replace_unmatched(execution) if never else _merge_matched(execution)
    execution.catalog.touch(execution.transaction, execution.target)


def _merge_matched(execution: Execution) -> dict[str, int]:
    actions = [action for (action,) in execution.run(execution.statement.tree, " RETURNING merge_action")]
    return {kind: actions.count(kind) for kind in ("INSERT", "UPDATE", "DELETE")}


def _replace_unmatched(execution: Execution) -> dict[str, int]:
    """MERGE ... ON FALSE as the delete and insert it is: DuckDB would compare every row with every row."""
    tree = execution.statement.tree
    source = exp.select("*").from_(tree.args["using"].copy())
    rows = execution.query(source)
    affected = {"INSERT": 0, "DELETE": 0, "UPDATE": 0}
    for when in tree.args["whens"].expressions:
        kind, count = _apply_unmatched(execution, tree, when, rows)
        affected[kind] += count
    return affected


def _apply_unmatched(
    execution: Execution, tree: exp.Expression, when: exp.Expression, rows: pa.Table
) -> tuple[str, int]:
    then, condition = when.args["then"], when.args.get("condition") or exp.true()
    by_source = bool(when.args.get("source"))
    where = exp.Where(this=condition.copy())
    if by_source and isinstance(then, exp.Var) and then.name.upper() == "DELETE":
        [(count,)] = execution.run(exp.Delete(this=tree.this.copy(), where=where))
        return "DELETE", count
    if not by_source and isinstance(then, exp.Insert):
        columns = ", ".join(f'"{column.name}"' for column in then.this.expressions)
        alias = tree.args["using"].alias_or_name
        values = ", ".join(execution.translator.duckdb(value) for value in then.expression.expressions)
        text = (
            f"INSERT INTO {execution.target.sql} ({columns}) SELECT {values} FROM ({execution.transaction.keep(rows)})"
        )
        condition_sql = execution.translator.duckdb(condition)
        [(count,)] = execution.transaction.execute(
            f'{text} AS "{alias}" WHERE {condition_sql}', execution.session.values
        )
        return "INSERT", count
    raise not_implemented(f"MERGE ... ON FALSE {when.sql('bigquery')}")


def _truncate(execution: Execution) -> None:
    _open_to_mutation(execution, None)
    [(count,)] = execution.transaction.execute(f"DELETE FROM {execution.target.sql}")
    execution.outcome.affected = {"DELETE": count}
    execution.catalog.touch(execution.transaction, execution.target)


def _open_to_mutation(execution: Execution, where: str | None) -> None:
    """Lets streamed rows in whose time is up, and refuses the statement where it would touch the others."""
    execution.buffers.settle(execution.transaction, execution.target)
    execution.buffers.refuse_mutation(
        execution.transaction,
        execution.target,
        _BUFFER_WORDS[execution.statement.kind],
        where,
        execution.session.values,
    )


_BUFFER_WORDS = {
    "MERGE": "UPDATE or DELETE",
    "TRUNCATE_TABLE": "TRUNCATE",
    "UPDATE": "UPDATE or DELETE",
    "DELETE": "UPDATE or DELETE",
}


def _create_table(execution: Execution) -> None:
    tree, transaction, catalog = execution.statement.tree, execution.transaction, execution.catalog
    rows = execution.query(tree.expression) if tree.expression else None
    if tree.args.get("exists") and catalog.has(execution.target):
        return
    resource = _declared_table(tree)
    if rows is not None:
        resource["schema"] = {"fields": types.fields_of(rows.schema)}
    catalog.create(transaction, execution.target, resource, replace=bool(tree.args.get("replace")))
    if rows is not None:
        writes.insert(transaction, execution.target, rows)


def _declared_table(tree: exp.Expression) -> Resource:
    """The table resource that a CREATE TABLE's columns, PARTITION BY, CLUSTER BY and OPTIONS declare."""
    resource: Resource = {"schema": {"fields": sql.column_definitions(tree)}}
    properties = tree.args.get("properties")
    for item in properties.expressions if properties else []:
        if isinstance(item, exp.PartitionedByProperty) and isinstance(item.this, exp.Column | exp.Identifier):
            resource["timePartitioning"] = {"type": "DAY", "field": item.this.name}
        elif isinstance(item, exp.ClusterProperty):
            resource["clustering"] = {"fields": [column.name for column in item.expressions]}
        elif isinstance(item, exp.Property) and item.this.name == "require_partition_filter":
            resource["requirePartitionFilter"] = item.args["value"].this
        elif isinstance(item, exp.Property) and item.this.name == "description":
            resource["description"] = item.args["value"].name
        else:
            raise not_implemented(f"CREATE TABLE with {item.sql('bigquery')}")
    return resource


def _create_schema(execution: Execution) -> None:
    tree, project = execution.statement.tree, execution.session.project
    try:
        execution.catalog.insert_dataset(project, {"datasetReference": {"datasetId": tree.this.db or tree.this.name}})
    except ApiError as error:
        if error.reason != "duplicate" or not tree.args.get("exists"):
            raise


def _drop_table(execution: Execution) -> None:
    if execution.statement.tree.args.get("exists") and not execution.catalog.has(execution.target):
        return
    execution.catalog.table(execution.target)
    execution.catalog.drop(execution.transaction, execution.target)


def _alter_table(execution: Execution) -> None:
    catalog, tree = execution.catalog, execution.statement.tree
    fields = catalog.table(execution.target)["schema"]["fields"]
    for action in tree.args["actions"]:
        if not isinstance(action, exp.ColumnDef):
            raise not_implemented(f"ALTER TABLE {action.sql('bigquery')}")
        known = action.name.lower() in [field["name"].lower() for field in fields]
        if not (known and action.args.get("exists")):
            fields = [*fields, sql.declared_column(action)]
    catalog.change(execution.transaction, execution.target, {"schema": {"fields": fields}})


_EXECUTORS: dict[str, Callable[[Execution], None]] = {
    "SELECT": _select,
    "INSERT": _change,
    "UPDATE": _change,
    "DELETE": _change,
    "MERGE": _merge,
    "TRUNCATE_TABLE": _truncate,
    "CREATE_TABLE": _create_table,
    "CREATE_TABLE_AS_SELECT": _create_table,
    "CREATE_SCHEMA": _create_schema,
    "DROP_TABLE": _drop_table,
    "ALTER_TABLE": _alter_table,
}
