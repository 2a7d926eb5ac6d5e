"""Jobs: their records, their ids, which can never be used twice, and the scheduler that takes them to their end.

A job is PENDING when it is accepted, RUNNING on a worker, DONE when its effect and its record are committed together.
Before it runs a job says which tables it changes and how, so that admission can be decided here.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Literal

import pyarrow as pa

from nba_pipeline.local.bigquery import types
from nba_pipeline.local.bigquery.catalog import Resource, TableId
from nba_pipeline.local.bigquery.database import Database, Transaction
from nba_pipeline.local.bigquery.errors import ApiError, duplicate, from_engine, not_found

ChangeKind = Literal["MUTATE", "INSERT", "LOAD", "COPY", "QUERY", "DDL"]


@dataclass(frozen=True, slots=True)
class Change:
    """That a job changes a table, and how. MUTATE is UPDATE, DELETE, MERGE and TRUNCATE."""

    table: TableId
    kind: ChangeKind


@dataclass(eq=False)
class Job:
    """A job of any kind. `result` holds a query's columns and rows while they are kept."""

    project: str
    job_id: str
    location: str
    configuration: Resource
    statistics: Resource
    state: Literal["PENDING", "RUNNING", "DONE"] = "PENDING"
    error: Resource | None = None
    fields: list[types.Field] | None = None
    rows: pa.Table | None = None
    done: threading.Event = field(default_factory=threading.Event)

    @property
    def kind(self) -> str:
        """QUERY, LOAD or COPY."""
        return self.configuration["jobType"]

    @property
    def resource(self) -> Resource:
        """The job as the API shows it."""
        return self._shown(self.state)

    @property
    def done_resource(self) -> Resource:
        """The job as it will be shown once its effect is committed."""
        return self._shown("DONE")

    def _shown(self, state: str) -> Resource:
        status: Resource = {"state": state}
        if self.error:
            status |= {"errorResult": self.error, "errors": [self.error]}
        return {
            "kind": "bigquery#job",
            "id": f"{self.project}:{self.location}.{self.job_id}",
            "etag": state,
            "selfLink": f"projects/{self.project}/jobs/{self.job_id}",
            "user_email": "local@localhost",
            "jobReference": {"projectId": self.project, "jobId": self.job_id, "location": self.location},
            "configuration": self.configuration,
            "statistics": self.statistics,
            "status": status,
        }

    def fail(self, error: ApiError) -> None:
        """Marks the job as done and failed."""
        self.statistics |= {"endTime": millis()}
        self.error, self.state = error.proto, "DONE"


class Jobs:
    """All jobs of all projects, on disk and in memory."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._jobs: dict[tuple[str, str], Job] = {}
        with database.transaction() as transaction:
            query = "SELECT project, job_id, arg_max(resource, recorded) FROM _meta.jobs GROUP BY ALL"
            for project, job_id, text in transaction.execute(query):
                self._jobs[project, job_id] = _restored(json.loads(text))
        for job in self._jobs.values():
            if job.state != "DONE":
                job.fail(ApiError(503, "backendError", "The server was stopped while the job was under way"))
                self.record_alone(job)
            job.done.set()

    def add(self, job: Job) -> None:
        """Accepts a job for ever; 409 where its id was used before."""
        with self._lock:
            if (job.project, job.job_id) in self._jobs:
                raise duplicate("Job", f"{job.project}:{job.location}.{job.job_id}")
            self._jobs[job.project, job.job_id] = job
        self.record_alone(job)

    def get(self, project: str, job_id: str) -> Job:
        """The job of that id; 404 where there is none."""
        try:
            return self._jobs[project, job_id]
        except KeyError:
            raise not_found("Job", f"{project}:{job_id}") from None

    def of_project(self, project: str) -> list[Job]:
        """The project's jobs, newest first."""
        found = [job for job in list(self._jobs.values()) if job.project == project]
        return sorted(found, key=lambda job: int(job.statistics["creationTime"]), reverse=True)

    def delete(self, project: str, job_id: str) -> None:
        """Forgets a finished job's metadata; 404 where there is none."""
        job = self.get(project, job_id)
        with self._database.transaction() as transaction:
            transaction.execute("DELETE FROM _meta.jobs WHERE project = ? AND job_id = ?", [job.project, job.job_id])
        self._jobs.pop((project, job_id), None)

    def succeed(self, transaction: Transaction, job: Job, statistics: Resource) -> None:
        """Records the job's success in the transaction of its effect; nobody sees it done before both are durable."""
        job.statistics |= {**statistics, "endTime": millis()}
        self._write(transaction, job, job.done_resource)
        transaction.after_commit(lambda: setattr(job, "state", "DONE"))

    def record_alone(self, job: Job) -> None:
        """Writes the job as it is now, in a transaction of its own."""
        with self._database.transaction() as transaction:
            self._write(transaction, job, job.resource)

    def _write(self, transaction: Transaction, job: Job, resource: Resource) -> None:
        row = [time.time_ns(), job.project, job.job_id, json.dumps(resource)]
        transaction.execute("INSERT INTO _meta.jobs VALUES (?, ?, ?, ?)", row)


class Scheduler:
    """Runs jobs on a pool of workers. `run` does a job's work and records its success; failures are recorded here."""

    def __init__(self, jobs: Jobs, run: Callable[[Job, Sequence[Change]], None], workers: int) -> None:
        self._jobs, self._run = jobs, run
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="job")

    def submit(self, job: Job, changes: Sequence[Change]) -> None:
        """Accepts the job; it runs when a worker is free."""
        self._jobs.add(job)
        self._pool.submit(self._work, job, changes)

    def close(self) -> None:
        """Drops what has not begun and waits for what has."""
        self._pool.shutdown(cancel_futures=True)

    def _work(self, job: Job, changes: Sequence[Change]) -> None:
        if job.done.is_set():  # cancelled before it began
            return
        job.statistics["startTime"] = millis()
        job.state = "RUNNING"
        try:
            self._run(job, changes)
        except Exception as error:
            job.fail(from_engine(error))
            self._jobs.record_alone(job)
        finally:
            job.done.set()


class Results:
    """The rows of finished queries, the oldest dropped first when they grow past `limit_bytes`."""

    def __init__(self, limit_bytes: int = 512 * 2**20) -> None:
        self._limit = limit_bytes
        self._lock = threading.Lock()
        self._kept: dict[TableId, Job] = {}

    def keep(self, table: TableId, job: Job) -> None:
        """Keeps a query's rows under the name of its anonymous result table."""
        with self._lock:
            self._kept[table] = job
            sizes = {name: kept.rows.nbytes for name, kept in self._kept.items() if kept.rows is not None}
            for name in list(self._kept)[:-1]:
                if sum(sizes.values()) <= self._limit:
                    break
                self._kept.pop(name).rows = None
                sizes.pop(name)

    def rows(self, table: TableId) -> pa.Table:
        """The rows of an anonymous result table; 404 where they are no longer kept."""
        job = self._kept.get(table)
        if job is None or job.rows is None:
            raise not_found("Table", table)
        return job.rows


def matching(jobs: Sequence[Job], states: Sequence[str], parent: str | None, after: int, before: int) -> Iterator[Job]:
    """The jobs that jobs.list is asked for; a script's children appear only where their parent is named."""
    for job in jobs:
        created = int(job.statistics["creationTime"])
        if job.statistics.get("parentJobId") != parent or not after <= created <= before:
            continue
        if not states or job.state in states:
            yield job


def millis() -> str:
    """Now, as the API writes times: milliseconds since 1970."""
    return str(time.time_ns() // 1_000_000)


def _restored(resource: Resource) -> Job:
    reference, status = resource["jobReference"], resource["status"]
    return Job(
        reference["projectId"],
        reference["jobId"],
        reference["location"],
        resource["configuration"],
        resource["statistics"],
        status["state"],
        status.get("errorResult"),
    )
