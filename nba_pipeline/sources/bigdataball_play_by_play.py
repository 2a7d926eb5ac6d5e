"""BigDataBall's play-by-play of a game as CSV: every event with the ten players on court."""

import pandas as pd

from nba_pipeline.sources.feed import LINEAGE, Feed
from nba_pipeline.sources.names import player_lookup
from nba_pipeline.sources.nba_games import season_types
from nba_pipeline.sources.payload import (
    Cleaned,
    Parsed,
    csv_rows,
    days,
    decimals_in_texts,
    garbled,
    numbers_in_texts,
    reject,
    reject_missing,
    texts,
)
from nba_pipeline.sources.teams import team_abbr
from nba_pipeline.table import Table, nullable, required

FEED = Feed("bigdataball_play_by_play", "big-data-ball/{season}/{date}/game_{game_id}/{file}.csv", holds="game")

# The feed's columns of players, and what each of them did.
_PLAYERS = {
    "player": ("player_lookup", "who did it"),
    "assist": ("assist_player_lookup", "who gave the assist"),
    "block": ("block_player_lookup", "who blocked the shot"),
    "steal": ("steal_player_lookup", "who stole the ball"),
    "opponent": ("opponent_player_lookup", "whom it was done to, e.g. who was fouled"),
    "entered": ("entered_player_lookup", "who came in"),
    "left": ("left_player_lookup", "who went out"),
    "away": ("away_jumper_lookup", "the visitors' jumper"),
    "home": ("home_jumper_lookup", "the home team's jumper"),
    "possession": ("possession_player_lookup", "who got the ball from the jump"),
}
_ON_COURT = {
    f"{side[0]}{number}": (f"{side}_player_{number}_lookup", f"{whose} player on court, one of five")
    for side, whose in (("away", "the visitors'"), ("home", "the home team's"))
    for number in range(1, 6)
}
_COUNTS = {
    "points": ("points", "Points made by a shot or free throw, 0 if it missed; NULL for other events"),
    "away_score": ("away_points", "The visitors' score after the event"),
    "home_score": ("home_points", "The home team's score after the event"),
    "num": ("free_throw_number", "Which of a foul's free throws it is"),
    "outof": ("free_throws", "How many free throws the foul gives"),
    "shot_distance": ("shot_distance", "Feet from the basket; NULL for what is no field-goal attempt"),
    "original_x": ("shot_x", "Tenths of feet from the basket along the baseline"),
    "original_y": ("shot_y", "Tenths of feet from the basket along the court"),
}
_PLACES = {
    "converted_x": ("court_x", "Feet from the sideline"),
    "converted_y": ("court_y", "Feet from one baseline, the same for both teams"),
}
_TIMES = {
    "remaining_time": ("seconds_left", "Seconds on the period's clock"),
    "elapsed": ("seconds_elapsed", "Seconds since the period began"),
    "play_length": ("seconds_since_last", "Seconds since the event before"),
}
_TEXTS = {
    "event_type": ("event_type", "What happened: shot, free throw, rebound, foul, turnover, substitution, ..."),
    "type": ("sub_type", "The kind of it, e.g. jump shot or rebound defensive"),
    "result": ("result", "made or missed, of a shot or free throw"),
    "reason": ("reason", "Why, of a foul or turnover"),
    "description": ("description", "The event as the feed tells it"),
}

TABLE = Table(
    dataset="nba_raw",
    name="bigdataball_play_by_play",
    description="Every event of a game in order with the players on court, as BigDataBall gave it last.",
    key=("game_id", "event_sequence"),
    cluster_by=("game_id",),
    columns=(
        required("game_date", "DATE", "Eastern game day"),
        required("game_id", "STRING", "NBA.com's game id, ten characters"),
        required("event_sequence", "INT64", "The event's place in the game, from 1 on"),
        required("period", "INT64", "1 to 4, overtimes from 5 on"),
        nullable("team_abbr", "STRING", "NBA.com's code of the team that did it; NULL for an event of no team"),
        nullable("player_name", "STRING", "Who did it, as the feed writes it"),
        *(nullable(name, "FLOAT64", what) for name, what in _TIMES.values()),
        *(nullable(name, "INT64", what) for name, what in _COUNTS.values()),
        *(nullable(name, "FLOAT64", what) for name, what in _PLACES.values()),
        *(nullable(name, "STRING", what) for name, what in _TEXTS.values()),
        *(
            nullable(name, "STRING", f"Join key of {what}; see sources/names.py")
            for name, what in (_PLAYERS | _ON_COURT).values()
        ),
        *LINEAGE,
    ),
)

_IDENTITY = {"game_id": "game_id", "date": "game_date", "play_id": "event_sequence", "period": "period"}
_NAMED = _COUNTS | _PLACES | _TIMES | _TEXTS | _PLAYERS | _ON_COURT
_COLUMNS = _IDENTITY | {"team": "team_abbr"} | {header: name for header, (name, _) in _NAMED.items()}
_CLOCK = r"^([0-9]{1,2}):([0-5][0-9]):([0-5][0-9](?:\.[0-9]{1,6})?)$"


def parse(content: bytes) -> Parsed:
    """The events of a game."""
    return csv_rows(content, _COLUMNS)


def clean(values: pd.DataFrame) -> Cleaned:
    """The events as rows of TABLE without lineage."""
    rows = values.assign(
        game_id=_game_ids(values["game_id"]),
        game_date=days(values["game_date"]),
        team_abbr=team_abbr(texts(values["team_abbr"])),
        player_name=texts(values["player_lookup"]),
        **{name: numbers_in_texts(values[name]) for name in (*_names(_COUNTS), "event_sequence", "period")},
        **{name: decimals_in_texts(values[name]) for name in _names(_PLACES)},
        **{name: _seconds(values[name]) for name in _names(_TIMES)},
        **{name: texts(values[name]) for name in _names(_TEXTS)},
        **{name: player_lookup(texts(values[name])) for name in _names(_PLAYERS | _ON_COURT)},
    )
    rows, unclear = _reject_garbled(rows, values)
    rows, incomplete = reject_missing(rows, ("game_id", "game_date", "event_sequence", "period"))
    return rows, [*unclear, *incomplete]


def _names(columns: dict[str, tuple[str, str]]) -> list[str]:
    return [name for name, _ in columns.values()]


def _game_ids(values: pd.Series) -> pd.Series:
    """NBA.com's ids: the feed leaves their leading zeros out."""
    ids = texts(values).str.zfill(10)
    return ids.where(season_types(ids).notna())


def _seconds(values: pd.Series) -> pd.Series:
    parts = texts(values).str.extract(_CLOCK).astype("float64")
    return parts[0] * 3600 + parts[1] * 60 + parts[2]


def _reject_garbled(rows: pd.DataFrame, values: pd.DataFrame) -> Cleaned:
    """`rows` without those that say something in a column which makes no sense there."""
    rejected = []
    for name in ("team_abbr", *_names(_COUNTS | _PLACES | _TIMES)):
        unclear = garbled(values[name], rows[name])[rows.index]
        rows, found = reject(rows, unclear, f"{name} makes no sense")
        rejected += found
    return rows, rejected
