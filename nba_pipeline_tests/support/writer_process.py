"""Write slots of either kind, and writers in processes of their own that can be told what to do, and killed."""

import itertools
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from nba_pipeline.bigquery.slots import FileSlots, Pacing, WriteSlots

SPAWN = multiprocessing.get_context("spawn")
TABLE = "toys.toy"
UNPACED = Pacing(seconds=0)


@dataclass(frozen=True)
class FilePlace:
    """Slots in a folder."""

    folder: Path

    def slots(self, pacing: Pacing = UNPACED) -> WriteSlots:
        """The slots, as each process makes its own."""
        return FileSlots(self.folder, pacing)

    def waiting(self) -> int:
        """How many wait for a slot, as the kernel sees it."""
        inodes = {str(path.stat().st_ino) for path in self.folder.iterdir()}
        locks = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
        return sum(lock[1] == "->" and lock[6].split(":")[-1] in inodes for lock in locks)


@dataclass(frozen=True)
class PostgresPlace:
    """Slots in a database."""

    url: str

    def slots(self, pacing: Pacing = UNPACED) -> WriteSlots:
        """The slots, as each process makes its own."""
        from nba_pipeline.bigquery.postgres_slots import PostgresSlots

        return PostgresSlots(self.url, pacing)

    def waiting(self) -> int:
        """How many wait for a slot, as the database sees it."""
        from nba_pipeline_tests.support.postgres import query

        return len(query(self.url, "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"))


Place = FilePlace | PostgresPlace


class WriterProcess:
    """A process that does one thing after the other as it is told, and answers each."""

    def __init__(self, place: Place, pacing: Pacing = UNPACED) -> None:
        self._pipe, theirs = SPAWN.Pipe()
        self._process = SPAWN.Process(target=_obey, args=(theirs, place, pacing), daemon=True)
        self._process.start()
        theirs.close()
        self.answer(60)

    def tell(self, *order: Any) -> None:
        """Gives an order, the name of a method of `_Writer`, and does not wait."""
        self._pipe.send(order)

    def answer(self, seconds: float = 20) -> Any:
        """What the order gave; fails when there is no answer within `seconds`."""
        assert self._pipe.poll(seconds), f"no answer within {seconds} s"
        return self._pipe.recv()

    def does(self, *order: Any) -> Any:
        """Gives an order and waits for it."""
        self.tell(*order)
        return self.answer()

    def interrupt(self) -> None:
        """What Dagster sends to a run that is to end. Waits for its end."""
        assert self._process.pid
        os.kill(self._process.pid, signal.SIGINT)
        self._process.join(5)
        assert self._process.exitcode is not None, "it did not end within 5 s"

    def kill(self) -> None:
        """kill -9; does nothing to one that is gone."""
        self._process.kill()
        self._process.join()
        self._pipe.close()


@contextmanager
def writers(place: Place, count: int, pacing: Pacing = UNPACED) -> Iterator[list[WriterProcess]]:
    """Processes that are gone at the block's end."""
    with ExitStack() as stack:
        made = [WriterProcess(place, pacing) for _ in range(count)]
        for writer in made:
            stack.callback(writer.kill)
        yield made


def await_that(condition: Callable[[], bool]) -> None:
    """Waits until the condition holds."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it did not come true within 20 s"
        time.sleep(0.01)


def _obey(pipe: Connection, place: Place, pacing: Pacing) -> None:
    writer = _Writer(place, pacing)
    pipe.send("ready")
    while True:
        order, *arguments = pipe.recv()
        pipe.send(getattr(writer, order)(*arguments))


class _Writer:
    def __init__(self, place: Place, pacing: Pacing) -> None:
        self._place, self._slots, self._held = place, place.slots(pacing), ExitStack()

    def take(self) -> str:
        """The job that was left behind."""
        self._turn = self._held.enter_context(self._slots.held(TABLE))
        return self._turn.left_behind

    def leave(self) -> None:
        self._held.close()

    def take_again(self) -> str:
        self.leave()
        return self.take()

    def leave_when_somebody_has_waited(self, seconds: float) -> None:
        await_that(lambda: self._place.waiting() == 1)
        time.sleep(seconds)
        self.leave()

    def take_and_leave(self, log: str, times: int) -> None:
        """Writes a bracket into the log when it comes and one when it goes, two milliseconds later."""
        for _ in range(times):
            self.take()
            _append(log, "(")
            time.sleep(0.002)
            _append(log, ")")
            self.leave()

    def submit(self, job_id: str) -> None:
        self._turn.submitting(job_id)

    def end(self) -> None:
        self._turn.ended()

    def note_jobs_for_ever(self) -> None:
        for number in itertools.count():
            self._turn.submitting(job_id_of_length(50 + number % 900))


def job_id_of_length(length: int) -> str:
    """A job id that says how long it is, so that a part of it is known as such."""
    return f"{length}-".ljust(length, "x")


def _append(path: str, text: str) -> None:
    with Path(path).open("a") as file:
        file.write(text)
