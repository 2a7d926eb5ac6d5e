"""Tables that runs write beside their assets: shown in the graph, materialised by nobody by hand."""

import dagster as dg

from nba_pipeline.defs.table_asset import asset_key, column_schema
from nba_pipeline.orchestration import failed_files

failed_files_spec = dg.AssetSpec(
    asset_key(failed_files.TABLE),
    group_name="orchestration",
    description=failed_files.TABLE.description,
    metadata={"dagster/column_schema": column_schema(failed_files.TABLE)},
    kinds={"bigquery"},
)
