"""Ball Don't Lie's standings of a season, as they were on a day."""

import msgspec
import pandas as pd

from nba_pipeline.sources import bdl
from nba_pipeline.sources.feed import LINEAGE, Feed
from nba_pipeline.sources.payload import (
    Cleaned,
    Parsed,
    Whole,
    garbled,
    items,
    numbers_in_texts,
    reject,
    reject_missing,
    texts,
    whole_numbers,
)
from nba_pipeline.sources.teams import team_abbr
from nba_pipeline.table import Table, nullable, required

FEED = Feed("bdl_standings", "ball-dont-lie/standings/{season}/{date}/{ts}.json")

# Games on neutral ground are neither at home nor on the road.
_RECORDS = {
    "conference": "against teams of the own conference",
    "division": "against teams of the own division",
    "home": "at home",
    "road": "on the road",
}

TABLE = Table(
    dataset="nba_raw",
    name="bdl_standings",
    description="One row per season, day and team: the standings as Ball Don't Lie's last scrape of the day gave them.",
    key=("season_year", "date_recorded", "team_abbr"),
    partition_by="date_recorded",
    strategy="upsert",
    newest_by="scraped_at",
    cluster_by=("team_abbr",),
    columns=(
        required("season_year", "INT64", "Year in which the season starts: 2023 is 2023-24"),
        required("date_recorded", "DATE", "Eastern day of the standings, from the object's name"),
        required("team_abbr", "STRING", "NBA.com's code of the team"),
        nullable("conference", "STRING", "East or West"),
        nullable("division", "STRING", "Division, e.g. Atlantic"),
        nullable("conference_rank", "INT64", "Place in the conference, 1 the first"),
        nullable("division_rank", "INT64", "Place in the division, 1 the first"),
        nullable("wins", "INT64", "Games won"),
        nullable("losses", "INT64", "Games lost"),
        *(
            nullable(f"{kind}_{result}", "INT64", f"Games {verb} {where}")
            for kind, where in _RECORDS.items()
            for result, verb in (("wins", "won"), ("losses", "lost"))
        ),
        *LINEAGE,
    ),
)


class Team(bdl.Team):
    """A team and where it plays."""

    conference: str | None = None
    division: str | None = None


class Standing(msgspec.Struct):
    """A team's place; records are written 41-11."""

    team: Team
    season: Whole
    wins: Whole | None = None
    losses: Whole | None = None
    conference_rank: Whole | None = None
    division_rank: Whole | None = None
    conference_record: str | None = None
    division_record: str | None = None
    home_record: str | None = None
    road_record: str | None = None


_NUMBERS = ("wins", "losses", "conference_rank", "division_rank")
_COLUMNS = {
    **{name: name for name in (*_NUMBERS, *(f"{kind}_record" for kind in _RECORDS))},
    **{"season_year": "season", "team_abbr": "team.abbreviation"},
    **{name: f"team.{name}" for name in ("conference", "division")},
}


def parse(content: bytes) -> Parsed:
    """The teams of the standings."""
    return items(bdl.elements(content), Standing, _COLUMNS)


def clean(standings: pd.DataFrame) -> Cleaned:
    """The standings as rows of TABLE without lineage."""
    rows = standings.assign(
        **{name: whole_numbers(standings[name]) for name in ("season_year", *_NUMBERS)},
        **{name: texts(standings[name]) for name in ("conference", "division")},
        team_abbr=team_abbr(texts(standings["team_abbr"])),
    )
    unclear = []
    for kind in _RECORDS:
        record = rows[f"{kind}_record"]
        games = texts(record).str.extract("^([0-9]{1,2})-([0-9]{1,2})$")
        rows = rows.assign(**{f"{kind}_wins": numbers_in_texts(games[0]), f"{kind}_losses": numbers_in_texts(games[1])})
        rows, found = reject(rows, garbled(record, rows[f"{kind}_wins"]), f"{kind}_record makes no sense")
        unclear += found
    rows, unknown = reject_missing(rows, ("team_abbr",))
    return rows, [*unclear, *unknown]
