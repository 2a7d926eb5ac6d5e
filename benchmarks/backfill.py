"""make bench-backfill: four real seasons through three phases of Dagster, beside the same logic as a plain script.

Raw, analytics and precompute. The stack is the real one: Dagster's own backfill through GraphQL, the daemon, the run
queue, a process per run, the local BigQuery with its limits on and its latency 200 times faster. One season is
backfilled after the other, into the same tables: what a date costs must not grow with what is there. The script calls
the same functions on the same objects (`plain_script.py`); both must lead to the same rows. `--seasons 1` measures one
season only.
"""

import argparse
import datetime as dt
import itertools
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table as Grid

from benchmarks import measured_stack, plain_script
from benchmarks.measuring import need_real_data, write_results
from nba_pipeline import backfill_days
from nba_pipeline.defs.partitions import DAYS_PER_RUN
from nba_pipeline.game_days import days_between, season_name, season_year
from nba_pipeline.local.season.loading import fill_bucket
from nba_pipeline.settings import Settings
from nba_pipeline_tests.support.real_data import SAMPLES, real_season
from nba_pipeline_tests.support.running_stack import running_stack

_SEASONS = ("2021-22", "2022-23", "2023-24", "2024-25")
_LIST = SAMPLES / "backfill_lists" / "scrapers__nbac_player_boxscore__game_dates_to_scrape.csv"
# What is summed over the seasons; of the others the highest counts.
_SUMMED = ("dates", "wall_s", "jobs", "dml", "mb_loaded", "mb_processed", "runs", "in_runs_s", "script_wall_s")


def main() -> None:
    """Runs the benchmark."""
    console, seasons = Console(), _SEASONS[: _options().seasons]
    need_real_data()
    with tempfile.TemporaryDirectory() as folder, running_stack(Path(folder)) as current:
        with measured_stack.without_live_ingest(current):
            found = [_backfill(current, season, console) for season in seasons]
        runs = [_runs(season) for season in seasons]
        script = plain_script.run_in_own_process(current, [days for season in runs for days in season])
        measured_stack.refuse_other_rows(current, script)
    taken = iter(script.seconds)
    for figures, season in zip(found, runs, strict=True):
        figures["script_wall_s"] = round(sum(itertools.islice(taken, len(season))), 1)
    totals = [_total(found[: count + 1]) for count in range(len(found))]
    rows = sum(table.rows for table in script.contents.values())
    totals[-1] |= {"script_peak_mb": round(script.peak_mb), "rows": rows}
    _print(console, totals)
    write_results("backfill", _results(totals))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.backfill", description=__doc__)
    parser.add_argument("--seasons", type=int, choices=range(1, len(_SEASONS) + 1), default=len(_SEASONS))
    return parser.parse_args()


def _backfill(current: Settings, season: str, console: Console) -> dict[str, Any]:
    """Adds a season's files to the bucket and backfills its days: what that took, without the files' writing."""
    console.print(season)
    started = time.monotonic()
    fill_bucket(current, real_season(season), (), console)
    filled = time.monotonic() - started
    figures = measured_stack.backfill(current, [day for days in _runs(season) for day in days], console)
    return {"dates": len(_dates(season)), **figures, "fill_bucket_s": round(filled, 1)}


def _dates(season: str) -> list[dt.date]:
    """The incident's dates that lie in the season."""
    return [day for day in backfill_days.from_file(_LIST) if season_name(season_year(day)) == season]


def _runs(season: str) -> list[tuple[dt.date, ...]]:
    """The runs of the season: days on which nobody plays cost less in a run than a run more would."""
    dates = _dates(season)
    return backfill_days.runs(days_between(dates[0], dates[-1]), DAYS_PER_RUN)


def _total(seasons: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The figures of several seasons together."""
    total = {
        name: round(sum(of[name] for of in seasons), 1) if name in _SUMMED else max(of[name] for of in seasons)
        for name in seasons[0]
    }
    return {
        **total,
        "wall / script": round(total["wall_s"] / total["script_wall_s"], 1),
        "per_date_ms": round(1_000 * total["wall_s"] / total["dates"]),
        "script_per_date_ms": round(1_000 * total["script_wall_s"] / total["dates"]),
    }


def _print(console: Console, totals: Sequence[Mapping[str, Any]]) -> None:
    """The figures of one season and more side by side."""
    grid = Grid("seasons", *map(str, range(1, len(totals) + 1)), title="raw, analytics and precompute")
    for name in totals[-1]:
        grid.add_row(name, *(f"{figures[name]:,}" if name in figures else "" for figures in totals))
    console.print(grid)


def _results(totals: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The figures of all seasons, what a date cost for each number of them, and the figures of each number."""
    by_count = {str(count): figures for count, figures in enumerate(totals, 1)}
    return {**totals[-1], "per_date_ms": {c: f["per_date_ms"] for c, f in by_count.items()}, "seasons": by_count}


if __name__ == "__main__":
    main()
