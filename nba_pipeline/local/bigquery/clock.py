"""BigQuery's time: seconds that may pass faster than the machine's, and actions that wait for them without a thread."""

import heapq
import itertools
import threading
import time
from collections.abc import Callable


class Clock:
    """`scale` seconds of BigQuery pass in one second of the machine."""

    def __init__(self, scale: float = 1.0) -> None:
        self._scale = scale
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._number = itertools.count()  # keeps actions of one moment in order
        self._changed = threading.Condition()
        self._open = True
        self._thread = threading.Thread(target=self._run, name="clock", daemon=True)
        self._thread.start()

    def now(self) -> float:
        """Seconds of BigQuery since an arbitrary moment; only differences mean something."""
        return time.monotonic() * self._scale

    def machine_seconds(self, seconds: float) -> float:
        """How long `seconds` of BigQuery last on this machine."""
        return seconds / self._scale

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Calls `action` on the clock's thread once `seconds` of BigQuery have passed; it must not block."""
        with self._changed:
            heapq.heappush(self._due, (self.now() + seconds, next(self._number), action))
            self._changed.notify()

    def close(self) -> None:
        """Drops every action that still waits."""
        with self._changed:
            self._open = False
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while action := self._next():
            action()

    def _next(self) -> Callable[[], None] | None:
        """Waits for the next action that is due; None once the clock is closed."""
        with self._changed:
            while self._open:
                wait = self.machine_seconds(self._due[0][0] - self.now()) if self._due else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._due)[2]
                self._changed.wait(wait)
            return None
