"""Multi-statement query jobs: variables, transactions, and a child job for each statement that does something."""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial

from sqlglot import exp

from nba_pipeline.local.bigquery import sql
from nba_pipeline.local.bigquery.catalog import TableId
from nba_pipeline.local.bigquery.commits import Attempt, Changed
from nba_pipeline.local.bigquery.database import Transaction
from nba_pipeline.local.bigquery.errors import ApiError, ConcurrentUpdate, from_engine, invalid_query, not_implemented
from nba_pipeline.local.bigquery.execution import Outcome, Session
from nba_pipeline.local.bigquery.jobs import Job, millis
from nba_pipeline.local.bigquery.query import QueryRunner
from nba_pipeline.local.bigquery.scheduler import Step, Steps


class Script:
    """A script under way. The statements of a transaction take their time one by one and their effect at COMMIT."""

    def __init__(self, runner: QueryRunner, job: Job) -> None:
        self._runner, self._job = runner, job
        self._session = Session.of(job)
        self._outcome = Outcome("SCRIPT")
        self._transaction: _OpenTransaction | None = None
        self._children: list[Job] = []

    def steps(self, statements: Sequence[sql.Statement]) -> Steps:
        """One step for each statement; records the job's success at the end, and its children in any case."""
        try:
            for number, statement in enumerate(statements, 1):
                with _placed(number):
                    step = self._step(number, statement)
                yield step
            if self._transaction is not None:  # a script that never commits
                yield Step("CONTROL", None, self._roll_back)
        finally:
            for child in self._children:
                self._runner.jobs.add(child)
        self._record()

    def _step(self, number: int, statement: sql.Statement) -> Step:
        kind, table = self._runner.change(self._session, statement)
        if kind == "CONTROL":
            return Step(kind, None, partial(self._control, number, statement))
        if self._transaction is not None:
            run = partial(self._defer, self._transaction, number, statement, table)
            return Step(kind, table, run, in_transaction=True)
        return Step(kind, table, partial(self._statement, number, statement, table))

    def _control(self, number: int, statement: sql.Statement, attempt: Attempt) -> None:
        with _placed(number):
            match statement.kind:
                case "DECLARE":
                    self._declare(statement.tree)
                case "SET":
                    self._set(statement.tree)
                case "BEGIN_TRANSACTION":
                    self._begin()
                case "COMMIT_TRANSACTION":
                    self._commit(attempt)
                case "ROLLBACK_TRANSACTION":
                    self._roll_back(attempt)

    def _statement(self, number: int, statement: sql.Statement, table: TableId | None, attempt: Attempt) -> None:
        database = self._runner.database
        with _placed(number), database.exclusive([table] if table else []), database.transaction() as transaction:
            outcome = self._runner.execute(transaction, self._session, statement)
            if table is not None:
                attempt.settle(transaction, table, outcome.changed)
        self._done(statement, outcome)

    def _defer(
        self,
        opened: "_OpenTransaction",
        number: int,
        statement: sql.Statement,
        table: TableId | None,
        attempt: Attempt,
    ) -> None:
        """Keeps a statement for COMMIT, with the variables of this moment."""
        session = self._session
        kept = replace(session, values=dict(session.values), variable_types=dict(session.variable_types))
        opened.statements.append((number, statement, kept))
        if table is not None:
            opened.since.setdefault(table, attempt.began)

    def _done(self, statement: sql.Statement, outcome: Outcome) -> None:
        self._children.append(self._child_job(statement, outcome))
        self._outcome = outcome

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

    def _record(self) -> None:
        last = Outcome("SCRIPT", rows=self._outcome.rows, affected=self._outcome.affected)
        last.bytes_processed = sum(int(child.statistics["totalBytesProcessed"]) for child in self._children)
        self._job.statistics["numChildJobs"] = str(len(self._children))
        with self._runner.database.transaction() as transaction:
            self._runner.finish(transaction, self._job, last)

    def _begin(self) -> None:
        if self._transaction is not None:
            raise invalid_query("Transaction is already in progress")
        self._transaction = _OpenTransaction()

    def _commit(self, attempt: Attempt) -> None:
        opened, database = self._ended(), self._runner.database
        with database.exclusive(list(opened.since)), database.transaction() as transaction:
            outcomes = self._play(opened, transaction)
            attempt.settle_transaction(transaction, opened.changes(outcomes))
        for (_, statement, _), outcome in zip(opened.statements, outcomes, strict=True):
            self._done(statement, outcome)

    def _roll_back(self, attempt: Attempt) -> None:
        """Runs the statements, which may have errors and whose rows may be asked for, and undoes them."""
        opened, database = self._ended(), self._runner.database
        with database.exclusive(list(opened.since)):
            transaction = database.begin()
            try:
                outcomes = self._play(opened, transaction)
            finally:
                transaction.roll_back()
        attempt.leave()
        for (_, statement, _), outcome in zip(opened.statements, outcomes, strict=True):
            self._done(statement, outcome)

    def _play(self, opened: "_OpenTransaction", transaction: Transaction) -> list[Outcome]:
        outcomes = []
        for number, statement, session in opened.statements:
            with _placed(number):
                outcomes.append(self._runner.execute(transaction, session, statement))
        return outcomes

    def _ended(self) -> "_OpenTransaction":
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
        if self._transaction is not None and value is not None and value.find(exp.Table):
            raise not_implemented("variables set from tables within a transaction")
        with self._runner.database.transaction() as transaction:
            text = self._runner.translator(self._session, transaction).duckdb(value) if value is not None else "NULL"
            cast = f"CAST(({text}) AS {kind})" if kind else f"({text})"
            query = f"SELECT x, typeof(x) FROM (SELECT {cast} AS x)"
            [(found, actual)] = transaction.execute(query, self._session.values)
        self._session.values[name.lower()] = found
        self._session.variable_types[name.lower()] = kind or actual


@dataclass
class _OpenTransaction:
    """The statements since BEGIN, each with the variables of its moment, and since when each table is watched.

    They run together at COMMIT, so that the tables are locked for that long and not for the life of the script.
    """

    statements: list[tuple[int, sql.Statement, Session]] = field(default_factory=list)
    since: dict[TableId, int] = field(default_factory=dict)

    def changes(self, outcomes: Sequence[Outcome]) -> dict[TableId, tuple[int, Changed]]:
        """What the statements changed of each table."""
        found = {table: (since, Changed()) for table, since in self.since.items()}
        for outcome in outcomes:
            if outcome.target is not None:
                found[outcome.target][1].add(outcome.changed)
        return found


@contextmanager
def _placed(number: int) -> Iterator[None]:
    """Adds the place of the script's statement to an error, as BigQuery does; a conflict may be run again yet."""
    try:
        yield
    except (ConcurrentUpdate, _Placed):
        raise
    except Exception as error:
        found = from_engine(error)
        raise _Placed(found.code, found.reason, f"{found.message} at [{number}:1]", found.location) from error


class _Placed(ApiError):
    """An error that says where in its script it arose."""
