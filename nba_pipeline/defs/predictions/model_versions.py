"""model_versions: a month's first day trains; the model's files are in the bucket before its row is written."""

from importlib.metadata import version

import dagster as dg
import pandas as pd

from nba_pipeline.analytics import player_game_summary
from nba_pipeline.defs.bucket_resource import BucketResource
from nba_pipeline.defs.table_asset import Read, chunk_index, table_asset
from nba_pipeline.precompute import ml_feature_store
from nba_pipeline.predictions import model_versions as logic
from nba_pipeline.predictions import training


@table_asset(
    logic.TABLE,
    reads={
        "features": Read(
            ml_feature_store.TABLE, training.FEATURE_COLUMNS, history_days=training.HISTORY_DAYS, monthly=True
        ),
        "results": Read(
            player_game_summary.TABLE, training.RESULT_COLUMNS, history_days=training.HISTORY_DAYS, monthly=True
        ),
    },
    kinds=("bigquery", "lightgbm"),
)
def model_versions(
    context: dg.AssetExecutionContext, bucket: BucketResource, features: pd.DataFrame, results: pd.DataFrame
) -> pd.DataFrame:
    """See the phase logic."""
    models = logic.train(chunk_index(context), features, results, version("nba-pipeline"))
    with bucket.opened() as opened:
        for model in models:
            folder = logic.folder(model.model_id)
            list(opened.write_all((f"{folder}/{name}", content) for name, content in model.files.items()))
            context.log.info(f"{model.model_id}: {model.manifest['rows']:,} rows, {model.manifest['metrics']}")
    return logic.rows_of(models)
