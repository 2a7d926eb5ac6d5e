"""The real seasons and samples beside the checkout: never part of the project, and not everywhere."""

from functools import cache

import pandas as pd
import pytest

from nba_pipeline.local.season import baseball, tidy, writers
from nba_pipeline.local.season.baseball import BaseballSeason
from nba_pipeline.local.season.season import Season
from nba_pipeline.settings import PROJECT_ROOT
from nba_pipeline.sources import batch, nbac_player_boxscores, nbac_schedule

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
    return _collected(nbac_schedule, writers.schedule(season)), _collected(
        nbac_player_boxscores, writers.player_boxscores(season)
    )


def _collected(source, objects) -> pd.DataFrame:
    files = (batch.SourceFile(name, 1, content) for name, content in objects)
    return batch.collect(source, files).rows
