"""How many statements run on a table at once, who waits, and who owns the table: decided here, per table.

Two UPDATE, DELETE or MERGE statements run, twenty wait, first come first served. INSERTs run beside them, all at once
until the day's first 1,500 are spent. A transaction owns a table from its first mutating statement to its end: plain
mutating statements wait for that, another transaction that mutates the table is aborted. Everything else is free.

Nothing here locks: the scheduler calls under its own lock.
"""

from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from nba_pipeline.bigquery import limits
from nba_pipeline.local.bigquery.catalog import TableId
from nba_pipeline.local.bigquery.clock import Clock
from nba_pipeline.local.bigquery.errors import too_many_statements, transaction_aborted
from nba_pipeline.local.bigquery.latency import Kind
from nba_pipeline.local.bigquery.limits import Rules, Window

Ticket = TypeVar("Ticket")  # whatever stands for a statement's job


@dataclass
class _Lane(Generic[Ticket]):
    """Statements of one sort on one table."""

    running: set[Ticket] = field(default_factory=set)
    waiting: deque[Ticket] = field(default_factory=deque)
    owner: Ticket | None = None

    def take(self, ticket: Ticket, at_once: int) -> bool:
        """Lets the ticket run where fewer than `at_once` do and nobody owns the table."""
        free = self.owner is None and len(self.running) < at_once
        if free:
            self.running.add(ticket)
        return free

    def admit_waiting(self, at_once: int) -> list[Ticket]:
        """Lets those run whose turn it is."""
        admitted = []
        while self.waiting and self.take(self.waiting[0], at_once):
            admitted.append(self.waiting.popleft())
        return admitted


class Admission(Generic[Ticket]):
    """Who runs and who waits on every table."""

    def __init__(self, rules: Rules, clock: Clock) -> None:
        self._rules, self._clock = rules, clock
        self._mutating: defaultdict[TableId, _Lane[Ticket]] = defaultdict(_Lane)
        self._inserts: defaultdict[TableId, _Lane[Ticket]] = defaultdict(_Lane)
        self._free_inserts: dict[TableId, Window] = {}

    def enter(self, ticket: Ticket, kind: Kind, table: TableId) -> bool:
        """Whether the statement may begin; where False it waits, and `leave` names it in its turn.

        Raises resourcesExceeded where too many wait already.
        """
        if kind == "MUTATE" and self._rules.enforce("dml-queue"):
            lane = self._mutating[table]
            return self._queue(lane, ticket, table, limits.MUTATING_RUNNING, limits.MUTATING_QUEUED)
        if kind == "INSERT" and self._rules.enforce("insert-queue") and not self._is_free_insert(table):
            lane = self._inserts[table]
            return self._queue(lane, ticket, table, limits.INSERT_RUNNING, limits.INSERT_QUEUED)
        return True

    def claim(self, ticket: Ticket, table: TableId) -> None:
        """Makes a transaction the table's owner; raises where another one is, or where a plain statement runs."""
        lane = self._mutating[table]
        if lane.running or lane.owner not in (None, ticket):
            raise transaction_aborted(table)
        lane.owner = ticket

    def leave(self, ticket: Ticket) -> list[Ticket]:
        """Ends whatever the ticket holds or waits for; returns those who may begin now, in order."""
        admitted: list[Ticket] = []
        for lanes, at_once in ((self._mutating, limits.MUTATING_RUNNING), (self._inserts, limits.INSERT_RUNNING)):
            for table, lane in list(lanes.items()):
                if ticket is lane.owner:
                    lane.owner = None
                lane.running.discard(ticket)
                admitted += lane.admit_waiting(at_once)
                if not (lane.running or lane.waiting or lane.owner):
                    del lanes[table]
        return admitted

    def withdraw(self, ticket: Ticket) -> bool:
        """Takes a ticket out of the queue it waits in; False where it waits in none."""
        for lane in (*self._mutating.values(), *self._inserts.values()):
            if ticket in lane.waiting:
                lane.waiting.remove(ticket)
                return True
        return False

    def _queue(self, lane: _Lane[Ticket], ticket: Ticket, table: TableId, at_once: int, queued: int) -> bool:
        if not lane.waiting and lane.take(ticket, at_once):
            return True
        if len(lane.waiting) >= queued:
            raise too_many_statements(table, queued)
        lane.waiting.append(ticket)
        return False

    def _is_free_insert(self, table: TableId) -> bool:
        window = self._free_inserts.setdefault(table, Window(limits.INSERTS_UNQUEUED_PER_DAY, limits.DAY))
        now = self._clock.now()
        free = window.has_room(now)
        if free:
            window.spend(now)
        return free
