"""make bench-backfill: a backfill of one, two, three and four real seasons, beside the same logic as a plain script.

The stack is the real one: Dagster's own backfill through GraphQL, the daemon, the run queue, a process per run, the
local BigQuery with its limits on and its latency 200 times faster. The script calls the same functions on the same
objects (`plain_script.py`); both must lead to the same rows. `--seasons 1` measures one season only.
"""

import argparse
import datetime as dt
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table as Grid

from benchmarks import measured_stack, plain_script
from benchmarks.measuring import need_real_data, write_results
from nba_pipeline import backfill_days, operations
from nba_pipeline.defs.partitions import DAYS_PER_RUN
from nba_pipeline.game_days import days_between, season_name, season_year
from nba_pipeline.local.season.loading import fill_bucket
from nba_pipeline_tests.support.real_data import SAMPLES, real_season
from nba_pipeline_tests.support.running_stack import running_stack

# In the order they are added; the last one alone has play-by-play, and more bytes a date.
_SEASONS = ("2023-24", "2024-25", "2021-22", "2022-23")
_LIST = SAMPLES / "backfill_lists" / "scrapers__nbac_player_boxscore__game_dates_to_scrape.csv"


def main() -> None:
    """Runs the benchmark."""
    console, options = Console(), _options()
    need_real_data()
    found: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for count in range(1, options.seasons + 1):
            console.print(f"{count} of {options.seasons}: {', '.join(_SEASONS[:count])} ...")
            found[str(count)] = _measure(Path(folder), _SEASONS[:count], console)
            _print(console, found)
            write_results("backfill", _results(found))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.backfill", description=__doc__)
    parser.add_argument("--seasons", type=int, choices=range(1, len(_SEASONS) + 1), default=len(_SEASONS))
    return parser.parse_args()


def _measure(folder: Path, seasons: Sequence[str], console: Console) -> dict[str, Any]:
    """A stack of its own on the bucket of `folder`, to which the last of `seasons` is added."""
    dates = [day for day in backfill_days.from_file(_LIST) if season_name(season_year(day)) in seasons]
    runs = backfill_days.runs(_seasons_days(dates), DAYS_PER_RUN)
    with running_stack(_state(folder, len(seasons))) as current:
        with operations.held(current, dt.timedelta(days=1), "the benchmark fills the bucket"):
            started = time.monotonic()
            fill_bucket(current, real_season(seasons[-1]), (), console)
            filled = time.monotonic() - started
            figures = measured_stack.backfill(current, [day for days in runs for day in days], console)
        script = plain_script.run_in_own_process(current, runs)
        measured_stack.refuse_other_rows(current, script)
    wall, script_wall = figures["wall_s"], sum(script.seconds)
    return {
        "dates": len(dates),
        **figures,
        "script_wall_s": round(script_wall, 1),
        "wall / script": round(wall / script_wall, 1),
        "script_peak_mb": round(script.peak_mb),
        "rows": sum(table.rows for table in script.contents.values()),
        "per_date_ms": round(1_000 * wall / len(dates)),
        "script_per_date_ms": round(1_000 * script_wall / len(dates)),
        "fill_bucket_of_last_s": round(filled, 1),
    }


def _state(folder: Path, number: int) -> Path:
    """A stack's folder with nothing in it but the bucket that all stacks share."""
    state = folder / str(number)
    state.mkdir()
    (folder / "bucket").mkdir(exist_ok=True)
    (state / "bucket").symlink_to(folder / "bucket")
    return state


def _seasons_days(dates: Sequence[dt.date]) -> list[dt.date]:
    """Every day of the seasons of `dates`, with those on which nobody plays: they cost less than a run more."""
    by_season = {year: [day for day in dates if season_year(day) == year] for year in map(season_year, dates)}
    return [day for played in by_season.values() for day in days_between(played[0], played[-1])]


def _print(console: Console, found: Mapping[str, Mapping[str, Any]]) -> None:
    """The numbers of seasons side by side, one figure a row."""
    grid = Grid("seasons", *found, title="raw, analytics, precompute and predictions")
    for name in next(iter(found.values())):
        grid.add_row(name, *(f"{figures[name]:,}" for figures in found.values()))
    console.print(grid)


def _results(found: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The figures of the most seasons, what a date cost for each number of seasons, and all figures."""
    *_, most = found.values()
    per_date = {count: figures["per_date_ms"] for count, figures in found.items()}
    return {**most, "per_date_ms": per_date, "seasons": found}


if __name__ == "__main__":
    main()
