"""What is checked when a change is about to commit: partitions changed by others meanwhile, and how many it changes.

The first to commit wins. A mutating statement loses where a partition that it deletes from or updates was mutated or
truncated by another change that committed since the statement began. Appended rows never conflict.
"""

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from nba_pipeline.bigquery import limits
from nba_pipeline.local.bigquery.catalog import TableId
from nba_pipeline.local.bigquery.database import Transaction
from nba_pipeline.local.bigquery.errors import ApiError, ConcurrentUpdate, invalid_query, transaction_aborted
from nba_pipeline.local.bigquery.latency import Kind
from nba_pipeline.local.bigquery.limits import Rules
from nba_pipeline.local.bigquery.partitions import WHOLE
from nba_pipeline.local.bigquery.quotas import Quotas


@dataclass
class Changed:
    """Ids of partitions: `mutated` are those that lost or altered rows, `touched` those and the ones that got rows."""

    mutated: set[str] = field(default_factory=set)
    touched: set[str] = field(default_factory=set)

    def mutate(self, partitions: Collection[str]) -> None:
        """Notes that rows of these were deleted or updated."""
        self.mutated |= set(partitions)
        self.touched |= set(partitions)

    def append(self, partitions: Collection[str]) -> None:
        """Notes that these got rows."""
        self.touched |= set(partitions)

    def add(self, other: "Changed") -> None:
        """Notes all of another's."""
        self.mutated |= other.mutated
        self.touched |= other.touched


class History:
    """When each partition was last mutated, counted in commits since the server started."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._commits = 0
        self._last: dict[TableId, dict[str, int]] = {}

    @property
    def mark(self) -> int:
        """This moment, to compare later commits with."""
        return self._commits

    def record(self, table: TableId, partitions: Collection[str]) -> None:
        """Notes a commit that mutated these partitions; WHOLE stands for all of a table."""
        if partitions:
            with self._lock:
                self._commits += 1
                self._last.setdefault(table, {}).update(dict.fromkeys(partitions, self._commits))

    def mutated_since(self, mark: int, table: TableId, partitions: Collection[str]) -> bool:
        """Whether any of these partitions was mutated after that moment. The caller holds the table's lock."""
        last = self._last.get(table, {})
        watched = last if WHOLE in partitions else [*partitions, WHOLE]
        return bool(partitions) and any(last.get(partition, 0) > mark for partition in watched)


@dataclass
class Attempt:
    """One attempt at a job's step: when it began, and what it must pass before it commits.

    `leave` frees what the step holds; it is called once the commit is durable and before the job is seen to be done,
    so that whoever sees it done finds its place free.
    """

    kind: Kind
    rules: Rules
    quotas: Quotas
    history: History
    leave: Callable[[], None]

    def __post_init__(self) -> None:
        self.began = self.history.mark

    def settle(self, transaction: Transaction, table: TableId, changed: Changed) -> None:
        """Lets the transaction commit, or raises: ConcurrentUpdate for a conflict, others for what is too much.

        The caller holds the table's lock until the commit.
        """
        if self.kind == "MUTATE":
            self._refuse_conflict(self.began, table, changed, ConcurrentUpdate(table))
        self._approve(transaction, table, changed)
        transaction.after_commit(self.leave)

    def settle_transaction(self, transaction: Transaction, changes: dict[TableId, tuple[int, Changed]]) -> None:
        """The same for all tables of a script's transaction, each with the moment since when it is watched."""
        for table, (since, changed) in changes.items():
            self._refuse_conflict(since, table, changed, transaction_aborted(table))
            self._approve(transaction, table, changed)
        transaction.after_commit(self.leave)

    def _refuse_conflict(self, since: int, table: TableId, changed: Changed, error: ApiError) -> None:
        if self.rules.enforce("conflicts") and self.history.mutated_since(since, table, changed.mutated):
            raise error

    def _approve(self, transaction: Transaction, table: TableId, changed: Changed) -> None:
        count = len(changed.touched - {WHOLE})
        if count > limits.PARTITIONS_PER_JOB and self.rules.enforce("partitions-per-job"):
            raise invalid_query(
                f"Too many partitions produced by query, allowed {limits.PARTITIONS_PER_JOB}, "
                f"query produces at least {count} partitions"
            )
        self.quotas.take_partitions(self.kind, table, count)
        transaction.after_commit(lambda: self.history.record(table, changed.mutated))
