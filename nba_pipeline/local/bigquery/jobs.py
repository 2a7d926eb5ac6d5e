"""Jobs: their records, their ids, which can never be used twice, and the rows of finished queries.

A job is PENDING when it is accepted, RUNNING once it is admitted, DONE when its effect and its record are committed
together. What takes it from one to the next is scheduler.py's.
"""

import json
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pyarrow as pa

from nba_pipeline.local.bigquery import types
from nba_pipeline.local.bigquery.catalog import Resource, TableId
from nba_pipeline.local.bigquery.database import Database, Transaction
from nba_pipeline.local.bigquery.errors import ApiError, duplicate, invalid, not_found


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
        return self.shown(self.state, self.statistics, self.error)

    def shown(self, state: str, statistics: Resource, error: Resource | None) -> Resource:
        """The job as the API would show it in another state."""
        status: Resource = {"state": state}
        if error:
            status |= {"errorResult": error, "errors": [error]}
        return {
            "kind": "bigquery#job",
            "id": f"{self.project}:{self.location}.{self.job_id}",
            "etag": state,
            "selfLink": f"projects/{self.project}/jobs/{self.job_id}",
            "user_email": "local@localhost",
            "jobReference": {"projectId": self.project, "jobId": self.job_id, "location": self.location},
            "configuration": self.configuration,
            "statistics": statistics,
            "status": status,
        }

    def end(self, statistics: Resource, error: Resource | None = None) -> None:
        """Marks the job as done; the state is set last, for whoever reads the job meanwhile."""
        self.statistics, self.error = statistics, error
        self.state = "DONE"


class Jobs:
    """All jobs of all projects, on disk and in memory. A deleted job leaves None, for its id stays used."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._jobs: dict[tuple[str, str], Job | None] = {}
        with database.transaction() as transaction:
            query = "SELECT project, job_id, arg_max(resource, recorded) FROM _meta.jobs GROUP BY ALL"
            for project, job_id, text in transaction.execute(query):
                self._jobs[project, job_id] = _restored(json.loads(text)) if text else None
        for job in filter(None, self._jobs.values()):
            if job.state != "DONE":
                self.fail(job, ApiError(503, "backendError", "The server was stopped while the job was under way"))
            job.done.set()

    def add(self, job: Job) -> None:
        """Accepts a job for ever; 409 where its id was used before."""
        with self._lock:
            if (job.project, job.job_id) in self._jobs:
                raise duplicate("Job", f"{job.project}:{job.location}.{job.job_id}")
            self._jobs[job.project, job.job_id] = job
        with self._database.transaction() as transaction:
            self._write(transaction, job, job.resource)

    def get(self, project: str, job_id: str) -> Job:
        """The job of that id; 404 where there is none."""
        job = self._jobs.get((project, job_id))
        if job is None:
            raise not_found("Job", f"{project}:{job_id}")
        return job

    def of_project(self, project: str) -> list[Job]:
        """The project's jobs, newest first."""
        found = [job for job in list(self._jobs.values()) if job is not None and job.project == project]
        return sorted(found, key=lambda job: int(job.statistics["creationTime"]), reverse=True)

    def delete(self, project: str, job_id: str) -> None:
        """Forgets a finished job, not its id; 404 where there is none, 400 where it has not finished."""
        job = self.get(project, job_id)
        if job.state != "DONE":
            raise invalid(f"Job {project}:{job_id} is not done: cancel it first")
        with self._database.transaction() as transaction:
            self._write(transaction, job, None)
        self._jobs[project, job_id] = None

    def succeed(self, transaction: Transaction, job: Job, statistics: Resource) -> None:
        """Records the job's success in the transaction of its effect; nobody sees it done before both are durable."""
        final = {**job.statistics, **statistics, "endTime": millis()}
        self._write(transaction, job, job.shown("DONE", final, None))
        transaction.after_commit(lambda: job.end(final))

    def fail(self, job: Job, error: ApiError) -> None:
        """Records that the job failed; nobody sees it done before that is durable."""
        final = {**job.statistics, "endTime": millis()}
        try:
            with self._database.transaction() as transaction:
                self._write(transaction, job, job.shown("DONE", final, error.proto))
        finally:
            job.end(final, error.proto)

    def _write(self, transaction: Transaction, job: Job, resource: Resource | None) -> None:
        row = [time.time_ns(), job.project, job.job_id, json.dumps(resource) if resource else ""]
        transaction.execute("INSERT INTO _meta.jobs VALUES (?, ?, ?, ?)", row)


class Results:
    """The rows of finished queries, the oldest dropped first when they grow past `limit_bytes`."""

    def __init__(self, limit_bytes: int = 512 * 2**20) -> None:
        self._limit = limit_bytes
        self._lock = threading.Lock()
        self._kept: dict[TableId, Job] = {}
        self._bytes = 0

    def keep(self, table: TableId, job: Job, rows: pa.Table) -> None:
        """Keeps a query's rows under the name of its anonymous result table."""
        job.fields, job.rows = types.fields_of(rows.schema), rows
        with self._lock:
            self._kept[table] = job
            self._bytes += rows.nbytes
            while self._bytes > self._limit and len(self._kept) > 1:
                oldest = self._kept.pop(next(iter(self._kept)))
                self._bytes -= oldest.rows.nbytes if oldest.rows is not None else 0
                oldest.rows = None

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
