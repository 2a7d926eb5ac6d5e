"""What becomes of batches with news: done already, to wait, or to run; and the runs they make."""

import datetime as dt
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nba_pipeline.game_days import days_between
from nba_pipeline.ingest.cursor import Cursor, Pending
from nba_pipeline.ingest.scan import Batch
from nba_pipeline.sources.feed import Feed

MOST_RUNS = 20
# Each is a few queries to Dagster's storage.
_MOST_SETTLED = 1_000
# As many as a backfill puts into one run.
_MOST_DAYS = 100


@dataclass(frozen=True, slots=True)
class Ready:
    """A batch, the days of its tables that its objects are about, and what it lacks (empty where it is whole)."""

    batch: Batch
    days: Sequence[dt.date]
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """Batches of one feed whose days follow each other, to be run as one. `key` is that of no other run."""

    feed: Feed
    days: Sequence[dt.date]
    key: str
    missing: str


def batch_days(batch: Batch, first: dt.date, today: dt.date) -> list[dt.date]:
    """The days from `first` to `today` that a batch's objects are about: one, or those of their season so far."""
    fields = batch.fields
    if "date" in fields:
        day = dt.date.fromisoformat(fields["date"])
        return [day] if first <= day <= today else []
    year = int(fields["season"][:4])
    season = (dt.date(year, 8, 1), dt.date(year + 1, 7, 31))
    return days_between(max(season[0], first), min(season[1], today))


def settle(
    cursor: Cursor,
    batches: Sequence[Ready],
    now: dt.datetime,
    is_covered: Callable[[Ready], bool],
    why_waiting: Callable[[Ready], str | None],
) -> list[Run]:
    """The runs to launch now; moves the cursor accordingly.

    A batch that was read by a run since its last object came (`is_covered`) needs none; one that must wait, or whose
    turn does not come at this tick, is pending with the reason, and nothing of it is marked as seen.
    """
    ready = []
    for found in batches[_MOST_SETTLED:]:
        _leave(cursor, found, now, f"its turn comes after {_MOST_SETTLED} others")
    for found in batches[:_MOST_SETTLED]:
        if is_covered(found):
            _take(cursor, found)
        elif why := why_waiting(found):
            _leave(cursor, found, now, why)
        else:
            ready.append(found)
    parts = _joined(ready)
    for found in (found for part in parts[:MOST_RUNS] for found in part):
        _take(cursor, found)
    for found in (found for part in parts[MOST_RUNS:] for found in part):
        _leave(cursor, found, now, f"its turn comes after {MOST_RUNS} others")
    return [_run(part, cursor.epoch) for part in parts[:MOST_RUNS]]


def _take(cursor: Cursor, found: Ready) -> None:
    cursor.pending.pop(found.batch.prefix, None)
    cursor.seen[found.batch.prefix] = found.batch.seen


def _leave(cursor: Cursor, found: Ready, now: dt.datetime, why: str) -> None:
    before = cursor.pending.get(found.batch.prefix)
    since = before.since if before else now
    days = found.days[0], found.days[-1]
    cursor.pending[found.batch.prefix] = Pending(found.batch.feed.name, since, why, days)


def _joined(ready: Sequence[Ready]) -> list[list[Ready]]:
    """Batches of one feed whose days follow each other, together; the one that waits longest says the order."""
    joined: list[list[Ready]] = []
    for found in sorted(ready, key=lambda found: (found.batch.feed.name, found.days)):
        last = joined[-1] if joined else None
        if last and last[-1].batch.feed == found.batch.feed and _follows(last, found):
            last.append(found)
        else:
            joined.append([found])
    return sorted(joined, key=lambda part: min(found.batch.seen.newest for found in part))


def _follows(part: Sequence[Ready], found: Ready) -> bool:
    if found.days == part[-1].days:
        return True
    first, last = part[0].days[0], part[-1].days[-1]
    return (found.days[0] - last).days <= 1 and (found.days[-1] - first).days < _MOST_DAYS


def _run(part: Sequence[Ready], epoch: int) -> Run:
    feed = part[0].batch.feed
    days = days_between(part[0].days[0], max(found.days[-1] for found in part))
    digests = ",".join(f"{found.batch.prefix}{found.batch.seen.digest}" for found in part)
    digest = hashlib.blake2b(digests.encode(), digest_size=12).hexdigest()
    missing = "; ".join(f"{found.batch.prefix}: {found.missing}" for found in part if found.missing)
    return Run(feed, days, f"{epoch}:{feed.name}:{days[0]}:{days[-1]}:{digest}", missing)
