"""Reruns of jobs: as often as the failure's budget allows, never twice under one id, never after success."""

from dataclasses import dataclass, field

import pytest
from google.api_core import exceptions
from google.cloud import bigquery

from nba_pipeline.bigquery import errors, jobs

CONFLICT = {"reason": "invalidQuery", "message": "Could not serialize access to table t due to concurrent update"}
BACKEND = {"reason": "backendError", "message": "Backend Error"}
SYNTAX = {"reason": "invalidQuery", "message": "Syntax error"}


@dataclass
class FakeJob:
    job_id: str
    error_result: dict | None = None
    state: str = "DONE"
    labels: dict = field(default_factory=dict)


@dataclass
class FakeBigQuery:
    """Ends each job with the next of `ends`: an error_result, None for success, or an exception for the request.

    These failures can not be had from a server at will; ids behave as BigQuery's do.
    """

    ends: list
    taken: dict[str, FakeJob] = field(default_factory=dict)
    submitted: list[str] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    def submit(self, job_id: str, labels: dict) -> FakeJob:
        self.submitted.append(job_id)
        if job_id in self.taken:
            raise exceptions.Conflict("Already Exists: Job")
        end = self.ends.pop(0)
        if isinstance(end, LostAnswer):
            self.taken[job_id] = FakeJob(job_id, labels=labels)
            raise exceptions.ServiceUnavailable("the answer was lost")
        if isinstance(end, Exception):
            raise end
        self.taken[job_id] = FakeJob(job_id, end, labels=labels)
        return self.taken[job_id]

    def query(self, sql: str, job_id: str, job_config: bigquery.QueryJobConfig, job_retry: None) -> FakeJob:
        assert sql == "SELECT 1"
        return self.submit(job_id, job_config.labels)

    def get_job(self, job_id: str) -> FakeJob:
        return self.taken[job_id]

    @property
    def runner(self) -> jobs.Runner:
        return jobs.Runner(self, {}, self.slept.append)

    def run(self, resume: bool = True) -> jobs.FinishedJob:
        return self.runner.run("write", self.submit, 1, resume)


class LostAnswer:
    """The job is taken, and nobody hears of it."""


def test_a_job_that_succeeds_is_run_once():
    fake = FakeBigQuery([None])
    finished = fake.run()
    assert (finished.job_id, finished.attached, finished.retried, fake.slept) == ("write-1", False, (), [])


def test_a_conflict_is_run_again_under_the_next_id_with_growing_pauses():
    fake = FakeBigQuery([CONFLICT, CONFLICT, None])
    finished = fake.run()
    assert fake.submitted == ["write-1", "write-2", "write-3"]
    assert finished.retried == ("Conflict", "Conflict")
    assert 0.7 <= fake.slept[0] <= 1.3 < 1.4 <= fake.slept[1] <= 2.6
    assert finished.waited == pytest.approx(sum(fake.slept))


def test_a_conflict_that_stays_is_given_up_after_five_reruns():
    fake = FakeBigQuery([CONFLICT] * 10)
    with pytest.raises(errors.Conflict, match="job write-6 ended in invalidQuery: Could not serialize"):
        fake.run()
    assert len(fake.submitted) == 6


def test_a_permanent_error_is_never_run_again():
    fake = FakeBigQuery([SYNTAX, None])
    with pytest.raises(errors.Permanent, match="Syntax error"):
        fake.run()
    assert (fake.submitted, fake.slept) == (["write-1"], [])


def test_after_a_lost_answer_the_same_id_finds_the_job():
    fake = FakeBigQuery([LostAnswer()])
    finished = fake.run()
    assert fake.submitted == ["write-1", "write-1"]
    assert (finished.job_id, finished.attached, finished.retried) == ("write-1", True, ("Transient",))


def test_a_request_that_never_reached_bigquery_is_sent_again_under_its_id():
    fake = FakeBigQuery([exceptions.ServiceUnavailable("down"), None])
    assert fake.run().job_id == "write-1"


def test_an_earlier_attempt_that_failed_is_passed_over_without_a_pause():
    fake = FakeBigQuery([None], taken={"write-1": FakeJob("write-1", BACKEND), "write-2": FakeJob("write-2", CONFLICT)})
    assert (fake.run().job_id, fake.slept) == ("write-3", [])


def test_an_earlier_attempt_that_succeeded_is_all_there_is_to_do():
    fake = FakeBigQuery([], taken={"write-1": FakeJob("write-1", BACKEND), "write-2": FakeJob("write-2")})
    finished = fake.run()
    assert (finished.job_id, finished.attached) == ("write-2", True)


def test_without_resuming_an_earlier_success_is_passed_over_and_an_own_lost_answer_is_not():
    fake = FakeBigQuery([LostAnswer()], taken={"write-1": FakeJob("write-1")})
    finished = fake.run(resume=False)
    assert fake.submitted == ["write-1", "write-2", "write-2"]
    assert (finished.job_id, finished.attached) == ("write-2", True)


def test_a_rerun_says_in_its_labels_which_attempt_it_is_and_why():
    fake = FakeBigQuery([CONFLICT, None])
    fake.run()
    labels = [{name: job.labels.get(name) for name in ("attempt", "after")} for job in fake.taken.values()]
    assert labels == [{"attempt": "1", "after": None}, {"attempt": "2", "after": "conflict"}]


def test_a_fence_waits_for_a_dead_writers_job():
    fake = FakeBigQuery([], taken={"write-1": FakeJob("write-1")})
    fake.runner.fence("write-1")
    assert fake.submitted == ["write-1"]


def test_a_fence_takes_the_id_of_a_job_that_never_came_and_nobody_takes_it_for_the_write():
    fake = FakeBigQuery([exceptions.ServiceUnavailable("down"), None, None])
    fake.runner.fence("write-1")
    with pytest.raises(exceptions.Conflict):
        fake.submit("write-1", {})
    assert fake.run().job_id == "write-2"


def test_each_cause_has_a_budget_of_its_own():
    fake = FakeBigQuery([CONFLICT, BACKEND] * 5 + [None])
    assert fake.run().retried == ("Conflict", "Transient") * 5


@pytest.mark.parametrize(("cause", "pauses"), jobs.PAUSES.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_only_what_passes_has_a_budget_and_it_ends(cause, pauses):
    assert issubclass(cause, errors.Retryable)
    assert 0 < sum(pauses) * 1.3 <= 900
    assert list(pauses) == sorted(pauses)


def test_everything_that_passes_has_a_budget():
    assert set(jobs.PAUSES) == set(errors.Retryable.__subclasses__())
