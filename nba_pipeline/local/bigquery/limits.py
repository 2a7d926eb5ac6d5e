"""BigQuery's limits as numbers with their source, the switches that turn them off, and the sliding window they share.

Sources are pages of BigQuery's documentation, as of 2026-08. What is done where a limit is passed is decided in
admission.py (how many at once), quotas.py (how many within a time) and commits.py (what one job may change).
"""

from collections import deque
from dataclasses import dataclass

DAY = 24 * 60 * 60.0

# quotas "Data manipulation language": UPDATE, DELETE and MERGE per table
MUTATING_RUNNING, MUTATING_QUEUED = 2, 20
# data-manipulation-language "INSERT DML concurrency": per table, once 1,500 ran at once within 24 hours
INSERTS_UNQUEUED_PER_DAY, INSERT_RUNNING, INSERT_QUEUED = 1_500, 10, 100
# data-manipulation-language "UPDATE, DELETE, MERGE DML conflicts": BigQuery runs a loser again by itself
RERUNS = 3
# quotas "Data manipulation language": INSERT, UPDATE, DELETE, MERGE and TRUNCATE per table
DML_RATE, DML_RATE_SECONDS = 25, 10.0
# quotas "Standard tables": metadata updates per table. "Partitioned tables" has a rate of 50 besides; where both apply
# the lower one is taken.
TABLE_UPDATES, TABLE_UPDATE_SECONDS = 5, 10.0
# quotas "Datasets": per dataset, CREATE SCHEMA included
DATASET_UPDATES, DATASET_UPDATE_SECONDS = 5, 10.0
# quotas "Standard tables", "Load jobs": loads, copies, query destinations per unpartitioned table, failed ones too
LOADS_PER_DAY = 1_500
# quotas "Partitioned tables": per column-partitioned table; a job costs as many as it changes, DML none
PARTITION_CHANGES_PER_DAY = 30_000
# quotas "Partitioned tables"
PARTITIONS_PER_JOB = 4_000
# streaming-data-into-bigquery: how long streamed rows are closed to mutating DML
STREAMING_BUFFER_SECONDS = 30 * 60.0

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
