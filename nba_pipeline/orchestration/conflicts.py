"""When conflicts over a table are so many that live ingest into it should wait.

One writer at a time per table does not conflict with itself; so a spike means that somebody else changes the table: a
console, another deployment, a service of old. Live ingest comes back by itself and can wait; what a person started
can not.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from nba_pipeline.orchestration.run_history import FinishedRun, Step

# Names of bigquery/errors.py: reruns for these mean that another writer was in the way.
CAUSES = ("Conflict", "QueueFull")

# One conflict is a coincidence; five within five minutes are what one write meets on its way to giving up.
SPIKE = 5
WINDOW = dt.timedelta(minutes=5)
# Long enough for a script's statements to drain, short enough for feeds that come every half hour.
HOLD = dt.timedelta(minutes=10)
# What happened earlier can not be part of a spike that still holds.
KEPT = WINDOW + HOLD

# (seconds since 1970, the run, how many conflicts)
Entry = tuple[float, str, int]


def of_runs(runs: Iterable[FinishedRun]) -> dict[str, list[Entry]]:
    """The conflicts that `runs` met, by table; a write that gave up because of them counts as a spike of its own."""
    found: dict[str, list[Entry]] = {}
    for run in runs:
        for step in run.steps:
            for table_name, figures in step.writes.items():
                if entries := [*_reruns(run, figures), *_given_up(run, step)]:
                    found.setdefault(table_name, []).extend(entries)
    return found


def kept(entries: Iterable[Sequence], now: dt.datetime) -> list[Entry]:
    """`entries` without those that are too old to matter, each once, in order."""
    since = (now - KEPT).timestamp()
    return sorted({(float(moment), str(run_id), int(count)) for moment, run_id, count in entries if moment >= since})


def held_until(entries: Iterable[Sequence], now: dt.datetime) -> dt.datetime | None:
    """Until when the last spike of `entries` holds a table; None where none holds it now."""
    ordered = kept(entries, now)
    spikes = [last for last, _, _ in ordered if _within_window(ordered, last) >= SPIKE]
    if not spikes:
        return None
    until = dt.datetime.fromtimestamp(spikes[-1], dt.UTC) + HOLD
    return until if until > now else None


def _within_window(entries: Sequence[Entry], last: float) -> int:
    return sum(count for moment, _, count in entries if last - WINDOW.total_seconds() <= moment <= last)


def _reruns(run: FinishedRun, figures: Mapping) -> list[Entry]:
    count = sum(cause in CAUSES for cause in figures.get("reruns", ()))
    return [(figures["handled_at"].timestamp(), run.run_id, count)] if count else []


def _given_up(run: FinishedRun, step: Step) -> list[Entry]:
    return [(moment.timestamp(), run.run_id, SPIKE) for name, moment in step.given_up if name in CAUSES]
