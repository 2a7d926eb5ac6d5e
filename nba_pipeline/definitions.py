"""The code location: every asset under `defs/`, schedules and sensors, and what runs use.

Dagster's folder loader would import the components of every installed integration first, Google's clients among
them, which doubles the time to load; see docs/decisions/0002.
"""

import dagster as dg

from nba_pipeline import settings
from nba_pipeline.defs import links, schedules
from nba_pipeline.defs.alerts import alerts_sensor
from nba_pipeline.defs.bigquery_resource import BigQueryResource
from nba_pipeline.defs.bucket_resource import BucketResource
from nba_pipeline.defs.io_manager import bigquery_io_manager
from nba_pipeline.defs.live_ingest import bucket_files
from nba_pipeline.defs.run_history import run_history_sensor


@dg.definitions
def defs() -> dg.Definitions:
    """All definitions of the project.

    Steps run in the run's own process: they wait for BigQuery, and a process per step costs four seconds each and
    goes on writing when its run is killed.
    """
    current = settings.load()
    bigquery, bucket = BigQueryResource.of(current), BucketResource.of(current)
    assets = dg.load_assets_from_package_name("nba_pipeline.defs", include_specs=True)
    return dg.Definitions(
        assets=links.linked(assets, bigquery, bucket),
        asset_checks=dg.load_asset_checks_from_package_name("nba_pipeline.defs"),
        schedules=[schedules.night, schedules.morning, schedules.rosters, schedules.live],
        sensors=[bucket_files, run_history_sensor, alerts_sensor],
        resources={
            "io_manager": bigquery_io_manager,
            "bigquery": bigquery,
            "bucket": bucket,
        },
        executor=dg.in_process_executor,
    )
