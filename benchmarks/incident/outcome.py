"""What became of the dates: the table against the input, row by row, and what BigQuery's job list says it took."""

import re
from collections import Counter
from dataclasses import dataclass, field

import pandas as pd
from google.cloud import bigquery

from benchmarks.incident.inputs import COLUMNS, KEY, TYPES, Inputs
from nba_pipeline.bigquery import errors

_DML = {"DELETE", "INSERT", "MERGE", "UPDATE"}


@dataclass
class Jobs:
    """BigQuery's job list, counted: jobs, DML statements, jobs that were tried again, failures by class."""

    jobs: int = 0
    dml: int = 0
    reruns: int = 0
    failed: Counter = field(default_factory=Counter)


def count_jobs(client: bigquery.Client) -> Jobs:
    """Counts all jobs of the project."""
    counted = Jobs()
    for job in client.list_jobs():
        counted.jobs += 1
        counted.dml += job.job_type == "query" and job.query.split(maxsplit=1)[0] in _DML
        counted.reruns += job.labels.get("attempt", "1") != "1"
        if job.error_result:
            kind = errors.classify(job.error_result.get("reason", ""), job.error_result.get("message", ""))
            counted.failed[kind.__name__] += 1
    return counted


def compare(client: bigquery.Client, table: str, inputs: Inputs) -> dict[str, int]:
    """Dates whose rows differ from the input in any way, and those with rows missing or doubled."""
    text = f"SELECT {', '.join(COLUMNS)} FROM `{table}` WHERE game_date >= '2000-01-01'"
    found = client.query(text).to_arrow(create_bqstorage_client=False).to_pandas(types_mapper=None)
    found = found.assign(game_date=pd.to_datetime(found["game_date"])).astype(
        {name: "Int64" for name, kind in TYPES.items() if kind == "INT64"}
    )
    doubled = found[found.duplicated(KEY, keep=False)]
    both = inputs.rows.merge(found.drop_duplicates(KEY), on=KEY, how="outer", suffixes=("", "_found"), indicator=True)
    missing = both[both["_merge"] == "left_only"]
    values = [name for name in COLUMNS if name not in KEY]
    same = pd.concat([_equal(both[name], both[f"{name}_found"]) for name in values], axis=1).all(axis=1)
    wrong = both[(both["_merge"] == "both") & ~same]
    extra = both[both["_merge"] == "right_only"]["game_date_found"]
    days = [set(part) for part in (missing["game_date"], doubled["game_date"], wrong["game_date"], extra)]
    return {
        "dates_lost": len(set().union(*days)),
        "dates_missing_rows": len(days[0]),
        "dates_doubled_rows": len(days[1]),
    }


def causes(messages: Counter) -> dict[str, int]:
    """Errors as workers saw them, by their kind."""
    counted: Counter = Counter()
    for message, count in messages.items():
        reason = re.search(r"(resourcesExceeded|rateLimitExceeded|quotaExceeded|invalidQuery|backendError)", message)
        kind = errors.classify(reason[1] if reason else "", message).__name__ if message else ""
        counted[kind] += count if kind else 0
    return {kind: count for kind, count in counted.most_common() if count}


def _equal(one: pd.Series, other: pd.Series) -> pd.Series:
    return ((one == other) | (one.isna() & other.isna())).fillna(False).astype(bool)
