"""prediction_coverage: every player on the slate once, predicted or with the one reason why not."""

from collections.abc import Sequence

import pandas as pd

from nba_pipeline import frames
from nba_pipeline.predictions.player_prop_predictions import REASONS, reasons
from nba_pipeline.table import Column, Table, nullable, required

PREDICTED, NOT_PREDICTED = "predicted", "not_predicted"


def columns(reasons: Sequence[str]) -> tuple[Column, ...]:
    """What `covered` adds to a slate, of which a player may be left out for one of `reasons`."""
    return (
        required("status", "STRING", f"{PREDICTED} or {NOT_PREDICTED}"),
        nullable("reason", "STRING", f"NULL when predicted, else one of {', '.join(reasons)}"),
        required("systems", "INT64", "Number of systems that predicted him"),
    )


TABLE = Table(
    dataset="nba_predictions",
    name="prediction_coverage",
    description="One row per player on a day's slate: predicted, or not and why.",
    key=("game_id", "player_id"),
    cluster_by=("status",),
    columns=(
        required("game_date", "DATE", "Eastern game day"),
        required("game_id", "STRING", "NBA.com's game id"),
        required("player_id", "INT64", "NBA.com's player id"),
        required("player_lookup", "STRING", "The name as a join key"),
        required("player_name", "STRING", "The name as the source writes it"),
        required("team_abbr", "STRING", "NBA.com's code of the player's team"),
        *columns(REASONS),
    ),
)

CACHE_COLUMNS = (
    *("game_date", "game_id", "player_id", "player_lookup", "player_name", "team_abbr"),
    *("injury_status", "incomplete_reason"),
)
PREDICTION_COLUMNS = ("game_date", "game_id", "player_id", "system_id")


class UnexplainedPlayer(AssertionError):
    """A player on the slate has neither a prediction nor a reason: a defect, which must not pass as a gap."""


def cover(cache: pd.DataFrame, predictions: pd.DataFrame) -> pd.DataFrame:
    """Rows of TABLE: those of player_daily_cache (CACHE_COLUMNS), looked up in `predictions` (PREDICTION_COLUMNS).

    Raises UnexplainedPlayer where a player is neither predicted nor named with a reason.
    """
    return covered(TABLE, cache.assign(reason=reasons(cache)), predictions)


def covered(table: Table, slate: pd.DataFrame, predictions: pd.DataFrame) -> pd.DataFrame:
    """Rows of `table`: those of `slate`, each with its `reason` (NULL for none), looked up in `predictions`.

    Both have the table's key. Raises UnexplainedPlayer as `cover` does.
    """
    by = ["game_date", *table.key]
    systems = predictions.groupby(by, as_index=False)["system_id"].nunique().rename(columns={"system_id": "systems"})
    rows = slate.merge(systems, on=by, how="left")
    rows["systems"] = rows["systems"].fillna(0).astype("int64")
    predicted = rows["systems"] > 0
    _refuse_unexplained(rows[~predicted & rows["reason"].isna()])
    status = predicted.map({True: PREDICTED, False: NOT_PREDICTED})
    rows = rows.assign(status=status, reason=rows["reason"].mask(predicted))
    return frames.typed(table, rows).sort_values(by, ignore_index=True)


def _refuse_unexplained(rows: pd.DataFrame) -> None:
    if not rows.empty:
        named = ", ".join(rows["player_name"].head(5).astype(str))
        raise UnexplainedPlayer(f"{len(rows)} players have neither a prediction nor a reason, e.g. {named}")
