"""Invented points lines around what a player has averaged: for a simulated season."""

import uuid

import numpy as np
import pandas as pd

from nba_pipeline.game_days import EASTERN
from nba_pipeline.local.season.season import PROP_COLUMNS
from nba_pipeline.sources.teams import TEAMS

_BOOKS = ("betmgm", "draftkings", "fanduel")
# Over and under at once: a book takes about 5 % of the stakes, and leans to either side.
_PRICES = ((-125, -105), (-120, -110), (-115, -115), (-110, -120), (-105, -125))
_LEAST_GAMES, _LEAST_MINUTES = 5, 15  # whom a book knows well enough, and who plays enough to be bet on
_HOUR = pd.Timedelta(hours=11)  # of the Eastern game day, before any game


def prop_lines(rng: np.random.Generator, games: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """A line of each book for all who have played 5 games and 15 minutes a game before, in PROP_COLUMNS.

    `games` and `lines` are the simulator's, teams by number. A line is the player's average of the games before, not
    that of the game itself, give or take a point.
    """
    ordered = lines.sort_values(["game_date", "player_id"], kind="stable")
    known = ordered.assign(points=_average_before(ordered, "pts"), minutes=_average_before(ordered, "min"))
    played = ordered.groupby("player_id").cumcount()
    known = known[(played >= _LEAST_GAMES) & (known["minutes"] >= _LEAST_MINUTES)]
    offers = known[["game_id", "player_name", "points"]].merge(pd.DataFrame({"bookmaker": _BOOKS}), how="cross")
    return _priced(rng, offers).merge(_events(games), on="game_id")[list(PROP_COLUMNS)]


def _average_before(lines: pd.DataFrame, name: str) -> pd.Series:
    by_player = lines.groupby("player_id")[name]
    return (by_player.cumsum() - lines[name]) / by_player.cumcount().replace(0, np.nan)


def _priced(rng: np.random.Generator, offers: pd.DataFrame) -> pd.DataFrame:
    """Lines end in a half, so that no bet is a draw."""
    moved = offers["points"] + rng.normal(0, 0.7, len(offers))
    prices = rng.choice(_PRICES, len(offers))
    return offers.assign(
        line=np.floor(moved.clip(lower=0)) + 0.5,
        over_price=pd.array(prices[:, 0], "Int64"),
        under_price=pd.array(prices[:, 1], "Int64"),
    )


def _events(games: pd.DataFrame) -> pd.DataFrame:
    """The games as the Odds API knows them, each with its one snapshot."""
    codes = np.array([team.abbr for team in TEAMS])
    taken = (games["game_date"] + _HOUR).dt.tz_localize(EASTERN).dt.tz_convert("UTC")
    return pd.DataFrame(
        {
            "game_id": games["game_id"],
            "event_id": [uuid.uuid5(uuid.NAMESPACE_URL, game_id).hex for game_id in games["game_id"]],
            "game_date": games["game_date"],
            "commence_time": games["tipoff_utc"],
            "home_team": codes[games["home"]],
            "away_team": codes[games["away"]],
            "snapshot_ts": taken,
            "last_update": taken,
        }
    )
