"""How much of BigQuery's limits is in use, table by table, out of its own list of jobs."""

import datetime as dt
import re
from collections import defaultdict
from dataclasses import dataclass

from google.cloud import bigquery

# The view is clustered by day; a day's list of a pipeline's jobs is megabytes.
_MAXIMUM_BYTES_BILLED = 10 * 2**30
_LOCATION = re.compile(r"[A-Za-z0-9-]+")

_JOBS = """
SELECT
  destination_table.dataset_id AS dataset,
  destination_table.table_id AS name,
  COUNTIF(statement_type IN ('UPDATE', 'DELETE', 'MERGE') AND state = 'RUNNING') AS running,
  COUNTIF(statement_type IN ('UPDATE', 'DELETE', 'MERGE') AND state = 'PENDING') AS queued,
  COUNTIF(job_type IN ('LOAD', 'COPY')) AS loads
FROM `region-{location}`.INFORMATION_SCHEMA.JOBS
WHERE creation_time >= @since
GROUP BY 1, 2
"""


@dataclass
class Usage:
    """Of one table: mutating statements that run and that wait now, and load and copy jobs of the last 24 hours."""

    running: int = 0
    queued: int = 0
    loads: int = 0


def usage(client: bigquery.Client) -> dict[str, Usage]:
    """What is used of each table, by `dataset.name`, by whoever uses the project; only tables that jobs are about.

    Needs the permission bigquery.jobs.listAll.
    """
    if not _LOCATION.fullmatch(client.location):
        raise ValueError(f"{client.location!r} is no location of BigQuery's")
    since = bigquery.ScalarQueryParameter("since", "TIMESTAMP", dt.datetime.now(dt.UTC) - dt.timedelta(days=1))
    config = bigquery.QueryJobConfig(query_parameters=[since], maximum_bytes_billed=_MAXIMUM_BYTES_BILLED)
    found: defaultdict[str, Usage] = defaultdict(Usage)
    for row in client.query_and_wait(_JOBS.format(location=client.location.lower()), job_config=config):
        if row.dataset:
            # A load of one partition names it: table$20240131.
            table = found[f"{row.dataset}.{row.name.partition('$')[0]}"]
            table.running += row.running
            table.queued += row.queued
            table.loads += row.loads
    return dict(found)
