"""Who on a day's slate is predicted, by which systems, and who is not and why: the coverage tables, read for people."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd
from rich.console import RenderableType

from nba_pipeline.analytics import slate as slates
from nba_pipeline.bigquery.connection import Connection, connected
from nba_pipeline.bigquery.reader import read
from nba_pipeline.errors import UserError
from nba_pipeline.precompute import pitcher_features, player_daily_cache
from nba_pipeline.precompute.player_daily_cache import LONGEST_ABSENCE_DAYS
from nba_pipeline.predictions import (
    player_prop_predictions,
    prediction_coverage,
    strikeout_coverage,
    strikeout_predictions,
)
from nba_pipeline.settings import Settings
from nba_pipeline.sources import nbac_schedule
from nba_pipeline.sources.names import player_lookup
from nba_pipeline.table import Table
from nba_pipeline.terminal import grid


@dataclass(frozen=True, slots=True)
class Slate:
    """Players of a sport who are to be predicted: where their coverage and predictions stand, and what reasons mean.

    `predicted` is the column of what is predicted, `nobody` what to say of a day without a slate. `last_games` holds
    the day of each player's last game, which `why` may tell as {last}.
    """

    coverage: Table
    predictions: Table
    predicted: str
    nobody: str
    why: Mapping[str, str] = field(hash=False)
    last_games: Table | None = None


POINTS = Slate(
    prediction_coverage.TABLE,
    player_prop_predictions.TABLE,
    "predicted_points",
    "No game that counts is scheduled",
    {
        player_prop_predictions.LISTED_OUT: "the newest injury report before tip-off lists him Out",
        player_daily_cache.LONG_ABSENCE: f"no game in {LONGEST_ABSENCE_DAYS} days: his last was on {{last}}",
    },
    player_daily_cache.TABLE,
)
STRIKEOUTS = Slate(
    strikeout_coverage.TABLE,
    strikeout_predictions.TABLE,
    "predicted_strikeouts",
    "No pitcher has a strikeout line",
    {
        pitcher_features.UNKNOWN: "no box score of the last year has a pitcher of that name",
        pitcher_features.SEVERAL: "several pitchers have that name, and which one it is can not be told",
        strikeout_predictions.NO_START: "he pitched in the last year, and began no game",
    },
)


class NotCovered(UserError):
    """Nobody, or not the player who was asked for, is covered on a day; the message says why."""


def covered(current: Settings, slate: Slate, day: dt.date) -> pd.DataFrame:
    """The rows of the slate's coverage of `day`, by game, team and name; none where nobody is to be predicted.

    Raises NotCovered where games are scheduled and nobody is covered yet.
    """
    with connected(current) as connection:
        rows = _read(connection, slate.coverage, day)
        if rows.empty and slate is POINTS:
            _refuse_games(connection, day)
    order = [name for name in (slate.coverage.key[0], "team_abbr", "player_name") if name in rows]
    return rows.sort_values(order, ignore_index=True)


def detailed(current: Settings, slate: Slate, day: dt.date, rows: pd.DataFrame) -> pd.DataFrame:
    """`rows` of `day`, each with `predicted` by the system that says so, and `why` in words or NULL if he is."""
    key = list(slate.coverage.key)
    with connected(current) as connection:
        said = _read(connection, slate.predictions, day, [*key, "system_id", slate.predicted])
        if slate.last_games:
            last = _read(connection, slate.last_games, day, [*key, "last_game_date"])
            rows = rows.merge(last, on=key, how="left")
    predicted = {
        player: dict(zip(part["system_id"], part[slate.predicted].round(1), strict=True))
        for player, part in said.sort_values("system_id").groupby(key)
    }
    players = rows[key].itertuples(index=False, name=None)
    return rows.assign(
        predicted=[predicted.get(player, {}) for player in players],
        why=[_why(slate, row) for row in rows.to_dict("records")],
    ).drop(columns="last_game_date", errors="ignore")


def called(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """Those of `rows` whose name holds `name`, however it is written; raises NotCovered where there are none."""
    [wanted] = player_lookup(pd.Series([name], dtype="string"))
    found = rows[rows["player_lookup"].str.contains(wanted, regex=False)] if wanted else rows.head(0)
    if found.empty:
        raise NotCovered(
            f"nobody called {name} is on this slate. On it is who played his last game, of the last year, for a team "
            f"that plays that day, or pitchers with a line; the {len(rows)} who are: `nba-pipeline coverage --detailed`"
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
    shown = rows.reindex(columns=["player_name", "team_abbr", "game_id", "status", "reason", "predicted", "why"])
    lines = [
        (*row[:-2], _said(row[-2]) or row[-1])
        for row in shown.astype(object).where(shown.notna(), None).itertuples(index=False, name=None)
    ]
    return grid(("player", "team", "game", "status", "reason", "what each system says, or why none does"), lines, title)


def _read(connection: Connection, table: Table, day: dt.date, columns: Iterable[str] | None = None) -> pd.DataFrame:
    return read(connection.reader, connection.project, table, day, day, columns)


def _refuse_games(connection: Connection, day: dt.date) -> None:
    games = len(slates.counted(_read(connection, nbac_schedule.TABLE, day, slates.SCHEDULE_COLUMNS)))
    if games:
        raise NotCovered(
            f"{games} games are scheduled on {day} and nobody is covered yet: the day was not computed. See "
            f"`nba-pipeline runs --table prediction_coverage --partition {day}`, or run "
            f"`nba-pipeline backfill --dates {day}`"
        )


def _why(slate: Slate, row: Mapping[str, object]) -> str | None:
    if pd.isna(row["reason"]):
        return None
    last = row.get("last_game_date")
    return slate.why[str(row["reason"])].format(last=f"{last:%Y-%m-%d}" if last is not None else "")


def _said(predicted: Mapping[str, float]) -> str:
    return ", ".join(f"{system} {value:g}" for system, value in predicted.items())
