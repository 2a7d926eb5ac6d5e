"""NBA.com's list of players: the league as it is now, one object per scrape."""

import pandas as pd

from nba_pipeline.sources.box_score import counted
from nba_pipeline.sources.feed import LINEAGE, Feed
from nba_pipeline.sources.heights import inches
from nba_pipeline.sources.names import full_names, player_lookup
from nba_pipeline.sources.payload import (
    Cleaned,
    Parsed,
    garbled,
    numbers_in_texts,
    reject,
    reject_missing,
    result_set,
    texts,
)
from nba_pipeline.sources.teams import team_abbr
from nba_pipeline.table import Table, nullable, required

FEED = Feed("nbac_player_list", "nba-com/player-list/{date}/{ts}.json")

TABLE = Table(
    dataset="nba_raw",
    name="nbac_player_list",
    description="One row per player, as NBA.com's list showed him last. Who has left the list keeps his last row.",
    key=("player_lookup",),
    partition_by=None,
    cluster_by=("player_lookup",),
    strategy="upsert",
    newest_by="scraped_at",
    columns=(
        required("player_lookup", "STRING", "The name as a join key; see sources/names.py"),
        required("player_id", "INT64", "NBA.com's player id"),
        required("player_name", "STRING", "First name and surname"),
        nullable("team_id", "INT64", "NBA.com's id of the player's team; NULL without one"),
        nullable("team_abbr", "STRING", "NBA.com's code of the player's team; NULL without one"),
        nullable("is_active", "BOOL", "Whether the player is on a roster"),
        nullable("jersey_number", "STRING", "As it is on the jersey: 0 and 00 are two numbers"),
        nullable("position", "STRING", "G, F or C, or two of them, the first one first, e.g. F-C"),
        nullable("height_inches", "INT64", "Inches"),
        nullable("weight_pounds", "INT64", "Pounds"),
        nullable("college", "STRING", "College, or the club or country that the player came from"),
        nullable("country", "STRING", "Country"),
        nullable("draft_year", "INT64", "Year of the draft; NULL where the player was not drafted"),
        nullable("draft_round", "INT64", "Round of the draft"),
        nullable("draft_number", "INT64", "Overall pick"),
        nullable("first_season", "INT64", "Year in which the player's first season started"),
        nullable("last_season", "INT64", "Year in which the player's last season so far started"),
        *LINEAGE,
    ),
)

_NUMBERS = {
    "PERSON_ID": "player_id",
    "TEAM_ID": "team_id",
    "ROSTER_STATUS": "is_active",
    "DRAFT_YEAR": "draft_year",
    "DRAFT_ROUND": "draft_round",
    "DRAFT_NUMBER": "draft_number",
}
_NUMBERS_IN_TEXTS = {"WEIGHT": "weight_pounds", "FROM_YEAR": "first_season", "TO_YEAR": "last_season"}
_TEXTS = {
    "PLAYER_FIRST_NAME": "first_name",
    "PLAYER_LAST_NAME": "last_name",
    "TEAM_ABBREVIATION": "team_abbr",
    "JERSEY_NUMBER": "jersey_number",
    "POSITION": "position",
    "COLLEGE": "college",
    "COUNTRY": "country",
}


def parse(content: bytes) -> Parsed:
    """The players of the list."""
    return result_set(content, "PlayerIndex", _NUMBERS | _NUMBERS_IN_TEXTS | _TEXTS | {"HEIGHT": "height_inches"})


def clean(players: pd.DataFrame) -> Cleaned:
    """The players as rows of TABLE without lineage."""
    rows, uncountable = counted(players, _NUMBERS.values())
    rows = rows.assign(
        **{name: numbers_in_texts(rows[name]) for name in _NUMBERS_IN_TEXTS.values()},
        **{name: texts(rows[name]) for name in _TEXTS.values()},
        height_inches=inches(rows["height_inches"]),
    )
    rows = _derived(rows)
    unclear = []
    for name in (*_NUMBERS_IN_TEXTS.values(), "height_inches", "team_abbr"):
        rows, found = reject(rows, garbled(players[name].loc[rows.index], rows[name]), f"{name} makes no sense")
        unclear += found
    rows, incomplete = reject_missing(rows, ("player_id", "player_lookup"))
    return rows, [*uncountable, *unclear, *incomplete]


def _derived(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with what names, codes and flags say; a team's id of 0 stands for none."""
    names = full_names(rows["first_name"], rows["last_name"])
    return rows.assign(
        player_name=names,
        player_lookup=player_lookup(names).replace("", pd.NA),
        team_id=rows["team_id"].mask(rows["team_id"] == 0),
        team_abbr=team_abbr(rows["team_abbr"]),
        is_active=rows["is_active"].map({1: True, 0: False}).astype("boolean"),
    )
