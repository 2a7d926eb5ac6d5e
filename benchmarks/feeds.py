"""make bench-feeds: seconds to turn 1,000 objects of each feed into rows, for a whole real season of each.

Every feed that the data supports: its writer makes the season's objects, and the time is that of parsing and cleaning
them as one batch. The rows are held against the data's own. The bucket and BigQuery are left out; `make bench-backfill`
has them.
"""

import datetime as dt
import sys
import time
from typing import Any

from rich.console import Console
from rich.table import Table as Grid

from benchmarks.measuring import need_real_data, write_results
from nba_pipeline import catalog
from nba_pipeline.local.season.baseball import BaseballSeason
from nba_pipeline.local.season.season import Season
from nba_pipeline.local.season.writers import BASEBALL_WRITERS, WRITERS, writers_of
from nba_pipeline.sources import batch
from nba_pipeline_tests.support.real_data import real_baseball, real_season
from nba_pipeline_tests.support.season_rows import EXPECTED, agree

_SEASON, _BASEBALL_SEASON = "2023-24", 2025
# The one season of which the data has play-by-play.
_SEASONS = {"nbac_play_by_play": "2022-23"}
_WRITTEN = dt.datetime(2025, 12, 1, tzinfo=dt.UTC)


def main() -> None:
    """Runs the benchmark."""
    need_real_data()
    sources = {module.FEED.name: module for module in catalog.modules() if hasattr(module, "FEED")}
    results = {name: _measure(sources[name]) for name in (*WRITERS, *BASEBALL_WRITERS)}
    grid = Grid("feed", "season", "files", "rows", "rows are the data's", "s per 1,000 files")
    for name, figures in results.items():
        grid.add_row(name, *(str(value) for value in figures.values()))
    Console().print(grid)
    write_results("feeds", results)


def _measure(source: batch.Source) -> dict[str, Any]:
    feed = source.FEED.name
    season = _season(feed)
    objects = writers_of(season)[feed].objects(season)
    files = [batch.SourceFile(name, 1, content, _WRITTEN) for name, content in objects]
    started = time.monotonic()
    collected = batch.collect(source, files)
    seconds = time.monotonic() - started
    if collected.failures:
        sys.exit(f"{feed}: {len(collected.failures)} files or rows could not be taken: {collected.failures[0]}")
    return {
        "season": str(season.year),
        "files": len(files),
        "rows": len(collected.rows),
        "rows_equal": agree(EXPECTED[feed](season), collected.rows),
        "s_per_1000_files": round(seconds / len(files) * 1_000, 2),
    }


def _season(feed: str) -> Season | BaseballSeason:
    if feed in BASEBALL_WRITERS:
        return real_baseball(_BASEBALL_SEASON)
    return real_season(_SEASONS.get(feed, _SEASON))


if __name__ == "__main__":
    main()
