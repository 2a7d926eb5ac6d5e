"""NBA.com's referee assignments of a day: a row per official of a game. Other leagues' games are left alone."""

import msgspec
import pandas as pd

from nba_pipeline.sources.feed import LINEAGE, Feed
from nba_pipeline.sources.nba_games import season_types, season_years
from nba_pipeline.sources.payload import BadPayload, Cleaned, Parsed, Whole, days, decode, items, reject_missing, texts
from nba_pipeline.sources.teams import team_abbr
from nba_pipeline.table import Table, nullable, required

FEED = Feed("nbac_referee_game_assignments", "nba-com/referee-assignments/{date}/{ts}.json")

TABLE = Table(
    dataset="nba_raw",
    name="nbac_referee_game_assignments",
    description="One row per game and official, as NBA.com's assignments of the day gave it last.",
    key=("game_id", "official_code"),
    strategy="upsert",
    newest_by="scraped_at",
    cluster_by=("official_code",),
    columns=(
        required("game_date", "DATE", "Eastern game day"),
        required("game_id", "STRING", "NBA.com's game id, ten characters"),
        required("official_code", "INT64", "NBA.com's id of the official"),
        required("official_name", "STRING", "The official's name"),
        required("official_position", "INT64", "Place in the list: 1 is the crew chief, 4 the alternate"),
        nullable("jersey_number", "STRING", "Number on the official's back"),
        required("home_team_abbr", "STRING", "NBA.com's code of the home team"),
        required("away_team_abbr", "STRING", "NBA.com's code of the visiting team"),
        required("season_year", "INT64", "Year in which the season starts: 2023 is 2023-24"),
        required("season_type", "STRING", "preseason, regular, all_star, play_in, playoffs or cup_final; from the id"),
        *LINEAGE,
    ),
)

_PLACES = (1, 2, 3, 4)


class Assignment(msgspec.Struct):
    """A game and its officials, all null while they are not named."""

    game_id: str
    game_date: str
    home_team_abbr: str
    away_team_abbr: str
    official1: str | None = None
    official1_code: Whole | None = None
    official1_jersey: str | None = msgspec.field(name="official1_JNum", default=None)
    official2: str | None = None
    official2_code: Whole | None = None
    official2_jersey: str | None = msgspec.field(name="official2_JNum", default=None)
    official3: str | None = None
    official3_code: Whole | None = None
    official3_jersey: str | None = msgspec.field(name="official3_JNum", default=None)
    official4: str | None = None
    official4_code: Whole | None = None
    official4_jersey: str | None = msgspec.field(name="official4_JNum", default=None)


class Rows(msgspec.Struct):
    """A table of the feed."""

    rows: list[msgspec.Raw]


class League(msgspec.Struct):
    """A league's tables: `Table` holds its games."""

    games: Rows = msgspec.field(name="Table")


class Leagues(msgspec.Struct):
    """The leagues of a day, of which one is used."""

    nba: League


class Assignments(msgspec.Struct, rename="camel"):
    """The scraper's shape, or NBA.com's own."""

    nba: League | None = None
    referee_assignments: Leagues | None = None


_OF_GAME = ("game_id", "game_date", "home_team_abbr", "away_team_abbr")


def parse(content: bytes) -> Parsed:
    """The officials named for the NBA's games, in either shape."""
    games = items(
        _games(decode(content, Assignments)), Assignment, {name: name for name in Assignment.__struct_fields__}
    )
    named = [
        (row, place)
        for row in range(len(games.positions))
        for place in _PLACES
        if (games.columns[f"official{place}"][row], games.columns[f"official{place}_code"][row]) != (None, None)
    ]
    columns = {
        **{name: [games.columns[name][row] for row, _ in named] for name in _OF_GAME},
        "official_position": [place for _, place in named],
        "official_name": [games.columns[f"official{place}"][row] for row, place in named],
        "official_code": [games.columns[f"official{place}_code"][row] for row, place in named],
        "jersey_number": [games.columns[f"official{place}_jersey"][row] for row, place in named],
    }
    return Parsed(columns, [f"{games.positions[row]}.official{place}" for row, place in named], games.rejected)


def clean(officials: pd.DataFrame) -> Cleaned:
    """The officials as rows of TABLE without lineage."""
    rows = officials.assign(
        game_date=days(officials["game_date"], "%m/%d/%Y"),
        **{name: team_abbr(texts(officials[name])) for name in ("home_team_abbr", "away_team_abbr")},
        **{name: texts(officials[name]) for name in ("official_name", "jersey_number")},
        season_type=season_types(officials["game_id"]),
        season_year=season_years(officials["game_id"]),
    )
    certain = ("game_date", "season_type", "official_code", "official_name", "home_team_abbr", "away_team_abbr")
    return reject_missing(rows, certain)


def _games(found: Assignments) -> list[tuple[str, msgspec.Raw]]:
    """Each of the NBA's games with its position."""
    if found.nba is not None:
        league, where = found.nba, "$.nba"
    elif found.referee_assignments is not None:
        league, where = found.referee_assignments.nba, "$.refereeAssignments.nba"
    else:
        raise BadPayload("neither nba nor refereeAssignments")
    return [(f"{where}.Table.rows[{number}]", game) for number, game in enumerate(league.games.rows)]
