"""Which of BigQuery's limits a server enforces, and the sliding window they share.

The numbers and their sources are those of `nba_pipeline/bigquery/limits.py`. What is done where a limit is passed is
decided in admission.py (how many at once), quotas.py (how many within a time) and commits.py (what one job may change).
"""

from collections import deque
from dataclasses import dataclass

from nba_pipeline.bigquery.limits import STREAMING_BUFFER_SECONDS

SWITCHES = (
    "dml-queue",
    "dml-rate",
    "insert-queue",
    "conflicts",
    "table-updates",
    "dataset-updates",
    "load-quota",
    "partition-quota",
    "partitions-per-job",
    "streaming-buffer",
    "latency",
)


@dataclass(frozen=True, slots=True)
class Rules:
    """How a server behaves: the rules in `without` are off, `seed` fixes what is drawn at random."""

    without: frozenset[str] = frozenset()
    seed: int | None = None
    streaming_buffer_seconds: float = STREAMING_BUFFER_SECONDS

    def enforce(self, name: str) -> bool:
        """Whether the rule of that name, one of SWITCHES, is on."""
        return name not in self.without


class Window:
    """What was spent within the last `seconds`, and whether more may be."""

    def __init__(self, limit: int, seconds: float) -> None:
        self._limit, self._seconds = limit, seconds
        self._spent: deque[tuple[float, int]] = deque()
        self._sum = 0

    def has_room(self, now: float, amount: int = 1) -> bool:
        """Whether `amount` more fit."""
        while self._spent and self._spent[0][0] <= now - self._seconds:
            self._sum -= self._spent.popleft()[1]
        return self._sum + amount <= self._limit

    def spend(self, now: float, amount: int = 1) -> None:
        """Notes that `amount` was spent now, whether or not it fitted."""
        self._spent.append((now, amount))
        self._sum += amount
