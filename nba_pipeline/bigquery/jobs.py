"""Running one BigQuery job to its end, exactly once.

A job's id is derived from what it writes, so whoever repeats it (a retry after a lost answer, a process that takes
over from a dead one) meets BigQuery's 409 and attaches to the job that runs or ran already.
"""

import itertools
import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from google.api_core.exceptions import Conflict, GoogleAPICallError
from google.cloud import bigquery
from google.cloud.bigquery.job import CopyJob, ExtractJob, LoadJob, QueryJob, UnknownJob

Job = LoadJob | QueryJob | CopyJob | ExtractJob | UnknownJob

_FIRST_POLL_S = 0.02
_LONGEST_POLL_S = 2.0


class JobFailed(RuntimeError):
    """BigQuery ended the job with an error; the message holds the job, BigQuery's reason and its words."""


@dataclass(frozen=True, slots=True)
class FinishedJob:
    """What a finished job did. `attached`: it had been submitted before, and this call only waited for it."""

    job_id: str
    attached: bool
    dml_statements: int
    seconds: float


def run(client: bigquery.Client, stem: str, submit: Callable[[str], Job], dml_statements: int) -> FinishedJob:
    """Submits a job as `stem`-1, or attaches to the one of that id, and waits for its end.

    An earlier job of that id that failed wrote nothing, so the next number is tried. Raises JobFailed where the job
    submitted here is refused or ends in an error.
    """
    started = time.monotonic()
    for attempt in itertools.count(1):
        job, attached = _submit_or_attach(client, f"{stem}-{attempt}", submit)
        _wait(job)
        if job.error_result is None:
            return FinishedJob(job.job_id, attached, dml_statements, time.monotonic() - started)
        if not attached:
            reason, message = job.error_result.get("reason"), job.error_result.get("message")
            raise JobFailed(f"job {job.job_id} ended in {reason}: {message}")
    raise AssertionError("unreachable: the loop ends by return or raise")


def _submit_or_attach(client: bigquery.Client, job_id: str, submit: Callable[[str], Job]) -> tuple[Job, bool]:
    try:
        return submit(job_id), False
    except Conflict:
        return client.get_job(job_id), True
    except GoogleAPICallError as error:
        raise JobFailed(f"BigQuery refused job {job_id}: {error.message}") from error


def _wait(job: Job) -> None:
    """Polls until the job is done: the client's own polling starts at a whole second, too slow for small loads."""
    pause = _FIRST_POLL_S
    while job.state != "DONE":
        time.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311 - jitter, not a secret
        pause = min(pause * 1.5, _LONGEST_POLL_S)
        job.reload()
