"""How much of BigQuery's limits is in use, table by table, out of its own list of jobs."""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from google.cloud import bigquery
from google.cloud.bigquery.table import Row

# The list of a day's jobs of such a pipeline is megabytes.
_MAXIMUM_BYTES_BILLED = 10 * 2**30
_LOCATION = re.compile(r"[A-Za-z0-9-]+")

_LOADS = """
SELECT destination_table.dataset_id AS dataset, destination_table.table_id AS name, COUNT(*) AS loads
FROM `region-{location}`.INFORMATION_SCHEMA.JOBS
WHERE creation_time >= @since AND job_type IN ('LOAD', 'COPY')
GROUP BY 1, 2
"""
_UNFINISHED = """
SELECT state, query
FROM `region-{location}`.INFORMATION_SCHEMA.JOBS
WHERE creation_time >= @since AND job_type = 'QUERY' AND state != 'DONE'
"""
# What a statement changes is not promised to be known before its end, so it is taken from its words.
_MUTATES = re.compile(r"\s*(?:UPDATE|DELETE(?:\s+FROM)?|MERGE(?:\s+INTO)?)\s+([`\w.-]+)", re.IGNORECASE)


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
    found: defaultdict[str, Usage] = defaultdict(Usage)
    for row in _ask(client, _LOADS):
        # A load of one partition names it: table$20240131.
        found[f"{row.dataset}.{row.name.partition('$')[0]}"].loads += row.loads
    for row in _ask(client, _UNFINISHED):
        if mutated := _MUTATES.match(row.query or ""):
            table = found[".".join(mutated[1].replace("`", "").split(".")[-2:])]
            table.running += row.state == "RUNNING"
            table.queued += row.state == "PENDING"
    return dict(found)


def _ask(client: bigquery.Client, statement: str) -> Iterator[Row]:
    if not _LOCATION.fullmatch(client.location):
        raise ValueError(f"{client.location!r} is no location of BigQuery's")
    since = bigquery.ScalarQueryParameter("since", "TIMESTAMP", dt.datetime.now(dt.UTC) - dt.timedelta(days=1))
    config = bigquery.QueryJobConfig(query_parameters=[since], maximum_bytes_billed=_MAXIMUM_BYTES_BILLED)
    return iter(client.query_and_wait(statement.format(location=client.location.lower()), job_config=config))
