"""Jobs on their way from PENDING to DONE: admission, latency, work, and BigQuery's own reruns.

A job is one step, a script one per statement. A step that is admitted makes its job RUNNING; then its latency passes
on the clock, without a worker; then it runs and commits on a worker, in turn with the others that write its table.
"""

import threading
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from nba_pipeline.bigquery import limits
from nba_pipeline.local.bigquery.admission import Admission
from nba_pipeline.local.bigquery.catalog import TableId
from nba_pipeline.local.bigquery.clock import Clock
from nba_pipeline.local.bigquery.commits import Attempt, History
from nba_pipeline.local.bigquery.errors import ApiError, ConcurrentUpdate, from_engine
from nba_pipeline.local.bigquery.faults import Faults
from nba_pipeline.local.bigquery.jobs import Job, Jobs, millis
from nba_pipeline.local.bigquery.latency import Kind, Latency
from nba_pipeline.local.bigquery.limits import Rules
from nba_pipeline.local.bigquery.quotas import Quotas


@dataclass(frozen=True)
class Step:
    """What is admitted, takes its time, and then runs and commits at once.

    `table` is the one it changes, if any. The effect of a step within a transaction waits for the step that commits.
    """

    kind: Kind
    table: TableId | None
    run: Callable[[Attempt], None]
    in_transaction: bool = False

    @property
    def written(self) -> TableId | None:
        """The table that it writes when it runs."""
        return None if self.in_transaction else self.table


Steps = Generator[Step, None, None]


@dataclass(eq=False)
class _Task:
    """A job under way."""

    job: Job
    steps: Steps
    delay: float = 0.0
    dies: bool = False
    cancelled: bool = False
    reruns: int = 0
    step: Step = field(init=False)
    attempt: Attempt = field(init=False)


class Scheduler:
    """Takes jobs to their end. A step records its own success; failures are recorded here."""

    def __init__(
        self, jobs: Jobs, rules: Rules, clock: Clock, quotas: Quotas, history: History, faults: Faults
    ) -> None:
        self._jobs, self._rules, self._clock = jobs, rules, clock
        self._quotas, self._history, self._faults = quotas, history, faults
        self._admission: Admission[_Task] = Admission(rules, clock)
        self._latency = Latency(rules.seed, rules.enforce("latency"))
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="job")
        self._lock = threading.Lock()
        self._open = True
        self._tasks: dict[Job, _Task] = {}
        self._ready: list[_Task] = []
        self._written: set[TableId] = set()

    def submit(self, job: Job, steps: Steps) -> None:
        """Accepts a job, whose steps come one by one as the ones before are done; 409 where its id was used before."""
        self._jobs.add(job)
        task = self._tasks[job] = _Task(job, steps)
        task.delay = self._faults.delay(job.job_id)
        task.dies = self._faults.strikes("job-death", job.job_id)
        if self._faults.strikes("backend-error", job.job_id):
            self._fail(task, ApiError(503, "backendError", "The job encountered an error during execution."))
        else:
            self._go_on(task)

    def cancel(self, job: Job) -> None:
        """Ends a job that waits, and one that runs before its next effect; others are let run, as BigQuery may do."""
        with self._lock:
            task = self._tasks.get(job)
            waited = task is not None and self._admission.withdraw(task)
            if task is not None:
                task.cancelled = True
        if task is not None and waited:
            self._fail(task, _stopped())

    def close(self) -> None:
        """Drops what does not work at this moment and waits for what does."""
        with self._lock:
            self._open = False
        self._clock.close()
        self._pool.shutdown(cancel_futures=True)

    def _go_on(self, task: _Task) -> None:
        """Requests the job's next step; where there is none, the last one recorded the job's success."""
        try:
            step = next(task.steps, None)
            if step is not None:
                task.step, task.reruns = step, 0
                admitted = self._admit(task, step)
        except Exception as error:
            self._fail(task, error)
            return
        if step is None:
            self._end(task)
        elif admitted:
            self._begin(task)

    def _admit(self, task: _Task, step: Step) -> bool:
        if step.table is None:
            return True
        with self._lock:
            if not step.in_transaction:
                admitted = self._admission.enter(task, step.kind, step.table)
            else:
                admitted = True
                if step.kind in ("MUTATE", "TRUNCATE") and self._rules.enforce("conflicts"):
                    self._admission.claim(task, step.table)
            self._quotas.take(step.kind, step.table)
            return admitted

    def _begin(self, task: _Task) -> None:
        task.job.statistics.setdefault("startTime", millis())
        task.job.state = "RUNNING"
        task.attempt = Attempt(
            task.step.kind, self._rules, self._quotas, self._history, leave=partial(self._leave, task)
        )
        with self._lock:
            seconds = self._latency.seconds(task.step.kind) + task.delay
        task.delay = 0.0
        self._clock.after(seconds, partial(self._arrive, task))

    def _arrive(self, task: _Task) -> None:
        with self._lock:
            self._ready.append(task)
            self._dispatch()

    def _dispatch(self) -> None:
        """Hands tasks to workers, each table's one at a time in the order they came; so none waits on a worker."""
        for task in list(self._ready) if self._open else ():
            table = task.step.written
            if table not in self._written:
                self._ready.remove(task)
                self._written |= {table} if table else set()
                self._pool.submit(self._work, task)

    def _work(self, task: _Task) -> None:
        error = _error_of(task)
        with self._lock:
            self._written -= {task.step.written}
            self._dispatch()
        if error is None:
            self._go_on(task)
        elif isinstance(error, ConcurrentUpdate) and task.reruns < limits.RERUNS:
            task.reruns += 1
            self._begin(task)
        else:
            self._fail(task, error)

    def _leave(self, task: _Task) -> None:
        """Frees the task's places in queues and what its transaction owns, for those who wait."""
        with self._lock:
            admitted = self._admission.leave(task)
        for other in admitted:
            self._begin(other)

    def _fail(self, task: _Task, error: Exception) -> None:
        try:
            task.steps.close()
            with self._lock:
                self._admission.withdraw(task)
            self._leave(task)
            self._jobs.fail(task.job, from_engine(error))
        finally:
            self._end(task)

    def _end(self, task: _Task) -> None:
        self._tasks.pop(task.job, None)
        task.job.done.set()


_WORKERS = 16


def _error_of(task: _Task) -> Exception | None:
    """Runs the task's step; returns what it raised."""
    try:
        if task.cancelled:
            raise _stopped()
        if task.dies:
            raise ApiError(500, "jobInternalError", "The job encountered an internal error during execution.")
        task.step.run(task.attempt)
    except Exception as error:
        return error
    return None


def _stopped() -> ApiError:
    return ApiError(400, "stopped", "Job execution was cancelled: User requested cancellation")
