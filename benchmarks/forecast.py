"""make bench-forecast: how good predictions are, walking forward month by month over two real seasons.

Each month's model is trained on earlier games alone. Systems stand beside the last-10 average, the exponential average,
the season's average and the betting line, on the same games: those of players who played and of whom all can speak.
"""

import time
from collections.abc import Mapping
from importlib import import_module

import pandas as pd
from rich.console import Console
from rich.progress import track
from rich.table import Table as Grid

from benchmarks.measuring import need_real_data, write_results
from nba_pipeline.local.season import writers
from nba_pipeline.precompute import ml_feature_store, player_daily_cache
from nba_pipeline.predictions import (
    model_versions,
    player_prop_predictions,
    prediction_coverage,
    prediction_grades,
    reliability,
    training,
)
from nba_pipeline.predictions.model import Model
from nba_pipeline_tests.support import computed
from nba_pipeline_tests.support.real_data import collected, real_season

_KNOWN = ("2021-22", "2022-23", "2023-24", "2024-25")
_TRIED = {"2023-24": ("2023-10-01", "2024-06-30"), "2024-25": ("2024-10-01", "2025-06-30")}
_AVERAGES = {"last_10": "points_last_10", "exponential": "points_fading_5", "season": "points_season"}
_SYSTEM = "ensemble"


def main() -> None:
    """Runs the benchmark."""
    need_real_data()
    console = Console()
    inputs = _inputs(console)
    days = pd.DatetimeIndex(inputs["schedule"]["game_date"].drop_duplicates().sort_values())
    tables = computed.before_tip_off(days, inputs)
    told = {
        "cache": tables[player_daily_cache.TABLE.name],
        "features": tables[ml_feature_store.TABLE.name],
        "results": computed.summarised(inputs).rows,
    }
    results = {"seasons": {}}
    for name, (first, last) in _TRIED.items():
        results["seasons"][name] = _season(name, pd.date_range(first, last, unit="us"), told, console)
    write_results("forecast", results)


def _inputs(console: Console) -> dict[str, pd.DataFrame]:
    """The raw tables of all seasons that have writers."""
    filled = {name: table.name for name, table in computed.RAW.items() if table.name in writers.WRITERS}
    filled = {name: feed for name, feed in filled.items() if name not in ("gamebooks", "bdl", "events", "players")}
    parts = [
        (
            name,
            collected(import_module(f"nba_pipeline.sources.{feed}"), writers.WRITERS[feed].objects(real_season(year))),
        )
        for year in track(_KNOWN, "seasons", console=console)
        for name, feed in filled.items()
    ]
    return {name: pd.concat([rows for of, rows in parts if of == name], ignore_index=True) for name in filled}


def _season(name: str, days: pd.DatetimeIndex, told: Mapping[str, pd.DataFrame], console: Console) -> dict:
    models, seconds = _walk(days, told, name, console)
    started = time.monotonic()
    tables = computed.predictions(days, told, models)
    predict_s = time.monotonic() - started
    games = _games(tables[player_prop_predictions.TABLE.name], told)
    lined = games[games["line"].notna()]
    coverage = tables[prediction_coverage.TABLE.name]
    figures = {
        "all": {"n": len(games), "mae": _errors(games)},
        "with_line": {
            "n": len(lined),
            "mae": _errors(lined),
            **_odds(_grades(tables[player_prop_predictions.TABLE.name], told, lined)),
        },
        "coverage": round(float(coverage["status"].eq(prediction_coverage.PREDICTED).mean()), 4),
        "explained": round(float((coverage["systems"].gt(0) | coverage["reason"].notna()).mean()), 4),
        "reasons": coverage["reason"].value_counts().to_dict(),
        "train_month_s": round(max(seconds), 1),
        "predict_day_s": round(predict_s / coverage["game_date"].nunique(), 3),
    }
    _print(name, figures, console)
    return figures


def _walk(
    days: pd.DatetimeIndex, told: Mapping[str, pd.DataFrame], name: str, console: Console
) -> tuple[list[Model], list[float]]:
    """The models of the season's months, and the seconds that each took."""
    features = told["features"][list(training.FEATURE_COLUMNS)]
    results = told["results"][list(training.RESULT_COLUMNS)]
    models, seconds = [], []
    for day in track(days[days.day == 1], f"training {name}", console=console):
        started = time.monotonic()
        models += model_versions.train(pd.DatetimeIndex([day]), features, results, "benchmark")
        seconds.append(time.monotonic() - started)
    return models, seconds


def _games(predictions: pd.DataFrame, told: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """A row per player and game he played in: what each said, the line, and what he scored."""
    key = ["game_date", "game_id", "player_id"]
    said = predictions.pivot_table(values="predicted_points", index=key, columns="system_id")
    line = predictions[predictions["system_id"] == _SYSTEM].set_index(key)["points_line"].rename("line")
    averages = told["features"].set_index(key)[list(_AVERAGES.values())].set_axis(list(_AVERAGES), axis=1)
    points = told["results"].set_index(key)["points"].dropna().astype("float64").rename("points")
    games = said.join(averages).join(points, how="inner").dropna()
    return games.join(line)


def _errors(games: pd.DataFrame) -> dict[str, float]:
    said = games.drop(columns="points")
    errors = said.sub(games["points"], axis=0).abs().dropna(axis=1, how="any").mean()
    return {str(name): round(float(error), 4) for name, error in errors.sort_values().items()}


def _odds(grades: pd.DataFrame) -> dict[str, object]:
    """How good the ensemble's probabilities are, where the game did not end on the line itself."""
    decided = grades[grades["brier"].notna()]
    bins, edges = reliability.calibration(decided), reliability.hit_rates_by_edge(decided)
    gaps = (bins["predicted"] - bins["seen"]).abs() * bins["predictions"]
    return {
        "brier": round(float(decided["brier"].mean()), 4),
        "calibration_error": round(float(gaps.sum() / bins["predictions"].sum()), 4),
        "calibration": bins.drop(columns="system_id").round(3).to_dict("records"),
        "hit_rate": round(float(edges["hits"].sum() / edges["predictions"].sum()), 4),
        "hit_rate_by_edge": edges.drop(columns="system_id").astype({"edge": str}).round(4).to_dict("records"),
    }


def _grades(predictions: pd.DataFrame, told: Mapping[str, pd.DataFrame], games: pd.DataFrame) -> pd.DataFrame:
    """The ensemble's grades of these games."""
    said = predictions.loc[predictions["system_id"] == _SYSTEM, list(prediction_grades.PREDICTION_COLUMNS)]
    grades = prediction_grades.grade(said, told["results"][list(prediction_grades.RESULT_COLUMNS)])
    return grades[pd.MultiIndex.from_frame(grades[games.index.names]).isin(games.index)]


def _print(name: str, figures: Mapping, console: Console) -> None:
    grid = Grid(title=f"{name}: mean absolute error in points")
    for heading in ("who", f"all ({figures['all']['n']:,})", f"with a line ({figures['with_line']['n']:,})"):
        grid.add_column(heading)
    lined = figures["with_line"]["mae"]
    for who in [*figures["all"]["mae"], "line"]:
        grid.add_row(who, str(figures["all"]["mae"].get(who, "")), str(lined.get(who, "")))
    console.print(grid)
    console.print({key: value for key, value in figures["with_line"].items() if key != "mae"})
    console.print({key: value for key, value in figures.items() if key not in ("all", "with_line")})


if __name__ == "__main__":
    main()
