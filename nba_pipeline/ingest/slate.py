"""The games of days that batches are about, out of the newest schedule in the bucket: no other service is asked."""

import datetime as dt
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

import pandas as pd

from nba_pipeline.game_days import season_name, season_year
from nba_pipeline.ingest.readiness import Slate, needs_slate
from nba_pipeline.ingest.scan import Batch
from nba_pipeline.sources import nbac_schedule
from nba_pipeline.sources.batch import SourceFile, TooManyBadFiles, collect

if TYPE_CHECKING:
    from nba_pipeline.storage.bucket import Bucket


def slate_of(bucket: "Bucket", batches: Iterable[Batch]) -> Slate:
    """The ids of the games of the days that `batches` of games are about; no day of a season without a schedule."""
    days = {dt.date.fromisoformat(batch.fields["date"]) for batch in batches if needs_slate(batch)}
    slate: dict[dt.date, Collection[str]] = {}
    for season in {season_name(season_year(day)) for day in days}:
        if (games := _newest_schedule(bucket, season)) is not None:
            by_day = games.groupby(games["game_date"].dt.date)["game_id"]
            slate |= dict.fromkeys(days, ()) | {day: set(ids) for day, ids in by_day}
    return slate


def _newest_schedule(bucket: "Bucket", season: str) -> pd.DataFrame | None:
    """The season's games between known teams by its newest schedule; None where there is none to be read."""
    listed = bucket.list(f"{nbac_schedule.FEED.prefix}{season}/")
    files = [
        SourceFile(stored.name, stored.generation, content, stored.updated)
        for stored, content in bucket.read(listed[-1:])
    ]
    try:
        games = collect(nbac_schedule, files).rows
    except TooManyBadFiles:
        return None
    return games.dropna(subset="home_team_abbr") if len(games) else None
