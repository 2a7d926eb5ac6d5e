"""An engine without HTTP, for what is quicker or only visible to see from inside."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from nba_pipeline.local.bigquery.clock import Clock
from nba_pipeline.local.bigquery.engine import Engine
from nba_pipeline.local.bigquery.errors import ApiError
from nba_pipeline.local.bigquery.jobs import Job
from nba_pipeline.local.bigquery.limits import Rules


class HandClock(Clock):
    """A clock that stands still until it is told to go on; what waits for it is let happen one by one."""

    def __init__(self) -> None:
        self.moment = 0.0
        self.waiting: list[Callable[[], None]] = []
        self._changed = threading.Condition()

    def now(self) -> float:
        return self.moment

    def machine_seconds(self, seconds: float) -> float:
        return seconds

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        with self._changed:
            self.waiting.append(action)
            self._changed.notify_all()

    def close(self) -> None:
        self.waiting.clear()

    def fire(self, index: int = 0) -> None:
        """Lets the time of something pass: of the oldest, or of the one at that index."""
        self.waiting.pop(index)()

    def await_waiting(self, count: int) -> None:
        """Waits until exactly so many things wait."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.waiting) == count, timeout=20), len(self.waiting)


class Local:
    """An engine with one dataset, `d`."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.engine.catalog.insert_dataset("p", {"datasetReference": {"datasetId": "d"}})

    def begin(self, sql: str, **config: Any) -> Job:
        """A query job that was accepted."""
        return self.engine.insert_job("p", {"configuration": {"query": {"query": sql, **config}}})

    def job(self, sql: str, **config: Any) -> Job:
        """A finished query job; raises its error."""
        return finished(self.begin(sql, **config))

    def rows(self, sql: str, **config: Any) -> list[tuple]:
        """A query's rows."""
        rows = self.job(sql, **config).rows
        assert rows is not None
        return [tuple(row.values()) for row in rows.to_pylist()]

    def value(self, expression: str) -> Any:
        """What an expression gives."""
        [(found,)] = self.rows(f"SELECT {expression} AS value")
        return found


def finished(job: Job) -> Job:
    """The job at its end; raises its error."""
    assert job.done.wait(30)
    if job.error:
        raise ApiError(400, job.error["reason"], job.error["message"], job.error.get("location"))
    return job


class Stepped(Local):
    """An engine whose jobs wait until a test lets their time pass."""

    def __init__(self, engine: Engine, clock: HandClock) -> None:
        super().__init__(engine)
        self.clock = clock

    def job(self, sql: str, **config: Any) -> Job:
        """A query job whose time passed at once, before that of all others."""
        return self.finish(self.begin(sql, **config))

    def finish(self, job: Job) -> Job:
        """Lets the time of the job begun last pass, all steps of it."""
        before = len(self.clock.waiting) - 1
        while not job.done.is_set():
            if len(self.clock.waiting) > before:
                self.clock.fire(before)
            job.done.wait(0.002)
        return finished(job)

    def settle(self) -> None:
        """Lets all time pass, until every job is done."""
        while left := [job for job in self.engine.jobs.of_project("p") if not job.done.is_set()]:
            if self.clock.waiting:
                self.clock.fire()
            left[0].done.wait(0.002)


@contextmanager
def stepped_engine(folder: Path, *without: str) -> Iterator[Stepped]:
    """An engine by hand, without the rules named."""
    clock = HandClock()
    engine = Engine(folder, None, Rules(frozenset(without), seed=1), clock)
    yield Stepped(engine, clock)
    engine.close()


@pytest.fixture
def stepped(tmp_path: Path) -> Iterator[Stepped]:
    with stepped_engine(tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    engine = Engine(tmp_path_factory.mktemp("engine"), None, Rules(), Clock(200))
    yield Local(engine)
    engine.close()
