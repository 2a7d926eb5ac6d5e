"""Real and simulated seasons into the bucket, with a progress line."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from nba_pipeline.local.season import baseball, tidy
from nba_pipeline.local.season.baseball import BaseballSeason
from nba_pipeline.local.season.fill import fill
from nba_pipeline.local.season.season import Season
from nba_pipeline.settings import Settings
from nba_pipeline.storage.bucket import Bucket


def load_season(settings: Settings, folder: Path, name: str, feeds: Sequence[str], console: Console) -> list[str]:
    """Writes the real season `name` of `folder`, e.g. 2023-24 or, of baseball, 2024, into the bucket.

    Returns the names of the new objects.
    """
    season = baseball.load(folder, int(name)) if name.isdecimal() else tidy.load(folder, name)
    return fill_bucket(settings, season, feeds, console)


def fill_bucket(
    settings: Settings, season: Season | BaseballSeason, feeds: Sequence[str], console: Console
) -> list[str]:
    """Writes a season into the bucket of `settings`, creating it where it is missing."""
    bucket = Bucket.connect(settings.project, settings.bucket, settings.storage_url)
    try:
        bucket.create_if_missing()
        with console.status("writing files") as status:
            new = fill(bucket, season, feeds, lambda feed, seen: status.update(f"{feed}: {seen} files"))
    finally:
        bucket.close()
    console.print(f"Bucket {settings.bucket}: {len(new)} new files")
    return new
