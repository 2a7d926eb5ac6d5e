"""The server's parts put together, without HTTP: what app.py and read_api.py call."""

import uuid
from collections.abc import Sequence
from pathlib import Path

from nba_pipeline.local.bigquery import sql
from nba_pipeline.local.bigquery.catalog import Catalog, Resource
from nba_pipeline.local.bigquery.copies import Copier
from nba_pipeline.local.bigquery.database import Database
from nba_pipeline.local.bigquery.errors import ApiError, from_engine, invalid, not_implemented
from nba_pipeline.local.bigquery.jobs import Change, Job, Jobs, Results, Scheduler, millis
from nba_pipeline.local.bigquery.load import Loader
from nba_pipeline.local.bigquery.query import QueryRunner
from nba_pipeline.local.bigquery.script import CONTROL, Script
from nba_pipeline.local.bigquery.streaming import StreamingBuffers
from nba_pipeline.local.bigquery.uploads import Uploads

_WORKERS = 16
_KINDS = ("query", "load", "copy")


class Engine:
    """One local BigQuery on the files of `folder`."""

    def __init__(self, folder: Path, storage_url: str | None) -> None:
        self.database = Database(folder)
        self.catalog = Catalog(self.database)
        self.jobs = Jobs(self.database)
        self.results = Results()
        self.buffers = StreamingBuffers(self.database, self.catalog)
        self.uploads = Uploads(folder / "uploads")
        self._queries = QueryRunner(self.database, self.catalog, self.jobs, self.results, self.buffers)
        self._loads = Loader(self.database, self.catalog, self.jobs, storage_url)
        self._copies = Copier(self.database, self.catalog, self.jobs)
        self._scheduler = Scheduler(self.jobs, self._run, _WORKERS)
        self._files: dict[Job, Path] = {}

    def insert_job(self, project: str, resource: Resource, upload: Path | None = None) -> Job:
        """Accepts a job, which then runs by itself; a dry run is only checked. 409 where the id was used."""
        job = _new_job(project, resource)
        if job.configuration.get("dryRun"):
            self._queries.dry_run(job)
            return job
        if upload is not None:
            self._files[job] = upload
        self._scheduler.submit(job, self._changes(job))
        return job

    def cancel(self, job: Job) -> None:
        """Stops a job that has not begun; one that runs is let run, as BigQuery may do."""
        if job.state == "PENDING":
            job.fail(ApiError(499, "stopped", "Job execution was cancelled: User requested cancellation"))
            self.jobs.record_alone(job)
            job.done.set()

    def close(self) -> None:
        """Waits for the jobs that run and closes the files."""
        self._scheduler.close()
        self.database.close()

    def _changes(self, job: Job) -> list[Change]:
        """The tables the job will change; a job whose text makes no sense is accepted and fails when it runs."""
        match job.kind:
            case "LOAD":
                return self._loads.changes(job)
            case "COPY":
                return self._copies.changes(job)
        try:
            return self._queries.changes(job)
        except Exception as error:
            raise from_engine(error) from error

    def _run(self, job: Job, changes: Sequence[Change]) -> None:
        match job.kind:
            case "LOAD":
                self._load(job)
            case "COPY":
                self._copies.run(job)
            case _:
                self._query(job, changes)

    def _load(self, job: Job) -> None:
        upload = self._files.pop(job, None)
        try:
            self._loads.run(job, upload)
        finally:
            if upload is not None:
                upload.unlink(missing_ok=True)

    def _query(self, job: Job, changes: Sequence[Change]) -> None:
        statements = sql.parse(job.configuration["query"]["query"])
        tables = [change.table for change in changes]
        if len(statements) > 1 or statements[0].kind in CONTROL:
            Script(self._queries, job, tables).run(statements)
        else:
            self._queries.run(job, statements[0], tables)


def _new_job(project: str, resource: Resource) -> Job:
    reference = resource.get("jobReference") or {}
    configuration = dict(resource.get("configuration") or {})
    kind = next((kind for kind in _KINDS if kind in configuration), None)
    if kind is None:
        raise not_implemented(f"jobs like {', '.join(configuration) or 'none'}")
    if kind == "query" and configuration["query"].get("useLegacySql"):
        raise not_implemented("legacy SQL")
    configuration = {**configuration, kind: dict(configuration[kind]), "jobType": kind.upper()}
    job_id = reference.get("jobId") or f"job_{uuid.uuid4().hex}"
    if not all(c.isalnum() or c in "-_" for c in job_id) or len(job_id) > 1024:
        raise invalid(f'Invalid job ID "{job_id}". Job IDs must be alphanumeric (plus underscores and dashes).')
    location = reference.get("location") or "US"
    return Job(project, job_id, location, configuration, {"creationTime": millis()})
