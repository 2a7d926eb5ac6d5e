"""Multi-statement query jobs: variables, transactions, and a child job for each statement that does something."""

import uuid
from collections.abc import Sequence
from contextlib import ExitStack

from sqlglot import exp

from nba_pipeline.local.bigquery import sql
from nba_pipeline.local.bigquery.catalog import TableId
from nba_pipeline.local.bigquery.database import Transaction
from nba_pipeline.local.bigquery.errors import ApiError, from_engine, invalid_query
from nba_pipeline.local.bigquery.execution import Outcome, Session
from nba_pipeline.local.bigquery.jobs import Job, millis
from nba_pipeline.local.bigquery.query import QueryRunner

CONTROL = ("DECLARE", "SET", "BEGIN_TRANSACTION", "COMMIT_TRANSACTION", "ROLLBACK_TRANSACTION")


class Script:
    """A script under way. It locks all tables it will change when its transaction begins."""

    def __init__(self, runner: QueryRunner, job: Job, tables: Sequence[TableId]) -> None:
        self._runner, self._job, self._tables = runner, job, tables
        self._session = Session.of(job)
        self._transaction: Transaction | None = None
        self._locks = ExitStack()
        self._children: list[Job] = []

    def run(self, statements: Sequence[sql.Statement]) -> None:
        """Runs the statements in order; a failure rolls back the open transaction and fails the job."""
        outcome = Outcome("SCRIPT")
        try:
            for number, statement in enumerate(statements, 1):
                outcome = self._step(number, statement) or outcome
        finally:
            if self._transaction is not None:  # a failure, or a script that never commits
                self._roll_back()
            for child in self._children:
                self._runner.jobs.add(child)
        self._record(outcome)

    def _step(self, number: int, statement: sql.Statement) -> Outcome | None:
        try:
            if statement.kind not in CONTROL:
                return self._child(statement)
            self._control(statement)
        except Exception as error:
            found = from_engine(error)
            raise ApiError(found.code, found.reason, f"{found.message} at [{number}:1]", found.location) from error
        return None

    def _control(self, statement: sql.Statement) -> None:
        match statement.kind:
            case "DECLARE":
                self._declare(statement.tree)
            case "SET":
                self._set(statement.tree)
            case "BEGIN_TRANSACTION":
                self._begin()
            case "COMMIT_TRANSACTION":
                self._commit()
            case "ROLLBACK_TRANSACTION":
                self._roll_back()

    def _child(self, statement: sql.Statement) -> Outcome:
        if self._transaction is not None:
            outcome = self._runner.execute(self._transaction, self._session, statement)
        else:
            database = self._runner.database
            with database.exclusive(self._tables), database.transaction() as transaction:
                outcome = self._runner.execute(transaction, self._session, statement)
        self._children.append(self._child_job(statement, outcome))
        return outcome

    def _child_job(self, statement: sql.Statement, outcome: Outcome) -> Job:
        parent = self._job
        configuration = {
            "jobType": "QUERY",
            "query": {"query": statement.tree.sql("bigquery"), "useLegacySql": False},
            "labels": parent.configuration.get("labels", {}),
        }
        times = dict.fromkeys(("creationTime", "startTime", "endTime"), millis())
        statistics = {**times, "parentJobId": parent.job_id, **outcome.statistics}
        name = f"script_job_{uuid.uuid4().hex}_{len(self._children)}"
        child = Job(parent.project, name, parent.location, configuration, statistics, "DONE")
        child.done.set()
        return child

    def _record(self, outcome: Outcome) -> None:
        last = Outcome("SCRIPT", rows=outcome.rows, affected=outcome.affected)
        last.bytes_processed = sum(int(child.statistics["totalBytesProcessed"]) for child in self._children)
        self._job.statistics["numChildJobs"] = str(len(self._children))
        with self._runner.database.transaction() as transaction:
            self._runner.finish(transaction, self._job, last)

    def _begin(self) -> None:
        if self._transaction is not None:
            raise invalid_query("Transaction is already in progress")
        self._locks.enter_context(self._runner.database.exclusive(self._tables))
        self._transaction = self._runner.database.begin()

    def _commit(self) -> None:
        transaction = self._ended()
        try:
            transaction.commit()
        finally:
            self._locks.close()

    def _roll_back(self) -> None:
        transaction = self._ended()
        try:
            transaction.roll_back()
        finally:
            self._locks.close()

    def _ended(self) -> Transaction:
        if self._transaction is None:
            raise invalid_query("There is no transaction in progress")
        transaction, self._transaction = self._transaction, None
        return transaction

    def _declare(self, tree: exp.Expression) -> None:
        for item in tree.expressions:
            kind = item.args.get("kind")
            for name in item.this:
                self._assign(name.name, item.args.get("default"), kind.sql("duckdb") if kind else None)

    def _set(self, tree: exp.Expression) -> None:
        for item in tree.expressions:
            name = item.this.this.name
            if name.lower() not in self._session.variable_types:
                raise invalid_query(f"Undeclared variable: {name}")
            self._assign(name, item.this.expression, self._session.variable_types[name.lower()])

    def _assign(self, name: str, value: exp.Expression | None, kind: str | None) -> None:
        with self._runner.database.transaction() as transaction:
            text = self._runner.translator(self._session, transaction).duckdb(value) if value is not None else "NULL"
            cast = f"CAST(({text}) AS {kind})" if kind else f"({text})"
            query = f"SELECT x, typeof(x) FROM (SELECT {cast} AS x)"
            [(found, actual)] = transaction.execute(query, self._session.values)
        self._session.values[name.lower()] = found
        self._session.variable_types[name.lower()] = kind or actual
