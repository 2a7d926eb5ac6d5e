"""system_performance: how well each system has predicted lately and this season, as of each day with graded games.

Sums are over whole millionths, so that a day's numbers are the same whatever else is computed. A day's rows depend on
the grades of that day and of the HISTORY_DAYS days before it.
"""

from collections.abc import Callable

import pandas as pd

from nba_pipeline import frames
from nba_pipeline.analytics.rates import ratio
from nba_pipeline.predictions import player_prop_predictions, reliability
from nba_pipeline.predictions.grading import OVER
from nba_pipeline.predictions.target import POINTS, Target
from nba_pipeline.rules import Rule, within
from nba_pipeline.table import Table, nullable, required
from nba_pipeline.windows import History, Window

# No season is longer than that.
HISTORY_DAYS = 365

SEASON = "season"
_LAST_DAYS = {"last_7_days": 7, "last_30_days": 30}
SPANS = (*_LAST_DAYS, SEASON)


def table_of(dataset: str, name: str, target: Target) -> Table:
    """The table called `name` of systems that predict `target`."""
    unit = target.unit
    return Table(
        dataset=dataset,
        name=name,
        description="One row per day with graded games, system and span up to it: errors, calibration, hit rate.",
        key=("game_date", "system_id", "span"),
        cluster_by=("system_id", "span"),
        columns=(
            required("game_date", "DATE", "Eastern game day, the last of the span"),
            player_prop_predictions.TABLE.column("system_id"),
            required("span", "STRING", f"The days it is about, this one included: {', '.join(SPANS)}"),
            required("graded", "INT64", "Predictions of players who played"),
            required("not_played", "INT64", "Predictions of players who did not play"),
            nullable("mae", "FLOAT64", f"Mean absolute error, in {unit}; NULL where none is graded"),
            nullable("bias", "FLOAT64", f"Mean error, in {unit}: above 0, too much was predicted"),
            required("graded_with_line", "INT64", "Of the graded those with a betting line"),
            nullable("mae_with_line", "FLOAT64", f"Mean absolute error of those with a line, in {unit}"),
            nullable("line_mae", "FLOAT64", f"Mean absolute error of the line itself on the same games, in {unit}"),
            required("decided", "INT64", "Of those with a line and a probability those that were no push"),
            nullable("brier", "FLOAT64", "Mean (probability_over - [result is over])^2, 0..1: 0.25 is a coin's"),
            nullable(
                "calibration_error",
                "FLOAT64",
                f"Expected calibration error over {reliability.BINS} equal bins of probability_over: the mean distance "
                "of what was predicted from what was seen, weighted by predictions, 0..1",
            ),
            required("recommendations", "INT64", "Recommendations of over or under that were decided"),
            required("hits", "INT64", "Those that were right"),
            nullable("hit_rate", "FLOAT64", "hits / recommendations, 0..1"),
            nullable("hit_rate_low", "FLOAT64", "Lower end of the 95 % Wilson interval of the hit rate"),
            nullable("hit_rate_high", "FLOAT64", "Upper end of the 95 % Wilson interval of the hit rate"),
        ),
    )


def grade_columns(target: Target) -> tuple[str, ...]:
    """The columns of grades that performance is made of."""
    told = ("probability_over", "played", target.actual, "error", "absolute_error", "result", "is_correct", "brier")
    return ("game_date", "system_id", target.line, *told)


TABLE = table_of("nba_predictions", "system_performance", POINTS)
GRADE_COLUMNS = grade_columns(POINTS)

RULES = (
    within(mae=(0, 60), line_mae=(0, 60), bias=(-60, 60), brier=(0, 1), calibration_error=(0, 1), hit_rate=(0, 1)),
    Rule(
        "hits_are_recommendations",
        "No more hits than recommendations, and none of either without a decided line.",
        lambda rows: (rows["hits"] > rows["recommendations"]) | (rows["recommendations"] > rows["decided"]),
    ),
)

_COUNTS = ("graded", "not_played", "graded_with_line", "decided", "recommendations", "hits")
_BINS = tuple(f"bin_{number}" for number in range(reliability.BINS))


def perform(
    days: pd.DatetimeIndex, grades: pd.DataFrame, table: Table = TABLE, target: Target = POINTS
) -> pd.DataFrame:
    """Rows of `table` for each of `days` and the systems graded on it, from the `grades` up to it.

    `grades` have the columns of `grade_columns`.
    """
    asked = grades.loc[grades["game_date"].isin(days), ["game_date", "system_id"]].drop_duplicates(ignore_index=True)
    if asked.empty:
        return frames.empty(table)
    numbers = _numbers(grades, target)
    # Spans are of whole days: which game of a day came first does not matter.
    keys = grades[["game_date", "system_id"]].assign(game_id=0)
    history = History(pd.concat([keys, numbers], axis=1), "system_id", numbers.columns)
    windows = {span: _window(span, history, asked, target) for span in SPANS}
    parts = [asked.assign(span=span, **_measures(history, window)) for span, window in windows.items()]
    rows = pd.concat(parts, ignore_index=True)
    return frames.typed(table, rows).sort_values(list(table.key), ignore_index=True)


def _numbers(grades: pd.DataFrame, target: Target) -> pd.DataFrame:
    """What is summed: counts as int64, and as float64 what is summed in millionths."""
    error, with_line = grades["error"], grades["result"].notna()
    line_error = grades[target.line].astype("float64") - grades[target.actual].astype("float64")
    counts = {
        "not_played": ~grades["played"],
        "graded": error.notna(),
        "graded_with_line": with_line,
        "decided": grades["brier"].notna(),
        "recommendations": grades["is_correct"].notna(),
        "hits": grades["is_correct"].fillna(False),
    }
    sums = {
        "error": error,
        "absolute_error": grades["absolute_error"],
        "absolute_error_with_line": grades["absolute_error"].where(with_line),
        "line_error": line_error.abs().where(with_line),
        "brier": grades["brier"],
    }
    return pd.concat([pd.DataFrame(counts).astype("int64"), pd.DataFrame(sums), _distances(grades)], axis=1)


def _distances(grades: pd.DataFrame) -> pd.DataFrame:
    """How far each decided probability was above what happened, in the column of its bin; 0 in the others."""
    distance = grades["probability_over"] - grades["result"].eq(OVER).fillna(False).astype("float64")
    placed = reliability.bins(grades["probability_over"].where(grades["brier"].notna()))
    return pd.DataFrame({name: distance.where(placed == number, 0.0) for number, name in enumerate(_BINS)})


def _window(span: str, history: History, asked: pd.DataFrame, target: Target) -> Window:
    """The grades of each asked system in the span that ends with the asked day."""
    systems, days = asked["system_id"], asked["game_date"]
    window = history.within(systems, days + pd.Timedelta(days=1), _LAST_DAYS.get(span, HISTORY_DAYS + 1))
    return history.since(window, systems, target.season_starts(days)) if span == SEASON else window


def _measures(history: History, window: Window) -> dict[str, pd.Series]:
    def total(name: str) -> pd.Series:
        return pd.Series(history.total(name, window))

    counted = {name: total(name) for name in _COUNTS}
    low, high = reliability.wilson(counted["hits"].to_numpy(), counted["recommendations"].to_numpy())
    return {
        **{name: count.astype("int64") for name, count in counted.items()},
        "mae": ratio(total("absolute_error"), counted["graded"]),
        "bias": ratio(total("error"), counted["graded"]),
        "mae_with_line": ratio(total("absolute_error_with_line"), counted["graded_with_line"]),
        "line_mae": ratio(total("line_error"), counted["graded_with_line"]),
        "brier": ratio(total("brier"), counted["decided"]),
        "calibration_error": _calibration_error(total, counted["decided"]),
        "hit_rate": ratio(counted["hits"], counted["recommendations"]),
        "hit_rate_low": pd.Series(low),
        "hit_rate_high": pd.Series(high),
    }


def _calibration_error(total: Callable[[str], pd.Series], decided: pd.Series) -> pd.Series:
    """The mean over bins of |predicted - seen|, weighted by predictions, is the sum of |summed distances| by all."""
    distances = (total(name).abs() for name in _BINS)
    return ratio(sum(distances, pd.Series(0.0, decided.index)), decided)
