"""Checks of the project: whether BigQuery and the bucket answer, locations, tables, and limits in use."""

from collections.abc import Iterator, Sequence

from google.api_core.exceptions import Forbidden
from google.cloud import bigquery

from nba_pipeline import catalog
from nba_pipeline.bigquery import limits, live, permissions, schema
from nba_pipeline.bigquery.live import Compared
from nba_pipeline.bigquery.usage import Usage, usage
from nba_pipeline.doctor.finding import Finding, fail, ok, warn
from nba_pipeline.settings import Settings
from nba_pipeline.storage.bucket import Bucket
from nba_pipeline.table import Table

_SECONDS = 20
_NAMED = 5
# Of a limit: what is used of it when a person should look.
_MUCH = 0.8


def bigquery_answers(client: bigquery.Client) -> Finding:
    """Whether BigQuery answers at all; asked once, for Google's client would try for minutes."""
    retry = bigquery.DEFAULT_RETRY.with_timeout(_SECONDS)
    list(client.list_datasets(max_results=1, retry=retry, timeout=_SECONDS))
    return ok("BigQuery", f"answers for project {client.project}")


def bucket_answers(settings: Settings) -> Finding:
    """Whether the bucket can be listed."""
    bucket = Bucket.connect(settings.project, settings.bucket, settings.storage_url)
    try:
        first = next(bucket.scan(""), None)
    finally:
        bucket.close()
    if first is None:
        remedy = "check NBA_BUCKET; locally `nba-pipeline demo` and `load-season` fill it"
        return warn("bucket", f"{settings.bucket} holds no object", remedy)
    return ok("bucket", f"{settings.bucket} can be listed")


def locations(client: bigquery.Client) -> Iterator[Finding]:
    """Whether every dataset lies where the pipeline works."""
    found = live.locations(client, live.datasets(catalog.tables().values()))
    live.refuse_other_locations(client, found)
    there = [name for name, place in found.items() if place]
    if missing := [name for name, place in found.items() if not place]:
        needed = permissions.SETUP_PERMISSION.name
        remedy = f"`nba-pipeline tables create` makes them in {client.location}, as somebody who has {needed}"
        yield warn("datasets", f"missing: {', '.join(missing)}", remedy)
    if there:
        yield ok("datasets", f"{len(there)} lie in {client.location}")


def tables(client: bigquery.Client) -> Iterator[Finding]:
    """Whether the live tables are as they are declared."""
    compared = live.compare(client, catalog.tables().values())
    for one in compared:
        if one.status == "differs":
            yield fail("tables", f"{one.table}: {'; '.join(one.differences)}", schema.REMEDY)
        elif one.drift and one.drift.tolerated:
            found = f"{one.table}: {'; '.join(one.drift.tolerated)}"
            yield warn("tables", found, "no write minds; mend it in BigQuery")
    yield from _to_be_made("missing", compared)
    yield from _to_be_made("incomplete", compared)
    if unknown := live.undeclared(client, catalog.tables().values()):
        remedy = "the pipeline leaves them alone; drop what is left over"
        yield warn("tables", f"nobody declares {_some(unknown)}", remedy)
    same = sum(not one.differences for one in compared)
    yield ok("tables", f"{same} of {len(compared)} are as declared")


def limits_in_use(client: bigquery.Client) -> Iterator[Finding]:
    """How much of BigQuery's limits is used, on the table that uses most of each."""
    try:
        used = {name: found for name, found in usage(client).items() if name in catalog.tables()}
    except Forbidden as error:
        yield warn("limits", f"not seen: {error.message}", "the doctor needs roles/bigquery.resourceViewer for this")
        return
    yield _statements(used)
    yield _loads(used)


def _statements(used: dict[str, Usage]) -> Finding:
    running = max((found.running for found in used.values()), default=0)
    queued = max((found.queued for found in used.values()), default=0)
    ran, waited = f"{running} of {limits.MUTATING_RUNNING}", f"{queued} of {limits.MUTATING_QUEUED}"
    said = f"DML on the busiest table: {ran} statements run, {waited} wait"
    if queued < _MUCH * limits.MUTATING_QUEUED:
        return ok("limits", said)
    return warn("limits", said, "something beside the pipeline writes it: the pipeline runs one statement at a time")


def _loads(used: dict[str, Usage]) -> Finding:
    """Loads of a day against what a table may have: of a partitioned one, partitions that jobs change."""
    shares = {name: found.loads / _loads_allowed(catalog.tables()[name]) for name, found in used.items()}
    if not shares:
        return ok("limits", "no load in the last 24 hours")
    name = max(shares, key=lambda table: shares[table])
    said = f"{used[name].loads} of {_loads_allowed(catalog.tables()[name])} loads in 24 hours on {name}, the most used"
    if shares[name] < _MUCH:
        return ok("limits", said)
    return warn("limits", said, "run many days at once: a MERGE of 100 days counts as no load of the table")


def _loads_allowed(table: Table) -> int:
    return limits.PARTITION_CHANGES_PER_DAY if table.partition_by else limits.LOADS_PER_DAY


def _to_be_made(status: str, compared: Sequence[Compared]) -> Iterator[Finding]:
    names = [str(one.table) for one in compared if one.status == status]
    if names:
        remedy = "the next write makes it right, as does `nba-pipeline tables create`"
        yield warn("tables", f"{len(names)} {status}: {_some(names)}", remedy)


def _some(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
