"""Fills a bucket with a season's objects; what is there already stays as it is."""

from collections.abc import Callable, Iterator, Sequence

from nba_pipeline.errors import UserError
from nba_pipeline.local.season.baseball import BaseballSeason
from nba_pipeline.local.season.season import Season
from nba_pipeline.local.season.writers import writers_of
from nba_pipeline.local.season.writing import Writer
from nba_pipeline.storage.bucket import Bucket


class UnknownFeed(UserError):
    """No writer exists for a feed; the message names those that do."""


def fill(
    bucket: Bucket, season: Season | BaseballSeason, feeds: Sequence[str], progress: Callable[[str, int], None]
) -> list[str]:
    """Writes the objects of `feeds`, all where empty; returns the names of those that were not there before.

    `progress` is called with a feed's name and how many of its objects have been written.
    """
    writers = writers_of(season)
    if unknown := [feed for feed in feeds if feed not in writers]:
        raise UnknownFeed(f"no writer for {', '.join(unknown)}: choose from {', '.join(writers)}")
    return [name for feed in feeds or writers for name in _fill_feed(bucket, season, writers[feed], progress)]


def _fill_feed(
    bucket: Bucket, season: Season | BaseballSeason, writer: Writer, progress: Callable[[str, int], None]
) -> Iterator[str]:
    present = {stored.name for stored in bucket.list(writer.feed.prefix)}
    missing = ((name, content) for name, content in writer.objects(season) if name not in present)
    for seen, (name, is_new) in enumerate(bucket.write_all(missing)):
        progress(writer.feed.name, seen + 1)
        if is_new:
            yield name
