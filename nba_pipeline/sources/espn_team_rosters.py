"""ESPN's rosters: one object is a team's players, with their injuries, at the scrape."""

import msgspec
import pandas as pd

from nba_pipeline.sources.box_score import counted
from nba_pipeline.sources.feed import LINEAGE, Feed
from nba_pipeline.sources.names import player_lookup
from nba_pipeline.sources.payload import (
    Cleaned,
    Parsed,
    days,
    decode,
    garbled,
    items,
    moments,
    numbers_in_texts,
    on_every_row,
    reject,
    reject_missing,
    texts,
)
from nba_pipeline.sources.teams import team_abbr_of_names
from nba_pipeline.table import Table, nullable, required

FEED = Feed("espn_team_rosters", "espn/rosters/{date}/team_{team_abbr}/{ts}.json", holds="team")

TABLE = Table(
    dataset="nba_raw",
    name="espn_team_rosters",
    description="One row per day, team and player: the rosters as ESPN's last scrape of the day showed them.",
    key=("roster_date", "team_abbr", "espn_player_id"),
    partition_by="roster_date",
    cluster_by=("team_abbr",),
    columns=(
        required("roster_date", "DATE", "Eastern day of the scrape, from the object's name"),
        required("team_abbr", "STRING", "NBA.com's code of the team"),
        required("espn_player_id", "INT64", "ESPN's player id"),
        required("player_lookup", "STRING", "The name as a join key; see sources/names.py"),
        required("player_name", "STRING", "First name and surname"),
        nullable("jersey_number", "STRING", "As it is on the jersey: 0 and 00 are two numbers"),
        nullable("position", "STRING", "In words, e.g. Shooting Guard, or Forward"),
        nullable("height_inches", "INT64", "Inches"),
        nullable("weight_pounds", "INT64", "Pounds"),
        nullable("injury_status", "STRING", "Status of the latest injury, e.g. Out or Day-To-Day; NULL without one"),
        nullable("injury_type", "STRING", "What is injured, e.g. Knee"),
        nullable("injury_reported_at", "TIMESTAMP", "When the injury was last written about"),
        nullable("expected_return_date", "DATE", "Day on which the player is expected back"),
        *LINEAGE,
    ),
)


class Details(msgspec.Struct, rename="camel"):
    """What is injured, and until when."""

    type: str | None = None
    return_date: str | None = None


class Injury(msgspec.Struct):
    """An injury; all of it unsaid where a player has none."""

    status: str | None = None
    date: str | None = None
    details: Details = msgspec.field(default_factory=Details)


class Player(msgspec.Struct, rename="camel"):
    """A player of the roster."""

    player_id: str
    full_name: str
    jersey: str | None = None
    position: str | None = None
    height_in: float | None = None
    weight_lb: float | None = None
    injuries: list[Injury] = []

    @property
    def injury(self) -> Injury:
        """The injury written about last."""
        return max(self.injuries, key=lambda injury: injury.date or "", default=Injury())


class Roster(msgspec.Struct, rename="camel"):
    """A team's roster."""

    team_name: str
    players: list[msgspec.Raw]


_COLUMNS = {
    "espn_player_id": "player_id",
    "player_name": "full_name",
    "jersey_number": "jersey",
    "position": "position",
    "height_inches": "height_in",
    "weight_pounds": "weight_lb",
    "injury_status": "injury.status",
    "injury_type": "injury.details.type",
    "injury_reported_at": "injury.date",
    "expected_return_date": "injury.details.return_date",
}
_TEXTS = ("player_name", "jersey_number", "position", "injury_status", "injury_type")


def parse(content: bytes) -> Parsed:
    """The players of a roster."""
    roster = decode(content, Roster)
    players = [(f"$.players[{number}]", player) for number, player in enumerate(roster.players)]
    return on_every_row(items(players, Player, _COLUMNS), team_name=roster.team_name)


def clean(players: pd.DataFrame) -> Cleaned:
    """The players as rows of TABLE without lineage."""
    rows, uncountable = counted(players, ("height_inches", "weight_pounds"))
    rows = rows.assign(
        **{name: texts(rows[name]) for name in _TEXTS},
        team_abbr=team_abbr_of_names(texts(rows["team_name"])),
        espn_player_id=numbers_in_texts(rows["espn_player_id"]),
        player_lookup=player_lookup(rows["player_name"]).replace("", pd.NA),
        injury_reported_at=moments(rows["injury_reported_at"]),
        expected_return_date=days(rows["expected_return_date"]),
    )
    unclear = []
    for name in ("injury_reported_at", "expected_return_date"):
        rows, found = reject(rows, garbled(players[name].loc[rows.index], rows[name]), f"{name} makes no sense")
        unclear += found
    rows, incomplete = reject_missing(rows, ("team_abbr", "espn_player_id", "player_lookup"))
    return rows, [*uncountable, *unclear, *incomplete]
