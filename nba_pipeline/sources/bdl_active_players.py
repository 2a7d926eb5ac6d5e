"""Ball Don't Lie's active players: the league as it is now."""

import pandas as pd

from nba_pipeline.sources import bdl
from nba_pipeline.sources.feed import LINEAGE, Feed
from nba_pipeline.sources.heights import inches
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
from nba_pipeline.table import Table, nullable

FEED = Feed("bdl_active_players", "ball-dont-lie/active-players/{date}/{ts}.json", holds="part")

TABLE = Table(
    dataset="nba_raw",
    name="bdl_active_players",
    description="One row per player, as Ball Don't Lie's list showed him last. Who has left it keeps his last row.",
    key=("player_lookup",),
    partition_by=None,
    cluster_by=("player_lookup",),
    strategy="upsert",
    newest_by="scraped_at",
    columns=(
        *bdl.PLAYER_COLUMNS,
        nullable("team_abbr", "STRING", "NBA.com's code of the player's team; NULL without one"),
        nullable("jersey_number", "STRING", "As it is on the jersey: 0 and 00 are two numbers"),
        nullable("position", "STRING", "G, F or C, or two of them, the first one first, e.g. F-C"),
        nullable("height_inches", "INT64", "Inches"),
        nullable("weight_pounds", "INT64", "Pounds"),
        nullable("college", "STRING", "College, or the club that the player came from"),
        nullable("country", "STRING", "Country"),
        nullable("draft_year", "INT64", "Year of the draft; NULL where the player was not drafted"),
        nullable("draft_round", "INT64", "Round of the draft"),
        nullable("draft_number", "INT64", "Overall pick"),
        *LINEAGE,
    ),
)


class Player(bdl.Player, kw_only=True):
    """An active player."""

    team: bdl.Team | None = None
    jersey_number: str | None = None
    position: str | None = None
    height: str | None = None
    weight: str | None = None
    college: str | None = None
    country: str | None = None
    draft_year: Whole | None = None
    draft_round: Whole | None = None
    draft_number: Whole | None = None

    @property
    def team_code(self) -> str | None:
        """The team's code; None without one."""
        return self.team.abbreviation if self.team else None


_TEXTS = ("jersey_number", "position", "college", "country")
_DRAFT = ("draft_year", "draft_round", "draft_number")
_COLUMNS = {
    **{name: name for name in ("first_name", "last_name", *_TEXTS, *_DRAFT)},
    **{"bdl_player_id": "id", "team_abbr": "team_code", "height_inches": "height", "weight_pounds": "weight"},
}


def parse(content: bytes) -> Parsed:
    """The players of a page."""
    return items(bdl.elements(content), Player, _COLUMNS)


def clean(players: pd.DataFrame) -> Cleaned:
    """The players as rows of TABLE without lineage."""
    rows = bdl.named(players).assign(
        **{name: texts(players[name]) for name in _TEXTS},
        **{name: whole_numbers(players[name]) for name in ("bdl_player_id", *_DRAFT)},
        team_abbr=team_abbr(texts(players["team_abbr"])),
        height_inches=inches(players["height_inches"]),
        weight_pounds=numbers_in_texts(players["weight_pounds"]),
    )
    unclear = []
    for name in ("team_abbr", "height_inches", "weight_pounds"):
        rows, found = reject(rows, garbled(players[name].loc[rows.index], rows[name]), f"{name} makes no sense")
        unclear += found
    rows, nameless = reject_missing(rows, ("player_lookup",))
    return rows, [*unclear, *nameless]
