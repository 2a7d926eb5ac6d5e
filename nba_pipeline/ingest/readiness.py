"""When a batch is whole: what it holds is said by its feed, what there should be by the league and its schedule."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

from nba_pipeline.ingest.scan import Batch
from nba_pipeline.sources.feed import Feed
from nba_pipeline.sources.teams import ALIASES, BY_ABBR
from nba_pipeline.storage.stored_object import StoredObject

# A batch that is not whole runs when nothing came for so long, or when its first object has waited so long.
QUIET = dt.timedelta(minutes=5)
LONGEST_WAIT = dt.timedelta(minutes=30)

_NAMED = 10
_NO_SUBJECT = {"date", "season", "ts", "hour", "hhmm", "file"}

# The ids of the games of each day that a schedule is known of.
Slate = Mapping[dt.date, Collection[str]]


def needs_slate(batch: Batch) -> bool:
    """Whether the schedule says what the batch should hold."""
    return batch.feed.holds == "game"


def missing(batch: Batch, slate: Slate) -> str:
    """What the batch lacks, e.g. "28 of 30 teams: without BOS, LAL"; empty where it is whole."""
    return _missing(batch.feed, batch.objects, slate)


def waits_for(batch: Batch, slate: Slate, now: dt.datetime, time_scale: float = 1.0) -> str | None:
    """What a batch with news still waits for; None where its time has come.

    What came since it ran last is whole by itself, or nothing came for a while, or its first object waited too long.
    """
    news = sorted(batch.news, key=lambda stored: stored.updated)
    lacking = _missing(batch.feed, news, slate)
    is_quiet = now - news[-1].updated >= QUIET / time_scale
    if not lacking or is_quiet or now - news[0].updated >= LONGEST_WAIT / time_scale:
        return None
    return f"came so far: {lacking}"


def _missing(feed: Feed, objects: Sequence[StoredObject], slate: Slate) -> str:
    if feed.holds not in ("team", "season_team", "game"):
        return ""
    fields = [feed.fields(stored.name) for stored in objects]
    [subject] = [name for name in feed.placeholders if name not in _NO_SUBJECT]
    found = {values[subject] for values in fields}
    if feed.holds != "game":
        return _lacking("teams", {ALIASES.get(code, code) for code in found} & BY_ABBR.keys(), BY_ABBR.keys())
    games = slate.get(dt.date.fromisoformat(fields[0]["date"]))
    if games is None:
        return f"{len(found)} games, and no schedule says of how many"
    return _lacking("games", found, games)


def _lacking(what: str, found: Collection[str], expected: Collection[str]) -> str:
    """Other sources have game ids of their own: such games can be counted and not named."""
    if len(found) >= len(expected):
        return ""
    absent = sorted(set(expected) - set(found))
    named = f": without {', '.join(absent[:_NAMED])}" if len(absent) == len(expected) - len(found) else ""
    return f"{len(found)} of {len(expected)} {what}{named}"
