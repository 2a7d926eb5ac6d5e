"""Materialises days of real assets in a process of its own, on what the environment names:

python -m nba_pipeline_tests.support.materialise FIRST_DAY LAST_DAY DATASET.TABLE ...
"""

import sys

import dagster as dg

from nba_pipeline.definitions import defs


def main(first: str, last: str, *tables: str) -> None:
    """One run, as a backfill would launch it."""
    span = {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}
    with dg.DagsterInstance.get() as instance:
        job = defs().resolve_implicit_global_asset_job_def()
        keys = [dg.AssetKey(table.split(".")) for table in tables]
        job.execute_in_process(instance=instance, asset_selection=keys, tags=span)


if __name__ == "__main__":
    main(*sys.argv[1:])
