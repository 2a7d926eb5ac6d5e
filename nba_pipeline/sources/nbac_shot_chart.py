"""NBA.com's shot chart of a game: every field-goal attempt with its zone and its place."""

import pandas as pd

from nba_pipeline.sources.box_score import counted
from nba_pipeline.sources.feed import LINEAGE, Feed
from nba_pipeline.sources.names import player_lookup
from nba_pipeline.sources.nba_games import season_types, season_years
from nba_pipeline.sources.payload import Cleaned, Parsed, days, reject_missing, result_set, texts, whole_numbers
from nba_pipeline.sources.teams import opponents, team_abbr, team_abbr_of_ids
from nba_pipeline.table import Table, nullable, required

FEED = Feed("nbac_shot_chart", "nba-com/shot-chart/{date}/game-{game_id}/{ts}.json", holds="game")

TABLE = Table(
    dataset="nba_raw",
    name="nbac_shot_chart",
    description="One row per field-goal attempt, as NBA.com's shot chart of the game gave it last.",
    key=("game_id", "event_id"),
    cluster_by=("player_id",),
    columns=(
        required("game_date", "DATE", "Eastern game day"),
        required("game_id", "STRING", "NBA.com's game id, ten characters"),
        required("event_id", "INT64", "The attempt's number among the game's events"),
        required("player_id", "INT64", "NBA.com's id of the shooter"),
        required("player_lookup", "STRING", "The name as a join key; see sources/names.py"),
        required("player_name", "STRING", "The name as the feed writes it"),
        required("team_id", "INT64", "NBA.com's id of the shooter's team"),
        required("team_abbr", "STRING", "NBA.com's code of the shooter's team"),
        required("opponent_abbr", "STRING", "NBA.com's code of the other team"),
        required("season_year", "INT64", "Year in which the season starts: 2023 is 2023-24"),
        required("season_type", "STRING", "preseason, regular, all_star, play_in, playoffs or cup_final; from the id"),
        required("is_made", "BOOL", "Whether it went in"),
        required("shot_value", "INT64", "Points that it is worth: 2 or 3"),
        required("shot_zone", "STRING", "NBA.com's basic zone, e.g. Restricted Area or Left Corner 3"),
        nullable("zone_area", "STRING", "The side of the court, e.g. Left Side Center(LC)"),
        nullable("zone_range", "STRING", "The range, e.g. 8-16 ft."),
        nullable("shot_distance", "INT64", "Whole feet from the basket"),
        nullable("shot_x", "INT64", "Tenths of feet from the basket along the baseline"),
        nullable("shot_y", "INT64", "Tenths of feet from the basket along the court"),
        nullable("action_type", "STRING", "The kind of shot, e.g. Driving Layup Shot"),
        nullable("period", "INT64", "1 to 4, overtimes from 5 on"),
        nullable("seconds_left", "INT64", "Whole seconds on the period's clock"),
        *LINEAGE,
    ),
)

_NUMBERS = {
    "PERIOD": "period",
    "MINUTES_REMAINING": "minutes_remaining",
    "SECONDS_REMAINING": "seconds_remaining",
    "SHOT_DISTANCE": "shot_distance",
    "LOC_X": "shot_x",
    "LOC_Y": "shot_y",
}
_IDS = {"GAME_EVENT_ID": "event_id", "PLAYER_ID": "player_id", "TEAM_ID": "team_id", "SHOT_MADE_FLAG": "is_made"}
_TEXTS = {
    "GAME_ID": "game_id",
    "PLAYER_NAME": "player_name",
    "ACTION_TYPE": "action_type",
    "SHOT_TYPE": "shot_value",
    "SHOT_ZONE_BASIC": "shot_zone",
    "SHOT_ZONE_AREA": "zone_area",
    "SHOT_ZONE_RANGE": "zone_range",
    "HTM": "home_abbr",
    "VTM": "away_abbr",
}
_CERTAIN = (
    *("game_date", "season_type", "event_id", "player_id", "player_lookup", "team_abbr", "opponent_abbr"),
    *("is_made", "shot_value", "shot_zone"),
)
_SHOT_VALUES = {"2PT Field Goal": 2, "3PT Field Goal": 3}


def parse(content: bytes) -> Parsed:
    """The attempts of a shot chart."""
    return result_set(content, "Shot_Chart_Detail", _NUMBERS | _IDS | _TEXTS | {"GAME_DATE": "game_date"})


def clean(shots: pd.DataFrame) -> Cleaned:
    """The attempts as rows of TABLE without lineage."""
    rows, unclear = counted(shots, _NUMBERS.values())
    rows = rows.assign(
        game_date=days(rows["game_date"], "%Y%m%d"),
        **{name: whole_numbers(rows[name]) for name in _IDS.values()},
        **{name: texts(rows[name]) for name in _TEXTS.values()},
    )
    rows, incomplete = reject_missing(_derived(rows), _CERTAIN)
    return rows, [*unclear, *incomplete]


def _derived(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with what ids, flags and words say."""
    own = team_abbr_of_ids(rows["team_id"])
    return rows.assign(
        team_abbr=own,
        opponent_abbr=opponents(own, team_abbr(rows["home_abbr"]), team_abbr(rows["away_abbr"])),
        player_lookup=player_lookup(rows["player_name"]).replace("", pd.NA),
        season_type=season_types(rows["game_id"]),
        season_year=season_years(rows["game_id"]),
        is_made=rows["is_made"].map({1: True, 0: False}).astype("boolean"),
        shot_value=rows["shot_value"].map(_SHOT_VALUES).astype("Int64"),
        seconds_left=60 * rows["minutes_remaining"] + rows["seconds_remaining"],
    )
