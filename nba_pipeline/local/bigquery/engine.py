"""The server's parts put together, without HTTP: what app.py and read_api.py call."""

import re
import uuid
from pathlib import Path

from nba_pipeline.local.bigquery import sql
from nba_pipeline.local.bigquery.catalog import Catalog, Resource
from nba_pipeline.local.bigquery.clock import Clock
from nba_pipeline.local.bigquery.commits import History
from nba_pipeline.local.bigquery.copies import Copier
from nba_pipeline.local.bigquery.database import Database
from nba_pipeline.local.bigquery.errors import invalid, not_implemented, refuse_uncovered, required
from nba_pipeline.local.bigquery.faults import Faults
from nba_pipeline.local.bigquery.jobs import Job, Jobs, Results, millis
from nba_pipeline.local.bigquery.limits import Rules
from nba_pipeline.local.bigquery.load import Loader
from nba_pipeline.local.bigquery.query import CONTROL, QueryRunner
from nba_pipeline.local.bigquery.quotas import Quotas
from nba_pipeline.local.bigquery.scheduler import Scheduler, Steps
from nba_pipeline.local.bigquery.script import Script
from nba_pipeline.local.bigquery.streaming import StreamingBuffers
from nba_pipeline.local.bigquery.uploads import Uploads


class Engine:
    """One local BigQuery on the files of `folder`."""

    def __init__(self, folder: Path, storage_url: str | None, rules: Rules, clock: Clock) -> None:
        self.database = Database(folder)
        self.catalog = Catalog(self.database)
        self.jobs = Jobs(self.database)
        self.results = Results()
        locked = rules.streaming_buffer_seconds if rules.enforce("streaming-buffer") else 0.0
        self.buffers = StreamingBuffers(self.database, self.catalog, clock.machine_seconds(locked))
        self.uploads = Uploads(folder / "uploads")
        self._queries = QueryRunner(self.database, self.catalog, self.jobs, self.results, self.buffers)
        self._loads = Loader(self.database, self.catalog, self.jobs, storage_url)
        self._copies = Copier(self.database, self.catalog, self.jobs)
        self.quotas, self.history = Quotas(rules, clock, self.catalog), History()
        self.faults = Faults(rules.seed)
        self._scheduler = Scheduler(self.jobs, rules, clock, self.quotas, self.history, self.faults)

    def insert_job(self, project: str, resource: Resource, upload: Path | None = None) -> Job:
        """Accepts a job, which then runs by itself; a dry run is only checked. 409 where the id was used."""
        job = _new_job(project, resource)
        if job.configuration.get("dryRun"):
            if job.kind != "QUERY":
                raise not_implemented(f"dry runs of {job.kind} jobs")
            self._queries.dry_run(job)
            return job
        self.faults.refuse(job.job_id)
        self._scheduler.submit(job, self._steps(job, upload))
        return job

    def cancel(self, job: Job) -> None:
        """Stops a job that has had no effect yet."""
        self._scheduler.cancel(job)

    def close(self) -> None:
        """Waits for the jobs that run and closes the files."""
        self._scheduler.close()
        self.database.close()

    def _steps(self, job: Job, upload: Path | None) -> Steps:
        match job.kind:
            case "LOAD":
                return self._load(job, upload)
            case "COPY":
                return self._copy(job)
        return self._query(job)

    def _load(self, job: Job, upload: Path | None) -> Steps:
        try:
            yield self._loads.step(job, upload)
        finally:
            if upload is not None:
                upload.unlink(missing_ok=True)

    def _copy(self, job: Job) -> Steps:
        yield self._copies.step(job)

    def _query(self, job: Job) -> Steps:
        """The job's statements; text that makes no sense is a job that fails."""
        statements = sql.parse(job.configuration["query"]["query"])
        if len(statements) > 1 or statements[0].kind in CONTROL:
            yield from Script(self._queries, job).steps(statements)
        else:
            yield self._queries.step(job, statements[0])


def _new_job(project: str, resource: Resource) -> Job:
    reference = resource.get("jobReference") or {}
    configuration = dict(resource.get("configuration") or {})
    kind = next((kind for kind in _COVERED if kind in configuration), None)
    if kind is None:
        raise not_implemented(f"jobs like {', '.join(configuration) or 'none'}")
    refuse_uncovered(configuration, ("jobType", "labels", "dryRun", kind), "jobs with")
    if kind == "query" and configuration["query"].get("useLegacySql"):
        raise not_implemented("legacy SQL")
    refuse_uncovered(configuration[kind], _COVERED[kind], f"{kind} jobs with")
    for name in _REQUIRED[kind]:
        required(configuration, kind, *name.split("."))
    configuration = {**configuration, kind: dict(configuration[kind]), "jobType": kind.upper()}
    job_id = reference.get("jobId") or f"job_{uuid.uuid4().hex}"
    if not _JOB_ID.fullmatch(job_id):
        raise invalid(f'Invalid job ID "{job_id}". Job IDs must be alphanumeric (plus underscores and dashes).')
    location = reference.get("location") or "US"
    return Job(project, job_id, location, configuration, {"creationTime": millis()})


_JOB_ID = re.compile(r"[A-Za-z0-9_-]{1,1024}")
_WRITING = ("destinationTable", "createDisposition", "writeDisposition", "schemaUpdateOptions")
_SHAPING = ("timePartitioning", "rangePartitioning", "clustering")
_ASKING = ("query", "useLegacySql", "defaultDataset", "queryParameters", "parameterMode", "maximumBytesBilled")
_WITHOUT_MEANING_HERE = ("priority", "useQueryCache", "allowLargeResults", "encoding", "parquetOptions", "autodetect")
_READING = (
    "schema",
    "sourceFormat",
    "sourceUris",
    "maxBadRecords",
    "ignoreUnknownValues",
    "destinationTableProperties",
)
_COVERED = {
    "query": (*_ASKING, *_WRITING, *_SHAPING, *_WITHOUT_MEANING_HERE),
    "load": (*_READING, "destinationTableProperties", *_WRITING, *_SHAPING, *_WITHOUT_MEANING_HERE),
    "copy": ("sourceTable", "sourceTables", "operationType", *_WRITING),
}
_DESTINATION = [f"destinationTable.{name}" for name in ("projectId", "datasetId", "tableId")]
_REQUIRED = {"query": ["query"], "load": _DESTINATION, "copy": _DESTINATION}
