"""Real baseball seasons from a folder of tidy Parquet files: what pitchers did, and bookmakers' lines on strikeouts."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from nba_pipeline.local.season.baseball_teams import teams
from nba_pipeline.local.season.season import PROP_COLUMNS
from nba_pipeline.local.season.tidy import NoSuchSeason
from nba_pipeline.sources.mlb_teams import team_abbr_of_names


@dataclass(frozen=True, slots=True)
class BaseballSeason:
    """The baseball season of `year`.

    `pitcher_lines` has a row per pitcher and game he pitched in; `pitcher_name` is NULL where the data has no name of
    him; `home_team`, `away_team` and his own `team` are NULL where nothing tells them (see baseball_teams).
    `strikeout_lines` has a row per snapshot, bookmaker and pitcher's strikeout line (PROP_COLUMNS), the all-star game
    left out; none where no lines are known.
    """

    year: int
    pitcher_lines: pd.DataFrame
    strikeout_lines: pd.DataFrame


def load(folder: Path, year: int) -> BaseballSeason:
    """The season of `year` out of `mlb_pitcher_game`, `mlb_player_names` and `mlb_pitcher_k_props`."""
    lines, names, offers = (
        pd.read_parquet(folder / f"{table}.parquet", dtype_backend="numpy_nullable")
        for table in ("mlb_pitcher_game", "mlb_player_names", "mlb_pitcher_k_props")
    )
    found = lines[lines["season"] == year]
    if found.empty:
        raise NoSuchSeason(f"mlb_pitcher_game.parquet holds no season {year}, only {sorted(lines['season'].unique())}")
    named = found.assign(
        game_date=pd.to_datetime(found["game_date"]),
        pitcher_name=found["pitcher_id"].map(names.set_index("mlb_id")["name"]),
    )
    named, offered = named.reset_index(drop=True), _strikeout_lines(offers, year)
    return BaseballSeason(year, named.join(teams(named, offered)), offered)


def _strikeout_lines(offers: pd.DataFrame, year: int) -> pd.DataFrame:
    lines = offers.assign(
        game_date=pd.to_datetime(offers["game_date"]),
        player_name=offers["pitcher_name"],
        last_update=pd.NaT,
        **{side: team_abbr_of_names(offers[side]) for side in ("home_team", "away_team")},
        **{name: offers[name].astype("Int64") for name in ("over_price", "under_price")},
    )
    known = lines["home_team"].notna() & (lines["game_date"].dt.year == year)
    return lines.loc[known, list(PROP_COLUMNS)].reset_index(drop=True)
