"""player_prop_predictions: what each system says of the slate's players, by the newest models."""

from typing import TYPE_CHECKING

import dagster as dg
import pandas as pd

from nba_pipeline.analytics import player_game_summary
from nba_pipeline.defs.bucket_resource import BucketResource
from nba_pipeline.defs.rule_checks import Results, checked, rule_specs
from nba_pipeline.defs.table_asset import Read, table_asset
from nba_pipeline.precompute import ml_feature_store, player_daily_cache
from nba_pipeline.predictions import ensembling, model_versions, prediction_batches
from nba_pipeline.predictions import player_prop_predictions as logic
from nba_pipeline.predictions.model import Model

if TYPE_CHECKING:
    from nba_pipeline.storage.bucket import Bucket

# On a run: predict from a feature store that is not complete. Whoever launches it has looked why.
SKIP_CHECK_TAG = "nba_pipeline/skip_mlfs_check"


@table_asset(
    logic.TABLE,
    reads={
        "cache": Read(player_daily_cache.TABLE, logic.CACHE_COLUMNS),
        "features": Read(ml_feature_store.TABLE, logic.FEATURE_COLUMNS, history_days=ensembling.HISTORY_DAYS),
        "results": Read(player_game_summary.TABLE, logic.RESULT_COLUMNS, history_days=ensembling.HISTORY_DAYS),
        "versions": Read(model_versions.TABLE, history_days=model_versions.HISTORY_DAYS),
    },
    checks=rule_specs(logic.TABLE, logic.RULES),
)
def player_prop_predictions(
    context: dg.AssetExecutionContext,
    bucket: BucketResource,
    cache: pd.DataFrame,
    features: pd.DataFrame,
    results: pd.DataFrame,
    versions: pd.DataFrame,
) -> Results:
    """See the phase logic."""
    if context.op_execution_context.run_tags.get(SKIP_CHECK_TAG) != "true":
        try:
            logic.refuse_incomplete(cache, features)
        except logic.IncompleteFeatures as error:
            raise dg.Failure(str(error), allow_retries=False) from error
    rows = logic.predict(cache, features, results, _models(bucket, versions, features))
    yield from checked(logic.TABLE, logic.RULES, rows, metadata=prediction_batches.figures(cache, rows))


def _models(bucket: BucketResource, versions: pd.DataFrame, features: pd.DataFrame) -> list[Model]:
    """The models of `versions` that hold on any day of `features`, in order, out of the bucket."""
    with bucket.opened() as opened:
        wanted = model_versions.holding(versions, features["game_date"])
        return [model_versions.checked(row, _files(opened, row["folder"])) for _, row in wanted.iterrows()]


def _files(bucket: "Bucket", folder: str) -> dict[str, bytes]:
    """The files of a model by their names."""
    found = bucket.list(f"{folder}/")
    return {stored.name.removeprefix(f"{folder}/"): content for stored, content in bucket.read(found)}
