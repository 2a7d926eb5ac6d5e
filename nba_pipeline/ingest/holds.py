"""Live ingest yields: why a batch must wait that a backfill, a person or a spike of conflicts stands in the way of."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from nba_pipeline.errors import UserError

# A hold by hand ends by itself, so that none is forgotten.
LONGEST_HOLD = dt.timedelta(days=7)


class BadHold(UserError):
    """A hold that can not be; the message says why."""


@dataclass(frozen=True, slots=True)
class Backfill:
    """A backfill under way: the days it is for of each table, by `dataset.name`."""

    name: str
    days: Mapping[str, Collection[dt.date]]


class ManualHold(msgspec.Struct, frozen=True):
    """Somebody holds the live ingest of `tables`, of all where none is named."""

    tables: tuple[str, ...]
    until: dt.datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Reader:
    """A table that is computed from another, of the same days and `history_days` before."""

    table: str
    history_days: int


@dataclass(frozen=True, slots=True)
class Holds:
    """All that live ingest yields to at a moment; `conflicts` says until when a table is left alone after many."""

    backfills: Sequence[Backfill] = ()
    manual: Sequence[ManualHold] = ()
    conflicts: Mapping[str, dt.datetime] = field(default_factory=dict)
    readers: Mapping[str, Sequence[Reader]] = field(default_factory=dict)

    def why(self, tables: Collection[str], days: Sequence[dt.date]) -> str | None:
        """Why what would write these days of `tables` must wait; None where nothing is in its way."""
        return next((reason for table in tables for reason in self._reasons(table, days)), None)

    def _reasons(self, table: str, days: Sequence[dt.date]) -> Iterable[str]:
        for hold in self.manual:
            if not hold.tables or table in hold.tables:
                yield f"held by hand until {hold.until:%Y-%m-%d %H:%M} UTC: {hold.reason}"
        if until := self.conflicts.get(table):
            yield f"many conflicts on {table}: held until {until:%H:%M} UTC"
        for backfill in self.backfills:
            if not set(days).isdisjoint(backfill.days.get(table, ())):
                yield f"backfill {backfill.name} writes {table}"
            for reader in self.readers.get(table, ()):
                if _reads(backfill.days.get(reader.table, ()), reader.history_days, days):
                    yield f"backfill {backfill.name} reads {table} for {reader.table}"


def touched(tables: Iterable[str], readers: Mapping[str, Sequence[Reader]]) -> set[str]:
    """`tables` and those that are computed from them."""
    written = set(tables)
    return written | {reader.table for table in written for reader in readers.get(table, ())}


def _reads(computed: Collection[dt.date], history_days: int, days: Sequence[dt.date]) -> bool:
    """Whether computing a table for `computed` days reads one of `days`."""
    last = days[-1] + dt.timedelta(days=history_days)
    return any(days[0] <= day <= last for day in computed)
