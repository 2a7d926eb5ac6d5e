"""Running one BigQuery job to its end, exactly once.

A job's id is derived from what it writes and the number of the attempt, so whoever repeats it (a retry after a lost
answer, a process that takes over from a dead one) meets BigQuery's 409 and attaches to the job that runs or ran
already. An attempt is counted up only once the one before it is known to have failed, which is when nothing of it was
written. Google's client restarts failed queries in few cases and failed loads never, so this is done here.
"""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from google.api_core.exceptions import Conflict as AlreadyExists
from google.api_core.exceptions import GoogleAPICallError
from google.cloud import bigquery
from google.cloud.bigquery.job import CopyJob, ExtractJob, LoadJob, QueryJob, UnknownJob

from nba_pipeline.bigquery import errors

Job = LoadJob | QueryJob | CopyJob | ExtractJob | UnknownJob

_FIRST_POLL_S = 0.02
_LONGEST_POLL_S = 2.0

# Seconds before each rerun, by what went wrong; when they are used up, the failure is the job's.
PAUSES: dict[type[errors.WriteFailure], tuple[float, ...]] = {
    errors.Conflict: (1, 2, 4, 8, 16),
    # Statements ahead of us take seconds to minutes each; 10 minutes let a full queue of short ones drain.
    errors.QueueFull: (2, 4, 8, 16, 30, 60, 120, 180, 180),
    # The limit counts changes within 10 seconds.
    errors.RateLimited: (2, 4, 8, 16, 32, 32),
    # Rows leave the streaming buffer within half an hour; who streams must stop, so this fails loudly well before.
    errors.StreamingBuffer: (60, 120, 240),
    errors.Transient: (1, 2, 4, 8, 16, 32),
}


@dataclass(frozen=True, slots=True)
class FinishedJob:
    """What a finished job did.

    `attached`: it had been submitted before, and this call only waited for it. `retried` names what went wrong
    before, once for each rerun; `waited` is how many seconds were slept because of that.
    """

    job_id: str
    attached: bool
    dml_statements: int
    seconds: float
    retried: tuple[str, ...] = ()
    waited: float = 0.0


@dataclass
class _Reruns:
    """How often a job was run again and why, and whether it may be once more."""

    sleep: Callable[[float], None]
    causes: list[str] = field(default_factory=list)
    waited: float = 0.0

    def pause(self, failure: errors.WriteFailure) -> None:
        """Sleeps as long as the failure asks for; raises it where no rerun is left."""
        pauses = PAUSES.get(type(failure), ())
        used = Counter(self.causes)[type(failure).__name__]
        if used >= len(pauses):
            raise failure
        seconds = pauses[used] * random.uniform(0.7, 1.3)  # noqa: S311 - jitter, not a secret
        self.sleep(seconds)
        self.causes.append(type(failure).__name__)
        self.waited += seconds


def run(
    client: bigquery.Client,
    stem: str,
    submit: Callable[[str], Job],
    dml_statements: int,
    sleep: Callable[[float], None] = time.sleep,
) -> FinishedJob:
    """Submits a job as `stem`-1, or attaches to the one of that id, and waits for its end.

    Runs it again under the next number where it failed in a way that passes. Raises the errors.WriteFailure that is
    left where it does not.
    """
    started, attempt, reruns = time.monotonic(), 1, _Reruns(sleep)
    while True:
        job_id = f"{stem}-{attempt}"
        try:
            job, attached = _submit_or_attach(client, job_id, submit)
            _wait(job)
        except GoogleAPICallError as error:
            # Whether the job was taken is not known: the same id finds out.
            reruns.pause(errors.of_call(error, job_id))
            continue
        if job.error_result is None:
            seconds = time.monotonic() - started
            return FinishedJob(job.job_id, attached, dml_statements, seconds, tuple(reruns.causes), reruns.waited)
        attempt += 1
        if not attached:
            reruns.pause(errors.of_job(job.error_result, job_id))


def _submit_or_attach(client: bigquery.Client, job_id: str, submit: Callable[[str], Job]) -> tuple[Job, bool]:
    try:
        return submit(job_id), False
    except AlreadyExists:
        return client.get_job(job_id), True


def _wait(job: Job) -> None:
    """Polls until the job is done: the client's own polling starts at a whole second, too slow for small loads."""
    pause = _FIRST_POLL_S
    while job.state != "DONE":
        time.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311 - jitter, not a secret
        pause = min(pause * 1.5, _LONGEST_POLL_S)
        job.reload()
