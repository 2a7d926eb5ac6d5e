"""What runs use: the IO manager and the bucket, from the settings, and the executor."""

import dagster as dg

from nba_pipeline import settings
from nba_pipeline.defs.bucket_resource import BucketResource
from nba_pipeline.defs.io_manager import BigQueryIOManagerFactory


@dg.definitions
def resources() -> dg.Definitions:
    """The resources of every asset. Steps run in the run's own process: they wait for BigQuery, and a process per
    step costs four seconds each and goes on writing when its run is killed."""
    current = settings.load()
    return dg.Definitions(
        resources={"io_manager": BigQueryIOManagerFactory.of(current), "bucket": BucketResource.of(current)},
        executor=dg.in_process_executor,
    )
