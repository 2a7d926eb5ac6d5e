"""Running one BigQuery job to its end, exactly once.

A job's id is derived from what it writes and the number of the attempt, so whoever repeats it (a retry after a lost
answer, a process that takes over from a dead one) meets BigQuery's 409 and attaches to the job that runs or ran
already. An attempt is counted up only once the one before it is known to have failed, which is when nothing of it was
written. Google's client restarts failed queries in few cases and failed loads never, so this is done here.

Whether a job that is met belongs to this very call is told by a label, not by who sent it last: clients repeat requests
by themselves.
"""

import itertools
import random
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import cast

from google.api_core.exceptions import Conflict as AlreadyExists
from google.api_core.exceptions import GoogleAPICallError, NotFound, ServiceUnavailable
from google.cloud import bigquery
from google.cloud.bigquery.job import CopyJob, ExtractJob, LoadJob, QueryJob, UnknownJob
from google.cloud.bigquery.table import RowIterator

from nba_pipeline.bigquery import errors

Job = LoadJob | QueryJob | CopyJob | ExtractJob | UnknownJob
# Submits a job under an id, with labels.
Submit = Callable[[str, Mapping[str, str]], Job]

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


# Labels of a job: the call that submitted it, which attempt it is and why there was one before, and whether it is no
# work at all but takes the id of a job that must not run any more.
_CALL, _ATTEMPT, _AFTER, _FENCE = "call", "attempt", "after", "fence"


@dataclass(frozen=True, slots=True)
class FinishedJob:
    """What a finished job did.

    `attached`: it had been submitted before, and this call only waited for it. `retried` names what went wrong
    before, once for each rerun; `waited` is how many seconds were slept because of that. `changed` counts the rows
    that DML inserted, updated and deleted.
    """

    job_id: str
    attached: bool
    dml_statements: int
    seconds: float
    retried: tuple[str, ...] = ()
    waited: float = 0.0
    changed: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs jobs for one write: `labels` go on each of them, `sleep` passes the seconds between reruns."""

    client: bigquery.Client
    labels: Mapping[str, str] = field(default_factory=dict)
    sleep: Callable[[float], None] = time.sleep

    def run(self, stem: str, submit: Submit, dml_statements: int = 0, resume: bool = True) -> FinishedJob:
        """Submits a job as `stem`-1, or attaches to the one of that id, and waits for its end.

        Runs it again under the next number where it failed in a way that passes. Raises the errors.WriteFailure that
        is left where it does not. Without `resume` jobs of earlier calls are passed over whatever they did.
        """
        started, reruns, call = time.monotonic(), _Reruns(self.sleep), uuid.uuid4().hex
        for attempt in itertools.count(1):
            labels = {_CALL: call, **reruns.labels(attempt)}
            job, attached = self._run_to_its_end(f"{stem}-{attempt}", submit, labels, reruns)
            is_ours = job.labels.get(_CALL) == call
            if not is_ours and (not resume or _FENCE in job.labels):
                continue
            if job.error_result is None:
                seconds, causes = time.monotonic() - started, tuple(reruns.causes)
                return FinishedJob(job.job_id, attached, dml_statements, seconds, causes, reruns.waited, _changed(job))
            if is_ours:
                reruns.pause(errors.of_job(job.error_result, job.job_id))
        raise AssertionError("attempts are counted without end")

    def rows(self, stem: str, submit: Submit) -> RowIterator:
        """The rows of a query, run as `run` does but never taken from an earlier one: what it reads changes."""
        finished = self.run(f"{stem}-{uuid.uuid4().hex[:12]}", submit)
        return cast(QueryJob, self.client.get_job(finished.job_id)).result()

    def fence(self, job_id: str) -> None:
        """Makes sure that nothing more comes of a job whose writer died, and returns when that is so.

        Waits for the job's end; where BigQuery never got it, an empty query takes its id, so that a request which is
        still on its way is refused.
        """
        self._run_to_its_end(job_id, self._submit_nothing, {_FENCE: "1"}, _Reruns(self.sleep))

    def _run_to_its_end(
        self, job_id: str, submit: Submit, labels: Mapping[str, str], reruns: "_Reruns"
    ) -> tuple[Job, bool]:
        """The job of that id when it is done, and whether it was there before.

        After a request that failed it is not known whether the job was taken: the same id finds out.
        """
        while True:
            try:
                job, attached = self._submit_or_attach(job_id, submit, labels)
                _wait(job)
            except GoogleAPICallError as error:
                reruns.pause(errors.of_call(error, job_id))
            else:
                return job, attached

    def _submit_or_attach(self, job_id: str, submit: Submit, labels: Mapping[str, str]) -> tuple[Job, bool]:
        try:
            return submit(job_id, {**self.labels, **labels}), False
        except AlreadyExists:
            return self._existing(job_id), True

    def _existing(self, job_id: str) -> Job:
        """The job that a 409 speaks of, which for a moment can be not found yet (python-bigquery#2134)."""
        try:
            return self.client.get_job(job_id)
        except NotFound as error:
            raise ServiceUnavailable(f"job {job_id} exists and is not found") from error

    def _submit_nothing(self, job_id: str, labels: Mapping[str, str]) -> Job:
        config = bigquery.QueryJobConfig(labels=dict(labels))
        return self.client.query("SELECT 1", job_id=job_id, job_config=config, job_retry=None)


@dataclass
class _Reruns:
    """How often a job was run again and why, and whether it may be once more."""

    sleep: Callable[[float], None]
    causes: list[str] = field(default_factory=list)
    waited: float = 0.0

    def labels(self, attempt: int) -> dict[str, str]:
        """The labels of the job's next attempt."""
        after = {_AFTER: self.causes[-1].lower()} if self.causes else {}
        return {_ATTEMPT: str(attempt), **after}

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


def _wait(job: Job) -> None:
    """Polls until the job is done: the client's own polling starts at a whole second, too slow for small loads."""
    pause = _FIRST_POLL_S
    while job.state != "DONE":
        time.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311 - jitter, not a secret
        pause = min(pause * 1.5, _LONGEST_POLL_S)
        job.reload()


def _changed(job: Job) -> dict[str, int]:
    """The rows that a DML statement inserted, updated and deleted; empty for other jobs."""
    counts = getattr(job, "dml_stats", None)
    if counts is None:
        return {}
    found = {
        "inserted": counts.inserted_row_count,
        "updated": counts.updated_row_count,
        "deleted": counts.deleted_row_count,
    }
    return {name: count for name, count in found.items() if count}
