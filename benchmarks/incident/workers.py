"""N workers that take dates from one queue and write each in their own way, and a live writer beside them."""

import datetime as dt
import multiprocessing
import queue
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Barrier
from pathlib import Path

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["benchmarks.incident.ways"])

# Seconds of BigQuery between two scrapes of the live feed.
_LIVE_SECONDS = 15.0

# A hundred processes that start on two cores take a while; a way's last tries may be Google's client's, of minutes.
_START_SECONDS, _END_SECONDS = 180.0, 120.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a system under test writes: the server, the folder of its inputs and of its slots."""

    project: str
    url: str
    read_address: str
    inputs: Path
    slots: Path
    time_scale: float


# Writes one date; what it raises is what the worker would have logged. Returns how often it tried again by itself.
Way = Callable[[Place, dt.date], int]


class GaveUp(RuntimeError):
    """A way failed after `retries` tries beyond the first."""

    def __init__(self, message: str, retries: int) -> None:
        super().__init__(message)
        self.retries = retries


@dataclass
class Worked:
    """What the workers saw: seconds, errors by their words, and tries beyond the first."""

    seconds: float = 0.0
    retries: int = 0
    live_writes: int = 0
    errors: Counter = field(default_factory=Counter)
    live_errors: Counter = field(default_factory=Counter)

    def follow(self, told: multiprocessing.Queue, processes: Sequence[BaseProcess], dates: int) -> None:
        """Takes in what is told until it was of all `dates`, or nobody is left to tell."""
        while dates and (any(process.is_alive() for process in processes) or not told.empty()):
            with suppress(queue.Empty):
                dates -= self.take(told.get(timeout=1))
        if dates:
            self.errors["the worker died"] = dates

    def note(self, told: multiprocessing.Queue) -> None:
        """Takes in what is left of what workers and the live writer told."""
        while not told.empty():
            self.take(told.get())

    def take(self, message: tuple[str, int, str]) -> bool:
        """Takes in one message; says whether it came from the backfill."""
        who, retries, error = message
        if who == "live":
            self.live_writes += 1
            self.live_errors.update([error] if error else [])
        else:
            self.retries += retries
            self.errors.update([error] if error else [])
        return who != "live"


def work(way: Way, place: Place, dates: Sequence[dt.date], workers: int, threads: int) -> Worked:
    """Lets `workers` workers, at most `threads` of them in a process, write `dates` by `way`, a live writer beside
    them.

    The clock starts when all processes stand. What a process that dies had taken is lost, as in the incident.
    """
    waiting, told, worked = FORKS.Queue(), FORKS.Queue(), Worked()
    for date in [*dates, *[None] * workers]:
        waiting.put(date)
    sizes = [min(threads, workers - first) for first in range(0, workers, threads)]
    ready = FORKS.Barrier(len(sizes) + 1)
    processes = [FORKS.Process(target=_work, args=(way, place, waiting, told, size, ready)) for size in sizes]
    with live_writer(way, place, dates[-1], told), _running(processes):
        ready.wait(_START_SECONDS)
        started = time.monotonic()
        worked.follow(told, processes, len(dates))
        worked.seconds = time.monotonic() - started
    worked.note(told)
    return worked


@contextmanager
def live_writer(way: Way, place: Place, date: dt.date, told: multiprocessing.Queue) -> Iterator[None]:
    """Writes `date` again and again in a process of its own, until the block ends in whatever way."""
    over = FORKS.Event()
    with _running([FORKS.Process(target=_write_live, args=(way, place, date, over, told))]):
        try:
            yield
        finally:
            over.set()


@contextmanager
def _running(processes: Sequence[BaseProcess]) -> Iterator[None]:
    """Starts processes and sees them end with the block: by themselves where it succeeds, by force where it fails."""
    for process in processes:
        process.start()
    try:
        yield
        for process in processes:
            process.join(_END_SECONDS)
    finally:
        for process in processes:
            process.kill()
            process.join()


def _work(
    way: Way, place: Place, waiting: multiprocessing.Queue, told: multiprocessing.Queue, threads: int, ready: Barrier
) -> None:
    warnings.simplefilter("ignore")  # Google's client speaks of pandas-gbq at each load

    def loop() -> None:
        for date in iter(waiting.get, None):
            told.put(("backfill", *_tried(way, place, date)))

    ready.wait(_START_SECONDS)
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(threads):
            pool.submit(loop)


def _write_live(way: Way, place: Place, date: dt.date, over: threading.Event, told: multiprocessing.Queue) -> None:
    warnings.simplefilter("ignore")
    while not over.wait(_LIVE_SECONDS / place.time_scale):
        told.put(("live", *_tried(way, place, date)))


def _tried(way: Way, place: Place, date: dt.date) -> tuple[int, str]:
    try:
        return way(place, date), ""
    except Exception as error:  # logged and forgotten, as the old system did
        return getattr(error, "retries", 0), f"{type(error).__name__}: {error}"
