"""make bench-strikeouts: how good predictions of strikeouts are, walking forward over a real season's days with lines.

Nothing is trained: each day stands on the days before it alone. Systems stand beside the average of the last 10 starts,
that of the season and the betting line, on the same starts. Of two in five pitchers with a line the data does not have
the name, so that their box scores are not found: they are covered, but not predicted.
"""

import time

import pandas as pd
from rich.console import Console
from rich.table import Table as Grid

from benchmarks.measuring import need_real_data, print_figures, write_results
from nba_pipeline.precompute import pitcher_features
from nba_pipeline.predictions import (
    prediction_coverage,
    reliability,
    strikeout_coverage,
    strikeout_grades,
    strikeout_performance,
    strikeout_predictions,
    system_performance,
)
from nba_pipeline.predictions.target import STRIKEOUTS
from nba_pipeline_tests.support.real_data import pitchers

_YEAR = 2025
_AVERAGES = {"last_10": "strikeouts_last_10", "season": "strikeouts_season", "line": "strikeout_line"}
_START = ["event_id", "player_lookup"]
_SYSTEM = "ensemble"
_MEASURES = ("brier", "calibration_error", "recommendations", "hit_rate", "hit_rate_low", "hit_rate_high")


def main() -> None:
    """Runs the benchmark."""
    need_real_data()
    props = pitchers(_YEAR)["props"]
    stats = pd.concat([pitchers(year)["stats"] for year in (_YEAR - 1, _YEAR)], ignore_index=True)
    offered = props.loc[props["game_date"] <= stats["game_date"].max(), "game_date"]
    days = pd.date_range(offered.min(), offered.max(), unit="us")
    features = pitcher_features.features(days, props, stats[list(pitcher_features.STATS_COLUMNS)])
    results = stats[list(strikeout_predictions.RESULT_COLUMNS)]
    started = time.monotonic()
    predictions = strikeout_predictions.predict(days, features, results)
    seconds = {"predict_day_s": round((time.monotonic() - started) / len(days), 4)}
    figures = {**_figures(features, predictions, results), **seconds}
    _print(figures, Console())
    write_results("strikeouts", {str(_YEAR): figures})


def _figures(features: pd.DataFrame, predictions: pd.DataFrame, results: pd.DataFrame) -> dict:
    grades = strikeout_grades.grade(predictions[list(strikeout_grades.PREDICTION_COLUMNS)], results)
    starts = _starts(grades, features)
    same = grades[pd.MultiIndex.from_frame(grades[_START]).isin(starts.index)]
    own = same[same["system_id"] == _SYSTEM]
    coverage = strikeout_coverage.cover(
        features[list(strikeout_coverage.FEATURE_COLUMNS)], predictions[list(strikeout_coverage.PREDICTION_COLUMNS)]
    )
    return {
        "starts": len(starts),
        "mae": _errors(starts),
        "systems": _performance(same),
        "calibration": reliability.calibration(own).drop(columns="system_id").round(3).to_dict("records"),
        "hit_rate_by_edge": _edges(own),
        "coverage": round(float(coverage["status"].eq(prediction_coverage.PREDICTED).mean()), 4),
        "explained": round(float((coverage["systems"].gt(0) | coverage["reason"].notna()).mean()), 4),
        "reasons": coverage["reason"].value_counts().to_dict(),
    }


def _starts(grades: pd.DataFrame, features: pd.DataFrame) -> pd.DataFrame:
    """A row per start that is graded: what each system and average said of it, and how many were `struck_out`."""
    said = grades.pivot_table(values="predicted_strikeouts", index=_START, columns="system_id")
    averages = features.set_index(_START)[list(_AVERAGES.values())].set_axis(list(_AVERAGES), axis=1)
    struck_out = grades.drop_duplicates(_START).set_index(_START)["actual_strikeouts"].dropna().rename("struck_out")
    return said.join(averages).join(struck_out.astype("float64"), how="inner").dropna()


def _errors(starts: pd.DataFrame) -> dict[str, float]:
    errors = starts.drop(columns="struck_out").sub(starts["struck_out"], axis=0).abs().mean()
    return errors.sort_values().round(4).to_dict()


def _performance(grades: pd.DataFrame) -> dict[str, dict[str, float]]:
    """The measures of each system over all its grades of the year."""
    last = pd.DatetimeIndex([grades["game_date"].max()])
    rows = system_performance.perform(last, grades, strikeout_performance.TABLE, STRIKEOUTS)
    season = rows[rows["span"] == system_performance.SEASON].set_index("system_id")
    return season[list(_MEASURES)].round(4).to_dict("index")


def _edges(grades: pd.DataFrame) -> list[dict]:
    found = reliability.hit_rates_by_edge(grades).drop(columns="system_id")
    return found.astype({"edge": str}).round(4).to_dict("records")


def _print(figures: dict, console: Console) -> None:
    grid = Grid(title=f"{_YEAR}: {figures['starts']:,} starts")
    for heading in ("who", "MAE in strikeouts", *_MEASURES):
        grid.add_column(heading)
    for who, error in figures["mae"].items():
        grid.add_row(who, str(error), *(str(value) for value in figures["systems"].get(who, {}).values()))
    console.print(grid)
    print_figures(console, _SYSTEM, {key: figures[key] for key in figures if key not in ("mae", "systems")})


if __name__ == "__main__":
    main()
