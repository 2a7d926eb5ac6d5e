"""Write slots: how many writers may change a table at once, and how often, across the processes of one host.

Slots are file locks, so the kernel frees them the moment their holder dies, however it dies: nothing has to be cleaned
up and nothing can be left behind. Whoever waits for a slot stands in the line of a lock of its own, which the kernel
hands on in the order of arrival, so that nobody starves.
"""

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

# BigQuery runs two mutating statements on a table at once and queues twenty more (quotas.md, "Data manipulation
# language"). Two holders keep it busy and never fill its queue.
WRITERS_PER_TABLE = 2

# Changes of one table in ten seconds. The documentation gives 50 for partitioned tables in one place and 5 for all in
# another (quotas.md, "Partitioned tables" and "Standard tables"); the lower one is safe.
UPDATES_PER_WINDOW = 5
WINDOW_SECONDS = 10.0

_POLL_SECONDS = 0.02


class WriteSlots:
    """The slots of all tables, as files under `folder`, which all writers of a host share."""

    def __init__(
        self,
        folder: Path,
        writers_per_table: int = WRITERS_PER_TABLE,
        updates_per_window: int = UPDATES_PER_WINDOW,
        window_seconds: float = WINDOW_SECONDS,
    ) -> None:
        self._folder = folder
        self._writers = writers_per_table
        self._updates, self._window = updates_per_window, window_seconds

    @contextmanager
    def held(self, table: str) -> Iterator[float]:
        """Holds a slot of `table` (`dataset.name`) and has paced its update; gives the seconds that took."""
        started = time.monotonic()
        folder = self._folder / table
        folder.mkdir(parents=True, exist_ok=True)
        slot = self._take(folder)
        try:
            self._pace(folder)
            yield time.monotonic() - started
        finally:
            slot.close()

    def _take(self, folder: Path) -> IO[str]:
        """The first slot that is free, waited for in line."""
        with _locked(folder / "line"):
            while True:
                for number in range(self._writers):
                    if slot := _try_lock(folder / f"slot-{number}"):
                        return slot
                time.sleep(_POLL_SECONDS)

    def _pace(self, folder: Path, now: Callable[[], float] = time.time) -> None:
        """Waits until the table may be changed once more, and notes that it is."""
        with _locked(folder / "updates") as file:
            recent = [moment for moment in _moments(file) if moment > now() - self._window]
            if len(recent) >= self._updates:
                time.sleep(max(0.0, recent[-self._updates] + self._window - now()))
            file.seek(0)
            file.truncate()
            file.write(json.dumps([*recent, now()][-self._updates :]))
            file.flush()


def _moments(file: IO[str]) -> list[float]:
    """The noted times; none where a writer was killed while it noted one."""
    file.seek(0)
    try:
        return json.loads(file.read())
    except json.JSONDecodeError:
        return []


@contextmanager
def _locked(path: Path) -> Iterator[IO[str]]:
    with path.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def _try_lock(path: Path) -> IO[str] | None:
    file = path.open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    file.seek(0)
    file.truncate()
    file.write(str(os.getpid()))  # who holds it, for people who look
    file.flush()
    return file
