"""NBA.com's injury report: who may miss which game, as the report of an hour said it. Every report is kept."""

from typing import Annotated

import msgspec
import pandas as pd

from nba_pipeline.game_days import EASTERN, season_years
from nba_pipeline.sources.feed import LINEAGE, Feed
from nba_pipeline.sources.names import player_lookup
from nba_pipeline.sources.payload import Cleaned, Parsed, days, decode, items, on_every_row, reject_missing, texts
from nba_pipeline.sources.teams import opponents, team_abbr
from nba_pipeline.table import Table, nullable, required

FEED = Feed("nbac_injury_report", "nba-com/injury-report-data/{date}/{hour}/{ts}.json", holds="snapshot")

TABLE = Table(
    dataset="nba_raw",
    name="nbac_injury_report",
    description="One row per report, game and player on it.",
    key=("report_ts", "player_lookup", "game_code"),
    partition_by="report_date",
    cluster_by=("player_lookup",),
    strategy="append",
    inputs=("source_object", "source_generation"),
    columns=(
        required("report_date", "DATE", "Eastern day of the report"),
        required("report_ts", "TIMESTAMP", "The report's hour"),
        required("game_date", "DATE", "Eastern day of the game: the report's or the next"),
        required("game_code", "STRING", "NBA.com's game code: day, visitors and hosts, e.g. 20240104/MILSAS"),
        required("player_lookup", "STRING", "The name as a join key; see sources/names.py"),
        required("player_name", "STRING", "First name and surname; the report writes them the other way round"),
        required("team_abbr", "STRING", "NBA.com's code of the player's team"),
        required("opponent_abbr", "STRING", "NBA.com's code of the other team"),
        required("is_home", "BOOL", "Whether the player's team is the home team"),
        required("season_year", "INT64", "Year in which the season starts: 2023 is 2023-24"),
        required("injury_status", "STRING", "Out, Doubtful, Questionable, Probable or Available"),
        nullable("reason", "STRING", "Why, as the report writes it"),
        nullable("game_time", "STRING", "Tip-off as the report writes it, Eastern, twelve hours: 07:30 (ET)"),
        nullable("confidence", "FLOAT64", "How sure the report's reader is of the line: 0 to 1"),
        *LINEAGE,
    ),
)


class Record(msgspec.Struct):
    """A player's line."""

    date: str
    matchup: str
    team: str
    player: str
    status: str
    reason: str | None = None
    gametime: str | None = None
    confidence: float | None = None


class Metadata(msgspec.Struct):
    """When the report was: an Eastern day and hour."""

    gamedate: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{8}\Z")]
    hour24: Annotated[str, msgspec.Meta(pattern=r"^([01]?[0-9]|2[0-3])\Z")]


class Report(msgspec.Struct):
    """A whole report."""

    metadata: Metadata
    records: list[msgspec.Raw]


_COLUMNS = {
    **{name: name for name in ("matchup", "reason", "confidence")},
    **{"game_date": "date", "game_time": "gametime", "team_abbr": "team"},
    **{"player_name": "player", "injury_status": "status"},
}
_STATUSES = ["Out", "Doubtful", "Questionable", "Probable", "Available"]
_CERTAIN = ("report_ts", "game_date", "player_lookup", "team_abbr", "opponent_abbr", "injury_status")


def parse(content: bytes) -> Parsed:
    """The lines of a report."""
    report = decode(content, Report)
    records = [(f"$.records[{number}]", record) for number, record in enumerate(report.records)]
    return on_every_row(
        items(records, Record, _COLUMNS), report_date=report.metadata.gamedate, hour=report.metadata.hour24
    )


def clean(lines: pd.DataFrame) -> Cleaned:
    """The lines as rows of TABLE without lineage."""
    names = texts(lines["player_name"]).str.replace(r"^([^,]+),\s*(.+)$", r"\2 \1", regex=True)
    status = texts(lines["injury_status"])
    rows = lines.assign(
        **_when(lines),
        **_games(lines),
        player_name=names,
        player_lookup=player_lookup(names).replace("", pd.NA),
        injury_status=status.where(status.isin(_STATUSES)),
        **{name: texts(lines[name]) for name in ("reason", "game_time")},
    )
    rows, rejected = reject_missing(rows, _CERTAIN)
    return rows.assign(season_year=season_years(rows["game_date"])), rejected


def _when(lines: pd.DataFrame) -> dict[str, pd.Series]:
    """The report's day and hour. Of an hour that the clock strikes twice the first is meant."""
    day = days(lines["report_date"], "%Y%m%d")
    hours = pd.to_timedelta(pd.to_numeric(lines["hour"]), unit="h")
    eastern = (day + hours).dt.tz_localize(EASTERN, ambiguous=[True] * len(lines), nonexistent="shift_forward")
    return {"report_date": day, "report_ts": eastern.dt.tz_convert("UTC")}


def _games(lines: pd.DataFrame) -> dict[str, pd.Series]:
    """The game and both sides of it, out of the day, the matchup (`MIL@SAS`) and the player's team."""
    day, own = days(lines["game_date"], "%m/%d/%Y"), team_abbr(texts(lines["team_abbr"]))
    sides = texts(lines["matchup"]).str.extract(r"^(\w+)@(\w+)$")
    away, home = team_abbr(sides[0]), team_abbr(sides[1])
    return {
        "game_date": day,
        "game_code": day.dt.strftime("%Y%m%d").astype("string[pyarrow]") + "/" + away + home,
        "team_abbr": own,
        "opponent_abbr": opponents(own, home, away),
        "is_home": own == home,
    }
