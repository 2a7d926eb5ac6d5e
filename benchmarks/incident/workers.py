"""N workers that take dates from one queue and write each in their own way, and a live writer beside them."""

import datetime as dt
import multiprocessing
import queue
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["benchmarks.incident.ways"])

# Seconds of BigQuery between two scrapes of the live feed.
_LIVE_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a system under test writes: the server, the folder of its inputs and of its slots."""

    project: str
    url: str
    read_address: str
    inputs: Path
    slots: Path
    time_scale: float


# Writes one date; what it raises is what the worker would have logged. Returns how often it tried something again.
Way = Callable[[Place, dt.date], int]


@dataclass
class Worked:
    """What the workers saw: seconds, errors by their words, and tries beyond the first."""

    seconds: float
    retries: int = 0
    live_writes: int = 0
    errors: Counter = field(default_factory=Counter)
    live_errors: Counter = field(default_factory=Counter)

    def note(self, told: multiprocessing.Queue) -> None:
        """Takes in what is left of what workers and the live writer told."""
        while not told.empty():
            self.take(told.get())

    def take(self, message: tuple[str, int, str]) -> bool:
        """Takes in one message; says whether it came from the backfill."""
        who, retries, error = message
        if who == "live":
            self.live_writes += 1
            self.live_errors[error] += bool(error)
        else:
            self.retries += retries
            self.errors[error] += bool(error)
        return who != "live"


def work(way: Way, place: Place, dates: Sequence[dt.date], workers: int, threads: int) -> Worked:
    """Lets `workers` workers, `threads` of them to a process, write `dates` by `way`, a live writer beside them."""
    waiting, told, over = FORKS.Queue(), FORKS.Queue(), FORKS.Event()
    for date in dates:
        waiting.put(date)
    live = FORKS.Process(target=write_live, args=(way, place, dates[-1], over, told))
    started = time.monotonic()
    live.start()
    processes = [
        FORKS.Process(target=_work, args=(way, place, waiting, told, threads)) for _ in range(-(-workers // threads))
    ]
    for process in processes:
        process.start()
    worked, left = Worked(0.0), len(dates)
    while left:
        left -= worked.take(told.get(timeout=900))
    worked.seconds = time.monotonic() - started
    over.set()
    for process in [*processes, live]:
        process.join(120)
    worked.note(told)
    return worked


def _work(way: Way, place: Place, waiting: multiprocessing.Queue, told: multiprocessing.Queue, threads: int) -> None:
    warnings.simplefilter("ignore")  # Google's client speaks of pandas-gbq at each load

    def loop() -> None:
        while True:
            try:
                date = waiting.get(timeout=2)
            except queue.Empty:
                return
            told.put(("backfill", *_tried(way, place, date)))

    started = [threading.Thread(target=loop) for _ in range(threads)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()


def write_live(way: Way, place: Place, date: dt.date, over: threading.Event, told: multiprocessing.Queue) -> None:
    """Writes `date` again and again until `over` is set."""
    warnings.simplefilter("ignore")
    while not over.wait(_LIVE_SECONDS / place.time_scale):
        told.put(("live", *_tried(way, place, date)))


def _tried(way: Way, place: Place, date: dt.date) -> tuple[int, str]:
    try:
        return way(place, date), ""
    except Exception as error:  # logged and forgotten, as the old system did
        return 0, f"{type(error).__name__}: {error}"
