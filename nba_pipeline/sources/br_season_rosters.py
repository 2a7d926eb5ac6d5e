"""Basketball-Reference's season rosters: one object is all who were on a team in a season."""

import msgspec
import pandas as pd

from nba_pipeline.sources.box_score import counted
from nba_pipeline.sources.feed import LINEAGE, Feed
from nba_pipeline.sources.heights import inches
from nba_pipeline.sources.names import player_lookup
from nba_pipeline.sources.payload import (
    Cleaned,
    Parsed,
    Whole,
    decode,
    garbled,
    items,
    on_every_row,
    reject,
    reject_missing,
    texts,
)
from nba_pipeline.sources.teams import team_abbr
from nba_pipeline.table import Table, nullable, required

FEED = Feed("br_season_rosters", "basketball-ref/season-rosters/{season}/{team_abbr}.json", holds="season_team")

TABLE = Table(
    dataset="nba_raw",
    name="br_season_rosters",
    description="One row per season, team and player who was on it, as Basketball-Reference listed him last.",
    key=("season_year", "team_abbr", "player_lookup"),
    partition_by="season_year",
    cluster_by=("team_abbr",),
    strategy="upsert",
    newest_by="scraped_at",
    columns=(
        required("season_year", "INT64", "Year in which the season starts: 2023 is 2023-24"),
        required("team_abbr", "STRING", "NBA.com's code of the team"),
        required("player_lookup", "STRING", "The name as a join key; see sources/names.py"),
        required("player_name", "STRING", "First name and surname"),
        nullable("jersey_number", "STRING", "As it is on the jersey: 0 and 00 are two numbers"),
        nullable("position", "STRING", "PG, SG, SF, PF or C; G or F where no more is known"),
        nullable("height_inches", "INT64", "Inches"),
        nullable("weight_pounds", "INT64", "Pounds"),
        nullable("birth_date", "DATE", "Day of birth"),
        nullable("college", "STRING", "College; NULL for who went to none"),
        nullable("experience_years", "INT64", "Seasons in the league before this one: 0 for a rookie"),
        *LINEAGE,
    ),
)


class Player(msgspec.Struct):
    """A player of the roster."""

    full_name: str
    jersey_number: str | None = None
    position: str | None = None
    height: str | None = None
    weight: Whole | None = None
    birth_date: str | None = None
    college: str | None = None
    experience_years: Whole | None = None


class Roster(msgspec.Struct):
    """A team's season."""

    season_year: Whole
    team_abbrev: str
    players: list[msgspec.Raw]


_COLUMNS = {
    "player_name": "full_name",
    "jersey_number": "jersey_number",
    "position": "position",
    "height_inches": "height",
    "weight_pounds": "weight",
    "birth_date": "birth_date",
    "college": "college",
    "experience_years": "experience_years",
}
_TEXTS = ("player_name", "jersey_number", "position", "college")


def parse(content: bytes) -> Parsed:
    """The players of a roster."""
    roster = decode(content, Roster)
    players = [(f"$.players[{number}]", player) for number, player in enumerate(roster.players)]
    parsed = items(players, Player, _COLUMNS)
    return on_every_row(parsed, season_year=roster.season_year, team_abbr=roster.team_abbrev)


def clean(players: pd.DataFrame) -> Cleaned:
    """The players as rows of TABLE without lineage."""
    rows, uncountable = counted(players, ("weight_pounds", "experience_years"))
    rows = rows.assign(
        **{name: texts(rows[name]) for name in _TEXTS},
        team_abbr=team_abbr(texts(rows["team_abbr"])),
        player_lookup=player_lookup(texts(rows["player_name"])).replace("", pd.NA),
        height_inches=inches(rows["height_inches"]),
        birth_date=pd.to_datetime(texts(rows["birth_date"]), format="%B %d, %Y", errors="coerce"),
    )
    unclear = []
    for name in ("height_inches", "birth_date"):
        rows, found = reject(rows, garbled(players[name].loc[rows.index], rows[name]), f"{name} makes no sense")
        unclear += found
    rows, incomplete = reject_missing(rows, ("team_abbr", "player_lookup"))
    return rows, [*uncountable, *unclear, *incomplete]
