"""The slice on a real season: bucket and BigQuery as processes, assets run by Dagster in this one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pandas as pd
import pytest

from nba_pipeline.bigquery.connection import Connection
from nba_pipeline.bigquery.reader import read
from nba_pipeline.defs.bigquery_resource import BigQueryResource
from nba_pipeline.defs.bucket_resource import BucketResource
from nba_pipeline.defs.io_manager import bigquery_io_manager
from nba_pipeline.local.season.fill import fill
from nba_pipeline.local.season.season import Season
from nba_pipeline.table import Table
from nba_pipeline_tests.support.code_location import code_location
from nba_pipeline_tests.support.local_bigquery import running_local_bigquery
from nba_pipeline_tests.support.local_bucket import opened_bucket, running_local_bucket
from nba_pipeline_tests.support.quiet_console import SILENT

PROJECT, BUCKET = "slice", "scraped"


@dataclass
class Slice:
    """A bucket, a BigQuery, and Dagster's assets on them."""

    bucket_url: str
    connection: Connection
    instance: dg.DagsterInstance
    slots_folder: Path

    def fill(self, season: Season, *feeds: str) -> None:
        """Puts these feeds of a season into the bucket."""
        with opened_bucket(self.bucket_url, BUCKET) as bucket:
            fill(bucket, season, feeds, lambda *_: None)

    def put(self, name: str, content: bytes) -> None:
        """Puts one object into the bucket."""
        with opened_bucket(self.bucket_url, BUCKET) as bucket:
            assert bucket.write(name, content)

    def run(self, first: str, last: str, assets: list[str] | None = None) -> dg.ExecuteInProcessResult:
        """Materialises the days from `first` to `last` in one run, as a backfill would: all assets, or those named."""
        return self.run_tagged(
            {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}, assets
        )

    @property
    def bigquery(self) -> BigQueryResource:
        """BigQuery as assets and sensors use it."""
        place = self.connection
        return BigQueryResource(
            project=PROJECT,
            location="US",
            slots_folder=str(self.slots_folder),
            url=place.url,
            read_address=place.read_address,
            time_scale=200,
        )

    def run_tagged(self, tags: Mapping[str, str], assets: list[str] | None = None) -> dg.ExecuteInProcessResult:
        """A run of all assets, or those named, with tags that name its days."""
        every = [asset for asset in code_location().assets if isinstance(asset, dg.AssetsDefinition)]
        chosen = [asset for asset in every if assets is None or asset.key.path[-1] in assets]
        checks = list(code_location().asset_checks or [])
        return dg.materialize(
            [*every, *checks],
            selection=dg.AssetSelection.assets(*chosen),
            resources={
                "io_manager": bigquery_io_manager,
                "bigquery": self.bigquery,
                "bucket": BucketResource(project=PROJECT, name=BUCKET, url=self.bucket_url),
            },
            instance=self.instance,
            tags=dict(tags),
            raise_on_error=False,
            run_config=SILENT,
        )

    def read(self, table: Table, first: str, last: str) -> pd.DataFrame:
        """The table's rows of these days."""
        days = pd.Timestamp(first).date(), pd.Timestamp(last).date()
        return read(self.connection.reader, PROJECT, table, *days)


@pytest.fixture(scope="module")
def empty_slice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slice]:
    """A slice with an empty bucket and an empty BigQuery."""
    folder: Path = tmp_path_factory.mktemp("slice")
    with (
        running_local_bucket(folder / "bucket") as bucket_url,
        running_local_bigquery(folder / "bigquery", bucket_url) as server,
        dg.DagsterInstance.ephemeral() as instance,
    ):
        connection = server.connect(PROJECT)
        with opened_bucket(bucket_url, BUCKET):
            pass  # it exists from here on
        yield Slice(bucket_url, connection, instance, folder / "slots")
        connection.close()
