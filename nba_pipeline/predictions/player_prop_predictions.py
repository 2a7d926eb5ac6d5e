"""player_prop_predictions: what each system says of each player who can be predicted.

A player is predicted when he has played within 30 days and is not listed Out. Fewer than five games do not stop a
prediction, they show in `games_used`, nor does a season that is new to him; other reasons do, and prediction_coverage
names them.

A day's rows depend on that day's features and line, on the newest model from before it, and on features and results of
the ensembling.HISTORY_DAYS days before it: what systems would have said of those days is what the ensemble weighs.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nba_pipeline import frames
from nba_pipeline.analytics import slate
from nba_pipeline.precompute import ml_feature_store, player_daily_cache
from nba_pipeline.precompute.player_daily_cache import FEWER_THAN_FIVE_GAMES, NO_GAME_THIS_SEASON
from nba_pipeline.predictions.ensembling import voices_of, weights
from nba_pipeline.predictions.model import Model
from nba_pipeline.predictions.probability import EDGE, Spread, recommendations
from nba_pipeline.predictions.system import Known, System, all_systems, system_of
from nba_pipeline.rules import within
from nba_pipeline.table import Table, nullable, required

NO_LINE, CONSENSUS = "none", "consensus"
LISTED_OUT = "listed_out"
# Of a day's players: below it something was not computed, and predictions would say so of nobody in particular.
_LEAST_READY = 0.8

TABLE = Table(
    dataset="nba_predictions",
    name="player_prop_predictions",
    description="One row per player, game, system and betting line; without a line, one row per player and system.",
    key=("game_id", "player_id", "system_id", "line_id"),
    cluster_by=("system_id", "player_id"),
    columns=(
        *(ml_feature_store.TABLE.column(name) for name in slate.PLAYER),
        required("system_id", "STRING", "The system that predicts"),
        required("system_version", "STRING", "The version of the system"),
        nullable(
            "model_id", "STRING", "The model by which it predicts and knows how sure it is; NULL before the first"
        ),
        nullable("stand_in", "STRING", "The system that speaks in its place while no model was trained; else NULL"),
        required(
            "line_id", "STRING", f"'{CONSENSUS}', the median of bookmakers' main lines; '{NO_LINE}' without a line"
        ),
        nullable("points_line", "FLOAT64", "The betting line in points; NULL without a line"),
        required("predicted_points", "FLOAT64", "Points that he exceeds as often as not, 0 and up"),
        required("deviation", "FLOAT64", "Standard deviation of points around the prediction"),
        nullable("probability_over", "FLOAT64", "Probability of more points than the line, 0..1; NULL without a line"),
        required(
            "recommendation",
            "STRING",
            f"over or under where the probability is {EDGE:g} or more from even, else pass; no_line without a line",
        ),
        required("games_used", "INT64", "Games within a year that the prediction stands on"),
    ),
)

RULES = (within(predicted_points=(0, 80), probability_over=(0, 1)),)

CACHE_COLUMNS = (
    "game_date",
    "game_id",
    "player_id",
    "player_lookup",
    "games_in_history",
    "injury_status",
    "incomplete_reason",
)
FEATURE_COLUMNS = (*slate.PLAYER, *ml_feature_store.FEATURES, "is_ready")
RESULT_COLUMNS = (*slate.GAME, "player_id", "points")


class IncompleteFeatures(LookupError):
    """The feature store lacks so much of a day that predictions would be worth little; the message lists it."""


def refuse_incomplete(cache: pd.DataFrame, features: pd.DataFrame) -> None:
    """Raises IncompleteFeatures where less than _LEAST_READY of a day's players in `cache` have what systems need."""
    ready = features.loc[features["is_ready"], ["game_id", "player_id"]].assign(is_ready=True)
    players = cache.merge(ready, on=["game_id", "player_id"], how="left")
    players = players.assign(is_ready=players["is_ready"].eq(True).fillna(False).astype("bool"))
    share = players.groupby("game_date")["is_ready"].mean()
    poor = share[share < _LEAST_READY]
    if poor.empty:
        return
    days = ", ".join(f"{day:%Y-%m-%d} ({part:.0%} of its players)" for day, part in poor.head(10).items())
    lacking = players[players["game_date"].isin(poor.index) & ~players["is_ready"]]
    named = ", ".join(lacking["player_lookup"].head(10))
    raise IncompleteFeatures(
        f"{ml_feature_store.TABLE} is not complete on {len(poor)} days, e.g. {days}; {len(lacking)} players are not "
        f"ready, e.g. {named}. Backfill it and what it reads for these days, or predict all the same with "
        "--skip-mlfs-check"
    )


def predict(
    cache: pd.DataFrame, features: pd.DataFrame, results: pd.DataFrame, models: Sequence[Model]
) -> pd.DataFrame:
    """Rows of TABLE for the rows of player_daily_cache (CACHE_COLUMNS) that can be predicted.

    `features` (FEATURE_COLUMNS of ml_feature_store) and `results` (RESULT_COLUMNS of player_game_summary) hold at least
    the days of `cache`, and the ensembling.HISTORY_DAYS days before them, as far as they are. Each of `models` is used
    from the day on from which it holds.
    """
    asked = cache[is_predictable(cache)]
    if asked.empty:
        return frames.empty(TABLE)
    players = features.merge(results, on=[*slate.GAME, "player_id"], how="left")
    players = players.sort_values([*slate.GAME, "player_id"], ignore_index=True)
    said = _said(players, models)
    rows = asked.rename(columns={"games_in_history": "games_used"})[[*slate.GAME, "player_id", "games_used"]]
    rows = rows.merge(pd.concat([players[[*slate.PLAYER, "points_line"]], said], axis=1), on=[*slate.GAME, "player_id"])
    return frames.typed(TABLE, _rows(rows, models)).sort_values(["game_date", *TABLE.key], ignore_index=True)


def reasons(cache: pd.DataFrame) -> pd.Series:
    """Why each player of `cache` (CACHE_COLUMNS) is not predicted; NULL for those who are."""
    some_form = cache["incomplete_reason"].isin([FEWER_THAN_FIVE_GAMES, NO_GAME_THIS_SEASON])
    reason = cache["incomplete_reason"].mask(some_form)
    return reason.mask(cache["injury_status"].eq("Out").fillna(False), LISTED_OUT)


REASONS = (
    LISTED_OUT,
    *(r for r in player_daily_cache.REASONS if r not in (FEWER_THAN_FIVE_GAMES, NO_GAME_THIS_SEASON)),
)


def is_predictable(cache: pd.DataFrame) -> pd.Series:
    """Whether there is no reason not to predict a player."""
    return reasons(cache).isna()


def _said(players: pd.DataFrame, models: Sequence[Model]) -> pd.DataFrame:
    """What each system predicts of each of `players`, a column per system; `model` is the place of theirs."""
    held = pd.Series(_places(players["game_date"], models), players.index, name="model")
    said = pd.DataFrame(index=players.index)
    for system in all_systems():
        voices = voices_of(said, players) if system.COMBINES else said
        trust = weights(voices, players, players["points"].astype("float64")) if system.COMBINES else said
        parts = [
            _ask(
                system,
                players.loc[part],
                Known(models[place] if place >= 0 else None, voices.loc[part], trust.loc[part]),
            )
            for place, part in held.groupby(held).groups.items()
        ]
        said = said.assign(**{system.SYSTEM_ID: pd.concat(parts)})
    return said.assign(model=held)


def _places(days: pd.Series, models: Sequence[Model]) -> np.ndarray:
    """The place in `models`, ordered by the day from which they hold, of the newest that holds on each day; else -1."""
    held_from = pd.DatetimeIndex([model.manifest["valid_from"] for model in models], dtype="datetime64[us]")
    return held_from.searchsorted(days.to_numpy("datetime64[us]"), side="right") - 1


def _ask(system: System, players: pd.DataFrame, known: Known) -> pd.Series:
    if known.model is None and system.STAND_IN:
        return system_of(system.STAND_IN).predict(players, known)
    return system.predict(players, known)


def _rows(said: pd.DataFrame, models: Sequence[Model]) -> pd.DataFrame:
    """A row per system of each of `said`, players with what is said of them."""
    parts = [
        _of_system(system, part, models[place] if place >= 0 else None)
        for system in all_systems()
        for place, part in said.groupby("model")
    ]
    rows = pd.concat(parts, ignore_index=True).dropna(subset="predicted_points")
    line_id = rows["points_line"].notna().map({True: CONSENSUS, False: NO_LINE})
    return rows.assign(line_id=line_id, recommendation=recommendations(rows["probability_over"]))


def _of_system(system: System, said: pd.DataFrame, model: Model | None) -> pd.DataFrame:
    predicted = said[system.SYSTEM_ID].clip(lower=0)
    spread = Spread.unknown() if model is None else model.spread(system.SYSTEM_ID)
    return said.assign(
        system_id=system.SYSTEM_ID,
        system_version=system.VERSION,
        model_id=model.model_id if model else None,
        stand_in=None if model else system.STAND_IN,
        predicted_points=predicted,
        deviation=spread.deviation(predicted),
        probability_over=spread.over(predicted, said["points_line"].astype("float64")),
    )
