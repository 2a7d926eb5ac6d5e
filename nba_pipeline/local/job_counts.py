"""BigQuery's job list, counted through Google's client."""

from collections import Counter
from dataclasses import dataclass, field

from google.cloud import bigquery

from nba_pipeline.bigquery import errors

_DML = {"DELETE", "INSERT", "MERGE", "UPDATE"}
# Google's client submits a failed query again, as a new job, for these (retry.py, DEFAULT_JOB_RETRY).
_RESTARTED = {"rateLimitExceeded", "jobRateLimitExceeded", "backendError", "internalError", "jobBackendError"}


@dataclass
class Jobs:
    """Jobs, DML statements, jobs that were tried again, bytes loaded, bytes queries read, and failures by class."""

    jobs: int = 0
    dml: int = 0
    reruns: int = 0
    bytes_loaded: int = 0
    bytes_processed: int = 0
    failed: Counter = field(default_factory=Counter)

    def __sub__(self, before: "Jobs") -> "Jobs":
        return Jobs(
            self.jobs - before.jobs,
            self.dml - before.dml,
            self.reruns - before.reruns,
            self.bytes_loaded - before.bytes_loaded,
            self.bytes_processed - before.bytes_processed,
            self.failed - before.failed,
        )

    def add(self, job: bigquery.LoadJob | bigquery.QueryJob) -> None:
        """Counts a job."""
        self.jobs += 1
        self.dml += isinstance(job, bigquery.QueryJob) and job.query.split(maxsplit=1)[0] in _DML
        self.reruns += job.labels.get("attempt", "1") != "1" or _is_restarted(job)
        self.bytes_loaded += getattr(job, "input_file_bytes", None) or 0
        self.bytes_processed += getattr(job, "total_bytes_processed", None) or 0
        if error := job.error_result:
            self.failed[errors.classify(error.get("reason", ""), error.get("message", "")).__name__] += 1

    def figures(self) -> dict[str, int]:
        """What the jobs came to; bytes in MiB."""
        loaded, processed = round(self.bytes_loaded / 2**20), round(self.bytes_processed / 2**20)
        return {"jobs": self.jobs, "dml": self.dml, "mb_loaded": loaded, "mb_processed": processed}


def count_jobs(client: bigquery.Client) -> Jobs:
    """Counts all jobs of the project."""
    counted = Jobs()
    for job in client.list_jobs():
        counted.add(job)
    return counted


def _is_restarted(job: bigquery.LoadJob | bigquery.QueryJob) -> bool:
    """Whether Google's client tried a failed job again: queries, and none of ours, which have labels."""
    return job.job_type == "query" and not job.labels and (job.error_result or {}).get("reason") in _RESTARTED
