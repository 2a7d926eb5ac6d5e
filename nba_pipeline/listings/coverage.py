"""Who on a day's slate is predicted, by which systems, and who is not and why: prediction_coverage, read for people."""

import datetime as dt
from collections.abc import Iterable

import pandas as pd
from rich.console import RenderableType

from nba_pipeline.analytics import slate
from nba_pipeline.bigquery.connection import Connection, connected
from nba_pipeline.bigquery.reader import read
from nba_pipeline.errors import UserError
from nba_pipeline.precompute import player_daily_cache
from nba_pipeline.precompute.player_daily_cache import LONGEST_ABSENCE_DAYS
from nba_pipeline.predictions import player_prop_predictions, prediction_coverage
from nba_pipeline.settings import Settings
from nba_pipeline.sources import nbac_schedule
from nba_pipeline.sources.names import player_lookup
from nba_pipeline.table import Table
from nba_pipeline.terminal import grid

_PLAYER = ["game_id", "player_id"]
_SAID_COLUMNS = (*_PLAYER, "system_id", "predicted_points")
_FACT_COLUMNS = (*_PLAYER, "last_game_date")

# What the reasons of prediction_coverage mean; `last` is the day of the player's last game.
WHY = {
    player_prop_predictions.LISTED_OUT: "the newest injury report before tip-off lists him Out",
    player_daily_cache.LONG_ABSENCE: f"no game in {LONGEST_ABSENCE_DAYS} days: his last was on {{last}}",
}


class NotCovered(UserError):
    """Nobody, or not the player who was asked for, is covered on a day; the message says why."""


def covered(current: Settings, day: dt.date) -> pd.DataFrame:
    """The rows of prediction_coverage of `day`, by game, team and name; none on a day without games that count.

    Raises NotCovered where games are scheduled and nobody is covered yet.
    """
    with connected(current) as connection:
        rows = _read(connection, prediction_coverage.TABLE, day)
        if rows.empty:
            _refuse_games(connection, day)
    return rows.sort_values(["game_id", "team_abbr", "player_name"], ignore_index=True)


def detailed(current: Settings, day: dt.date, rows: pd.DataFrame) -> pd.DataFrame:
    """`rows` of `day`, each with `points` by the system that says so, and `why` in words or NULL if he is."""
    with connected(current) as connection:
        said = _read(connection, player_prop_predictions.TABLE, day, _SAID_COLUMNS)
        facts = _read(connection, player_daily_cache.TABLE, day, _FACT_COLUMNS)
    points = {
        key: dict(zip(part["system_id"], part["predicted_points"].round(1), strict=True))
        for key, part in said.sort_values("system_id").groupby(_PLAYER)
    }
    found = rows.merge(facts, on=_PLAYER, how="left")
    found["points"] = [points.get(key, {}) for key in zip(found["game_id"], found["player_id"], strict=True)]
    found["why"] = [_why(row.reason, row.last_game_date) for row in found.itertuples()]
    return found.drop(columns="last_game_date")


def called(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """Those of `rows` whose name holds `name`, however it is written; raises NotCovered where there are none."""
    [wanted] = player_lookup(pd.Series([name], dtype="string"))
    found = rows[rows["player_lookup"].str.contains(wanted, regex=False)] if wanted else rows.head(0)
    if found.empty:
        raise NotCovered(
            f"nobody called {name} is on this slate. On it is who played his last game, of the last year, for a team "
            f"that plays that day; the {len(rows)} who are: `nba-pipeline coverage --detailed`"
        )
    return found


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """How many players have each status and reason, most first, and their share of the slate."""
    counts = rows.assign(reason=rows["reason"].fillna("")).groupby(["status", "reason"]).size()
    found = counts.rename("players").sort_values(ascending=False).reset_index()
    return found.assign(share=found["players"] / len(rows))


def summary_listing(counts: pd.DataFrame, title: str) -> RenderableType:
    """What `summary` gives, as it is printed."""
    lines = [(row.status, row.reason, row.players, f"{row.share:.1%}") for row in counts.itertuples()]
    return grid(("status", "reason", "players", "share"), lines, title)


def listing(rows: pd.DataFrame, title: str) -> RenderableType:
    """What `detailed` gives, as it is printed."""
    lines = [
        (row.player_name, row.team_abbr, row.game_id, row.status, _reason(row.reason), _said(row.points) or row.why)
        for row in rows.itertuples()
    ]
    return grid(("player", "team", "game", "status", "reason", "points by system, or why not"), lines, title)


def _read(connection: Connection, table: Table, day: dt.date, columns: Iterable[str] | None = None) -> pd.DataFrame:
    return read(connection.reader, connection.project, table, day, day, columns)


def _refuse_games(connection: Connection, day: dt.date) -> None:
    games = len(slate.counted(_read(connection, nbac_schedule.TABLE, day, slate.SCHEDULE_COLUMNS)))
    if games:
        raise NotCovered(
            f"{games} games are scheduled on {day} and nobody is covered yet: the day was not computed. See "
            f"`nba-pipeline runs --table prediction_coverage --partition {day}`, or run "
            f"`nba-pipeline backfill --dates {day}`"
        )


def _why(reason: object, last_game_date: pd.Timestamp) -> str | None:
    return None if pd.isna(reason) else WHY[str(reason)].format(last=f"{last_game_date:%Y-%m-%d}")


def _reason(reason: object) -> str:
    return "" if pd.isna(reason) else str(reason)


def _said(points: dict[str, float]) -> str:
    return ", ".join(f"{system} {value:g}" for system, value in points.items())
