"""The real seasons and samples beside the checkout: never part of the project, and not everywhere."""

import dataclasses
from functools import cache

import pandas as pd
import pytest

from nba_pipeline.local.season import baseball, mlb_writers, nbac_writers, tidy, writers
from nba_pipeline.local.season.baseball import BaseballSeason
from nba_pipeline.local.season.season import Season
from nba_pipeline.settings import PROJECT_ROOT
from nba_pipeline.sources import (
    batch,
    mlb_pitcher_props,
    mlb_pitcher_stats,
    nbac_gamebook_player_stats,
    nbac_player_boxscores,
    nbac_schedule,
    nbac_shot_chart,
    nbac_team_boxscore,
)

SHARED = PROJECT_ROOT.parent / "shared" / "data"
SAMPLES = SHARED / "samples"

needs_real_data = pytest.mark.skipif(
    not (SHARED / "tidy").is_dir(), reason="the real seasons (shared/data beside the checkout) are not here"
)


@cache
def real_season(name: str) -> Season:
    """A whole real season."""
    return tidy.load(SHARED / "tidy", name)


@cache
def real_baseball(year: int) -> BaseballSeason:
    """A whole real season of baseball."""
    return baseball.load(SHARED / "tidy", year)


@cache
def raw_frames(name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A real season's (schedule, player box scores) as the raw tables hold them."""
    season = real_season(name)
    return collected(nbac_schedule, writers.schedule(season)), collected(
        nbac_player_boxscores, writers.player_boxscores(season)
    )


@cache
def pitchers(year: int) -> dict[str, pd.DataFrame]:
    """What the pitchers of a real season did (`stats`) and the lines on them (`props`), as the raw tables hold it."""
    season = real_baseball(year)
    return {
        "stats": collected(mlb_pitcher_stats, mlb_writers.pitcher_stats(season)),
        "props": collected(mlb_pitcher_props, mlb_writers.pitcher_props(season)),
    }


@cache
def games_of(name: str, first: pd.Timestamp, last: pd.Timestamp) -> dict[str, pd.DataFrame]:
    """What the feeds of single games say of these days: gamebooks, shot charts and team box scores."""
    season = real_season(name)
    lines, shots = (rows[rows["game_date"].between(first, last)] for rows in (season.player_lines, season.shots))
    part = dataclasses.replace(season, player_lines=lines, shots=shots)
    return {
        "gamebooks": collected(nbac_gamebook_player_stats, nbac_writers.gamebooks(part)),
        "shots": collected(nbac_shot_chart, nbac_writers.shot_charts(part)),
        "teams": collected(nbac_team_boxscore, nbac_writers.team_boxscores(part)),
    }


def collected(source, objects) -> pd.DataFrame:
    files = (batch.SourceFile(name, 1, content) for name, content in objects)
    return batch.collect(source, files).rows
