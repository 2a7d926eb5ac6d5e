"""Query jobs of one statement: from GoogleSQL text to rows, counts and changed tables. Scripts are in script.py."""

import uuid
from collections.abc import Callable
from functools import partial

from nba_pipeline.local.bigquery import ddl, dml, sql, types, writes
from nba_pipeline.local.bigquery.catalog import Catalog, TableId
from nba_pipeline.local.bigquery.commits import Attempt
from nba_pipeline.local.bigquery.database import Database, Transaction
from nba_pipeline.local.bigquery.errors import ApiError, not_implemented
from nba_pipeline.local.bigquery.execution import COUNTS, Execution, Outcome, Session
from nba_pipeline.local.bigquery.information_schema import InformationSchema
from nba_pipeline.local.bigquery.jobs import Job, Jobs, Results
from nba_pipeline.local.bigquery.latency import Kind
from nba_pipeline.local.bigquery.quotas import dataset_key
from nba_pipeline.local.bigquery.scheduler import Step
from nba_pipeline.local.bigquery.streaming import StreamingBuffers

ANONYMOUS_DATASET = "_anonymous"
CONTROL = ("DECLARE", "SET", "BEGIN_TRANSACTION", "COMMIT_TRANSACTION", "ROLLBACK_TRANSACTION")
_KINDS: dict[str, Kind] = {
    "SELECT": "READ",
    "INSERT": "INSERT",
    **dict.fromkeys(("UPDATE", "DELETE", "MERGE"), "MUTATE"),
    "TRUNCATE_TABLE": "TRUNCATE",
    "CREATE_SCHEMA": "SCHEMA",
    **dict.fromkeys(CONTROL, "CONTROL"),
}


class QueryRunner:
    """Runs single statements."""

    def __init__(
        self, database: Database, catalog: Catalog, jobs: Jobs, results: Results, buffers: StreamingBuffers
    ) -> None:
        self.database, self.jobs = database, jobs
        self._catalog, self._results, self._buffers = catalog, results, buffers
        self._views = InformationSchema(catalog, jobs)

    def step(self, job: Job, statement: sql.Statement) -> Step:
        """A job of one statement as its one step."""
        kind, table = self.change(Session.of(job), statement)
        return Step(kind, table, partial(self._run, job, statement, table))

    def change(self, session: Session, statement: sql.Statement) -> tuple[Kind, TableId | None]:
        """What kind of change a statement is, and of which table; None where it changes none."""
        kind = _KINDS.get(statement.kind, "DDL")
        if kind == "READ" and (destination := session.config.get("destinationTable")):
            return "QUERY", TableId.of(destination).split_decorator()[0]
        if kind == "SCHEMA":
            return kind, dataset_key(*ddl.schema_name(statement.tree, session.project))
        target = statement.target if kind != "CONTROL" else None
        return kind, self.translator(session, None).resolve(target) if target is not None else None

    def _run(self, job: Job, statement: sql.Statement, table: TableId | None, attempt: Attempt) -> None:
        with self.database.exclusive([table] if table else []), self.database.transaction() as transaction:
            outcome = self.execute(transaction, Session.of(job), statement)
            if table is not None:
                attempt.settle(transaction, table, outcome.changed)
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
            anonymous = TableId(job.project, ANONYMOUS_DATASET, f"anon{uuid.uuid4().hex}")
            config.setdefault("destinationTable", anonymous.reference)
            self._results.keep(anonymous, job, outcome.rows)
        elif outcome.target is not None:
            config.setdefault("destinationTable", outcome.target.reference)
        self.jobs.succeed(transaction, job, outcome.statistics)

    def dry_run(self, job: Job) -> None:
        """Checks and estimates without effect."""
        session = Session.of(job)
        statement, *more = sql.parse(session.config["query"])
        if more:
            raise not_implemented("dry runs of scripts")
        with self.database.transaction() as transaction:
            translator = self.translator(session, transaction)
            outcome = self._checked(translator, statement)
            fields = []
            if statement.kind == "SELECT":
                text = f"SELECT * FROM ({translator.duckdb(statement.tree)}) LIMIT 0"
                fields = types.fields_of(transaction.arrow(text, session.values).schema)
            elif statement.kind in COUNTS:
                transaction.execute(f"EXPLAIN {translator.duckdb(statement.tree)}", session.values)
        statistics = outcome.statistics
        statistics["query"]["schema"] = {"fields": fields}
        job.end({**job.statistics, **statistics})

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
        changed = writes.write(execution.transaction, execution.catalog, TableId.of(destination), rows, options)
        execution.outcome.changed.add(changed)


_EXECUTORS: dict[str, Callable[[Execution], None]] = {
    "SELECT": _select,
    "INSERT": dml.change,
    "UPDATE": dml.change,
    "DELETE": dml.change,
    "MERGE": dml.merge,
    "TRUNCATE_TABLE": dml.truncate,
    "CREATE_TABLE": ddl.create_table,
    "CREATE_TABLE_AS_SELECT": ddl.create_table,
    "CREATE_SCHEMA": ddl.create_schema,
    "DROP_TABLE": ddl.drop_table,
    "ALTER_TABLE": ddl.alter_table,
}
