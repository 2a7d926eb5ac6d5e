"""Write slots: one writer at a time per table, and not too many changes of it in ten seconds, over all processes.

BigQuery runs two mutating statements on a table and queues twenty, and lets two that meet in a partition fail; one
writer at a time never meets any of these. A slot is a lock of the kernel's (or of Postgres, `postgres_slots.py`), which
is free the moment its holder dies, however it dies, and which is handed on in the order of arrival: nobody starves.

What a dead writer may leave behind is a job that still runs. So each job is noted in the slot before it is submitted,
and whoever holds the slot next is told of it (`Turn.left_behind`).
"""

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Protocol

from nba_pipeline.bigquery.limits import TABLE_UPDATE_SECONDS, TABLE_UPDATES
from nba_pipeline.errors import UserError


class SlotsUnavailable(UserError):
    """What holds the slots can not be reached, refuses, or lost one; the message says which, and what to look at."""


@dataclass(frozen=True, slots=True)
class Pacing:
    """At most `updates` changes of a table within `seconds`."""

    updates: int = TABLE_UPDATES
    seconds: float = TABLE_UPDATE_SECONDS


@dataclass
class Record:
    """What is remembered of a table from writer to writer: when it was changed, and the job that may be under way."""

    job_id: str = ""
    changed: list[float] = field(default_factory=list)

    @classmethod
    def of(cls, text: str) -> "Record":
        """From what was kept; empty where nothing was."""
        return cls(**json.loads(text)) if text.strip() else cls()

    @property
    def text(self) -> str:
        """The record as it is kept."""
        return json.dumps(asdict(self))


class Turn:
    """A writer's turn at a table.

    `waited` is how many seconds it took to come; `left_behind` the id of a job that the writer before did not see end,
    or empty.
    """

    def __init__(
        self,
        kept: str,
        keep: Callable[[str], None],
        pacing: Pacing,
        waited: float,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._record = Record.of(kept)
        self._keep, self._pacing, self._now = keep, pacing, now
        self.waited = waited
        self.left_behind = self._record.job_id

    def submitting(self, job_id: str) -> None:
        """To be called before a job that changes the table is submitted: waits until one more change is allowed, and
        notes it."""
        started = self._now()
        # A moment that is yet to come was noted before the clock was set back; it must not be waited for.
        moments = [min(moment, started) for moment in self._record.changed]
        recent = [moment for moment in moments if moment > started - self._pacing.seconds]
        if len(recent) >= self._pacing.updates:
            time.sleep(max(0.0, recent[-self._pacing.updates] + self._pacing.seconds - started))
        changed = [*recent, self._now()][-self._pacing.updates :]
        self.waited += changed[-1] - started
        self._note(Record(job_id, changed))

    def ended(self) -> None:
        """To be called when the job that was noted last is known to have ended, also one that was left behind.

        BigQuery counts a change when the job writes, not when it is submitted (the limit fails load jobs while they
        are waited for: embulk/embulk-output-bigquery#75). So the change is as old as the job's end.
        """
        if self._record.job_id:
            self._note(Record("", [*self._record.changed[:-1], self._now()]))

    def _note(self, record: Record) -> None:
        self._keep(record.text)
        self._record = record


class WriteSlots(Protocol):
    """One slot per table, shared by all who write."""

    def held(self, table: str) -> AbstractContextManager[Turn]:
        """Waits for the slot of `table` (`dataset.name`) and holds it within the block."""


class FileSlots:
    """Slots as file locks under `folder`: for all processes of one host.

    The kernel wakes whoever has waited longest, but gives a lock to whoever asks first: a holder that comes back at
    once would overtake those who wait. So a second lock is the line, and only the head of the line waits for the slot.
    Whoever arrives in the very moment in which the line moves may still come one place early.
    """

    def __init__(self, folder: Path, pacing: Pacing) -> None:
        self._folder, self._pacing = folder, pacing

    @contextmanager
    def held(self, table: str) -> Iterator[Turn]:
        """Waits for the slot of `table` (`dataset.name`) and holds it within the block."""
        started = time.monotonic()
        self._folder.mkdir(parents=True, exist_ok=True)
        with _opened(self._folder / table) as slot:
            with _opened(self._folder / f"{table}.line") as line:
                fcntl.flock(line, fcntl.LOCK_EX)
                fcntl.flock(slot, fcntl.LOCK_EX)
            record = self._folder / f"{table}.record"
            kept = record.read_text() if record.exists() else ""
            yield Turn(kept, lambda text: _replace(record, text), self._pacing, time.monotonic() - started)


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """A file of its own, so that the lock on it is its own too and goes with it."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        yield file
    finally:
        os.close(file)


def _replace(path: Path, text: str) -> None:
    """Writes a file in one step: a kill at any moment leaves the old text or the new."""
    new = path.with_name(f"{path.name}.new")
    new.write_text(text)
    new.replace(path)
