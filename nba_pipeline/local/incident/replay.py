"""The incident in small: the same dates written as the old system did and as this one does, with BigQuery's limits on.

853 dates, 12 workers, a file per game, each a DELETE and a load: 303 dates were lost to "Too many DML statements". Here
it is some dates of a simulated season, in a local BigQuery of its own that is gone afterwards.
"""

import datetime as dt
import tempfile
import time
import uuid
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
from requests.adapters import HTTPAdapter

from nba_pipeline import frames
from nba_pipeline.bigquery.connection import Connection, connected
from nba_pipeline.bigquery.limits import TABLE_UPDATE_SECONDS
from nba_pipeline.bigquery.slots import FileSlots, Pacing
from nba_pipeline.bigquery.writer import Writer
from nba_pipeline.local import ports, stack
from nba_pipeline.local.incident.box_scores import COLUMNS, TABLE, create
from nba_pipeline.local.incident.old_way import append_by_load, write_file
from nba_pipeline.local.incident.outcome import compare
from nba_pipeline.local.job_counts import count_jobs
from nba_pipeline.local.season.simulate import simulate
from nba_pipeline.settings import LocalPorts, Settings

WORKERS = 12
TIME_SCALE = 10.0
_SEASON = 2024
# What the simulated season calls them.
_NAMES = {
    "team_abbreviation": "team_abbr",
    "min": "minutes",
    "fgm": "field_goals_made",
    "fga": "field_goals_attempted",
    "reb": "rebounds",
    "ast": "assists",
    "pts": "points",
}


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of `dates` dates by one way of writing: how many do not hold their rows, and what it took."""

    dates: int
    dates_lost: int
    files_failed: int
    dml_statements: int
    jobs: int
    queue_full: int
    conflicts: int
    seconds: float


def replay(
    dates: int, days_per_run: int, report: Callable[[str], None], time_scale: float = TIME_SCALE
) -> dict[str, Replayed]:
    """Writes the first `dates` dates of a season in both ways; `report` is told what is under way.

    `time_scale` seconds of BigQuery pass in one. Raises stack.StackError where no local BigQuery comes up.
    """
    rows = _box_scores(dates)
    days = [day.date() for day in rows["game_date"].drop_duplicates()]
    with tempfile.TemporaryDirectory() as folder, _own_bigquery(Path(folder), time_scale) as settings:
        report(f"the old way: {WORKERS} workers")
        old = _measured(replace(settings, project="old"), rows, lambda place: _old(place, rows))
        report("this pipeline")
        ours = _measured(
            replace(settings, project="ours"), rows, lambda place: _ours(place, rows, days, days_per_run, settings)
        )
    return {"the old way": old, "this pipeline": ours}


@contextmanager
def _own_bigquery(folder: Path, time_scale: float) -> Iterator[Settings]:
    """A local BigQuery in `folder` on ports of its own."""
    chosen = LocalPorts(ports.free(), ports.free(), ports.free(), ports.free())
    settings = Settings("local", "incident", "US", "none", chosen, folder, time_scale)
    with stack.bigquery_alone(settings):
        yield settings


def _box_scores(dates: int) -> pd.DataFrame:
    """The rows of TABLE of the first `dates` game days of a simulated season."""
    first = dt.date(_SEASON, 10, 1)
    lines = simulate(_SEASON, through=first + dt.timedelta(days=30 + 2 * dates)).player_lines
    days = sorted(lines["game_date"].unique())[:dates]
    rows = lines[lines["game_date"].isin(days)].rename(columns=_NAMES)[COLUMNS]
    return frames.typed(TABLE, rows).sort_values("game_date", ignore_index=True)


def _measured(settings: Settings, rows: pd.DataFrame, write: Callable[[Connection], int]) -> Replayed:
    with connected(settings) as place:
        create(place.client)
        started = time.monotonic()
        failed = write(place)
        seconds = time.monotonic() - started
        jobs, compared = count_jobs(place.client), compare(place, TABLE, rows)
    return Replayed(
        dates=rows["game_date"].nunique(),
        dates_lost=compared["dates_lost"],
        files_failed=failed,
        dml_statements=jobs.dml,
        jobs=jobs.jobs,
        queue_full=jobs.failed["QueueFull"],
        conflicts=jobs.failed["Conflict"],
        seconds=round(seconds, 1),
    )


def _old(place: Connection, rows: pd.DataFrame) -> int:
    """`WORKERS` workers take a date each and write all its games at once; returns how many files failed."""
    games = int(rows.groupby("game_date")["game_id"].nunique().max())
    # All threads share a client, whose pool would else hold ten connections.
    place.client._http.mount("http://", HTTPAdapter(pool_maxsize=WORKERS * games))
    with warnings.catch_warnings(), ThreadPoolExecutor(WORKERS) as workers:
        warnings.simplefilter("ignore")  # Google's client speaks of pandas-gbq at each load
        return sum(workers.map(lambda date: _old_date(place, date), [date for _, date in rows.groupby("game_date")]))


def _old_date(place: Connection, rows: pd.DataFrame) -> int:
    """A file per game, all at once; an error was logged and forgotten."""
    games = [game for _, game in rows.assign(game_date=rows["game_date"].dt.date).groupby("game_id")]
    with ThreadPoolExecutor(len(games)) as messages:
        done = [messages.submit(write_file, place.client, game, append_by_load) for game in games]
    return sum(message.exception() is not None for message in done)


def _ours(place: Connection, rows: pd.DataFrame, days: Sequence[dt.date], days_per_run: int, settings: Settings) -> int:
    """Runs of `days_per_run` days, as of a backfill, each one write; none fails, or the replay does."""
    slots = FileSlots(settings.state_dir / "slots", Pacing(seconds=TABLE_UPDATE_SECONDS / settings.time_scale))
    for first in range(0, len(days), days_per_run):
        chunk = days[first : first + days_per_run]
        part = rows[rows["game_date"].isin(pd.DatetimeIndex(chunk))]
        writer = Writer(place, slots, uuid.uuid4().hex, {}, settings.time_scale)
        writer.write(TABLE, frames.DayRows(part, chunk))
    return 0
