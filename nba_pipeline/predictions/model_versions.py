"""model_versions: which model holds from which day, what it was trained on, how far it was from games it had not seen.

A model is trained on the first of each month before which anything was learnt, from the games before that day. Its
files lie in the bucket; a row here names them, and their digests tell whether they are the ones that were written.
"""

from collections.abc import Sequence

import pandas as pd

from nba_pipeline import frames
from nba_pipeline.predictions import training
from nba_pipeline.predictions.model import MANIFEST, BadModel, Model
from nba_pipeline.table import Table, required

# A model of last season's end holds through the summer.
HISTORY_DAYS = 400
FOLDER = "models"

TABLE = Table(
    dataset="nba_predictions",
    name="model_versions",
    description="One row per trained model: what it was trained on, its errors, and where its files lie.",
    key=("model_id",),
    columns=(
        required("game_date", "DATE", "The first of a month: the day from which the model holds"),
        required("model_id", "STRING", "Its name, from that day and from what is in it"),
        required("folder", "STRING", "The folder of its files in the bucket"),
        required("manifest_sha256", "STRING", "SHA-256 of its manifest.json, in which those of the other files stand"),
        required("training_version", "STRING", "Version of the training's code"),
        required("code_version", "STRING", "Version of the package"),
        required("first_day", "DATE", "First day of the games it was trained on"),
        required("last_day", "DATE", "Last day of the games it was trained on, before game_date"),
        required("training_rows", "INT64", "Players' games it was trained on"),
        required("features", "INT64", "How many features it has; its manifest names them"),
        required("tried_games", "INT64", "Players' games on which trees that had not seen them were tried"),
        required("mean_absolute_error", "FLOAT64", "Of gradient_boosting on these, in points"),
        required("moving_average_error", "FLOAT64", "Of moving_average on the same, in points"),
    ),
)


def train(days: pd.DatetimeIndex, features: pd.DataFrame, results: pd.DataFrame, code_version: str) -> list[Model]:
    """The models that hold from those of `days` on which a month begins.

    `features` (training.FEATURE_COLUMNS) and `results` (training.RESULT_COLUMNS) hold at least the
    training.HISTORY_DAYS days before each. A month before which nobody played for a month has no model of its own.
    """
    rows = training.examples(features, results)
    begins = [day for day in days[days.day == 1] if _played_lately(rows, day)]
    trained = [training.train(rows, day, code_version) for day in begins]
    return [model for model in trained if model is not None]


def rows_of(models: Sequence[Model]) -> pd.DataFrame:
    """Rows of TABLE."""
    if not models:
        return frames.empty(TABLE)
    return frames.typed(TABLE, pd.DataFrame([_row(model) for model in models]))


def holding(versions: pd.DataFrame, days: pd.Series) -> pd.DataFrame:
    """Those rows of TABLE that hold on any of `days`, by the day from which they do."""
    ordered = versions.sort_values(["game_date", "model_id"], ignore_index=True)
    before = int((ordered["game_date"] <= days.min()).sum())
    return ordered[(ordered["game_date"] <= days.max()) & (ordered.index >= before - 1)]


def folder(model_id: str) -> str:
    """Where the files of a model lie."""
    return f"{FOLDER}/{model_id}"


def checked(row: pd.Series, files: dict[str, bytes]) -> Model:
    """The model of a row of TABLE out of its `files`; raises BadModel where they are not those that were written."""
    model = Model(files)
    wanted = {MANIFEST: row["manifest_sha256"], **(model.manifest["sha256"] if MANIFEST in files else {})}
    for name, digest in wanted.items():
        if name not in files or training.sha256(files[name]) != digest:
            raise BadModel(
                f"{row['folder']}/{name} is missing or not what training wrote for {row['model_id']}: "
                f"train again, with a backfill of {TABLE} for {row['game_date']:%Y-%m-%d}"
            )
    return model


def _played_lately(rows: pd.DataFrame, day: pd.Timestamp) -> bool:
    return bool(rows["game_date"].between(day - pd.Timedelta(days=31), day - pd.Timedelta(days=1)).any())


def _row(model: Model) -> dict[str, object]:
    told = model.manifest
    errors = told["metrics"]["mean_absolute_error"]
    return {
        **{name: told[name] for name in ("model_id", "training_version", "code_version")},
        **{name: pd.Timestamp(told[name]) for name in ("first_day", "last_day")},
        "game_date": pd.Timestamp(told["valid_from"]),
        "folder": folder(told["model_id"]),
        "manifest_sha256": training.sha256(model.files[MANIFEST]),
        "training_rows": told["rows"],
        "features": len(told["features"]),
        "tried_games": told["metrics"]["games"],
        "mean_absolute_error": errors["gradient_boosting"],
        "moving_average_error": errors["moving_average"],
    }
