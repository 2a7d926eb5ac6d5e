"""What became of the dates: the table against the input, row by row, and what BigQuery's job list says it took."""

import datetime as dt
import re
from collections import Counter
from dataclasses import dataclass, field

import pandas as pd
from google.cloud import bigquery

from benchmarks.incident.inputs import COLUMNS, KEY, Inputs
from nba_pipeline.bigquery import errors
from nba_pipeline.bigquery.connection import Connection
from nba_pipeline.bigquery.reader import read
from nba_pipeline.table import Table

_DML = {"DELETE", "INSERT", "MERGE", "UPDATE"}
# Google's client submits a failed query again, as a new job, for these (retry.py, DEFAULT_JOB_RETRY).
_RESTARTED = {"rateLimitExceeded", "jobRateLimitExceeded", "backendError", "internalError", "jobBackendError"}
_REASONS = "resourcesExceeded|invalidQuery|rateLimitExceeded|quotaExceeded|backendError"


@dataclass
class Jobs:
    """BigQuery's job list, counted: jobs, DML statements, jobs that were tried again, failures by class."""

    jobs: int = 0
    dml: int = 0
    reruns: int = 0
    failed: Counter = field(default_factory=Counter)

    def __sub__(self, before: "Jobs") -> "Jobs":
        failed = self.failed - before.failed
        return Jobs(self.jobs - before.jobs, self.dml - before.dml, self.reruns - before.reruns, failed)


def count_jobs(client: bigquery.Client) -> Jobs:
    """Counts all jobs of the project."""
    counted = Jobs()
    for job in client.list_jobs():
        counted.jobs += 1
        counted.dml += job.job_type == "query" and job.query.split(maxsplit=1)[0] in _DML
        counted.reruns += job.labels.get("attempt", "1") != "1" or _is_restarted(job)
        if error := job.error_result:
            counted.failed[errors.classify(error.get("reason", ""), error.get("message", "")).__name__] += 1
    return counted


def _is_restarted(job: bigquery.job.LoadJob | bigquery.QueryJob) -> bool:
    """Whether Google's client tried a failed job again: queries, and none of ours, which have labels."""
    return job.job_type == "query" and not job.labels and (job.error_result or {}).get("reason") in _RESTARTED


def compare(connection: Connection, table: Table, inputs: Inputs) -> dict[str, int]:
    """Dates whose rows differ from the input in any way, and those with rows missing or doubled."""
    first, last = dt.date(2000, 1, 1), dt.date(2100, 1, 1)
    found = read(connection.reader, connection.project, table, first, last, COLUMNS)
    found = found.astype(inputs.rows.dtypes)
    doubled = found[found.duplicated(KEY, keep=False)]
    both = inputs.rows.merge(found.drop_duplicates(KEY), on=KEY, how="outer", suffixes=("", "_found"), indicator=True)
    missing = both[both["_merge"] == "left_only"]
    values = [name for name in COLUMNS if name not in KEY]
    same = pd.concat([_equal(both[name], both[f"{name}_found"]) for name in values], axis=1).all(axis=1)
    wrong = both[(both["_merge"] == "both") & ~same]
    extra = both[both["_merge"] == "right_only"]["game_date_found"]
    days = [set(part) for part in (missing["game_date"], doubled["game_date"], wrong["game_date"], extra)]
    return {"dates_lost": len(set().union(*days)), "dates_missing": len(days[0]), "dates_doubled": len(days[1])}


def causes(messages: Counter) -> dict[str, int]:
    """Errors as workers saw them, by their kind."""
    counted: Counter = Counter()
    for message, count in messages.items():
        counted[_kind(message)] += count
    return dict(counted.most_common())


def _kind(message: str) -> str:
    """What an error was. Its text does not always name the reason; BigQuery's words tell it then."""
    named = re.search(_REASONS, message)
    found = [errors.classify(reason, message) for reason in ([named[0]] if named else _REASONS.split("|"))]
    return next((kind for kind in found if kind is not errors.Permanent), errors.Permanent).__name__


def _equal(one: pd.Series, other: pd.Series) -> pd.Series:
    return ((one == other) | (one.isna() & other.isna())).fillna(False).astype(bool)
