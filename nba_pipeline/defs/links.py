"""Where a person looks at what the UI speaks of: objects, rows and jobs.

In Google Cloud these are pages of its console; of the local stack what its servers answer, which is JSON.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import dagster as dg

from nba_pipeline import catalog
from nba_pipeline.defs.bigquery_resource import BigQueryResource
from nba_pipeline.defs.bucket_resource import BucketResource
from nba_pipeline.table import Table

_CONSOLE = "https://console.cloud.google.com"
_ROWS_SHOWN = 100


def linked(assets: Sequence[Any], bigquery: BigQueryResource, bucket: BucketResource) -> Sequence[Any]:
    """The assets; those of declared Tables with links to their rows and, of a feed's, to its files."""
    return dg.map_asset_specs(lambda spec: _linked(spec, bigquery, bucket), assets)


def _linked(spec: dg.AssetSpec, bigquery: BigQueryResource, bucket: BucketResource) -> dg.AssetSpec:
    table = catalog.tables().get(".".join(spec.key.path))
    if table is None:
        return spec
    metadata: dict[str, Any] = {
        "dagster/table_name": f"{bigquery.project}.{table}",
        "rows": dg.MetadataValue.url(rows(bigquery, table)),
    }
    for feed in (feed for feed, tables in catalog.feeds().items() if table in tables):
        metadata |= {"object_names": feed.path, "bucket_folder": dg.MetadataValue.url(folder(bucket, feed.prefix))}
    return spec.merge_attributes(metadata=metadata)


def folder(bucket: BucketResource, prefix: str) -> str:
    """The objects whose names begin with `prefix`."""
    if bucket.url:
        return f"{bucket.url}/storage/v1/b/{bucket.name}/o?prefix={quote(prefix, safe='')}"
    return f"{_CONSOLE}/storage/browser/{bucket.name}/{quote(prefix)}?project={bucket.project}"


def content(bucket: BucketResource, name: str) -> str:
    """One object."""
    if bucket.url:
        return f"{bucket.url}/storage/v1/b/{bucket.name}/o/{quote(name, safe='')}?alt=media"
    return f"{_CONSOLE}/storage/browser/_details/{bucket.name}/{quote(name)}?project={bucket.project}"


def rows(bigquery: BigQueryResource, table: Table) -> str:
    """A table and its rows."""
    if bigquery.url:
        path = f"projects/{bigquery.project}/datasets/{table.dataset}/tables/{table.name}/data"
        return f"{bigquery.url}/bigquery/v2/{path}?maxResults={_ROWS_SHOWN}"
    return f"{_CONSOLE}/bigquery?p={bigquery.project}&d={table.dataset}&t={table.name}&page=table"


def job(bigquery: BigQueryResource, job_id: str) -> str:
    """A job: its configuration, statistics and errors."""
    if bigquery.url:
        return f"{bigquery.url}/bigquery/v2/projects/{bigquery.project}/jobs/{job_id}?location={bigquery.location}"
    return f"{_CONSOLE}/bigquery?project={bigquery.project}&j=bq:{bigquery.location}:{job_id}&page=queryresults"
