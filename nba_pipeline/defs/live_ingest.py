"""The sensor that turns new objects of the bucket into runs: one per batch, yielding to what stands in its way."""

import datetime as dt
import time
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import dagster as dg
import msgspec

from nba_pipeline import catalog
from nba_pipeline.defs import instance_state, lanes, links, markdown, yielding
from nba_pipeline.defs.bigquery_resource import BigQueryResource
from nba_pipeline.defs.bucket_resource import BucketResource
from nba_pipeline.defs.raw.feed_asset import LISTED_AT
from nba_pipeline.defs.table_asset import OWNERS, asset_key
from nba_pipeline.game_days import FIRST_GAME_DAY, days_between, today
from nba_pipeline.ingest import readiness, scan, settle
from nba_pipeline.ingest.cursor import BadCursor, Cursor, Pending
from nba_pipeline.ingest.holds import Holds, Reader, touched
from nba_pipeline.ingest.slate import slate_of
from nba_pipeline.sources.feed import Feed
from nba_pipeline.table import Table

if TYPE_CHECKING:
    from nba_pipeline.storage.bucket import Bucket

STATUS = "live_ingest"
RESET = "live_ingest_reset"

# Dagster ends a tick after 60 s; the rest of a tick takes a few.
_LOOKING_SECONDS = 20.0
# How far the clocks of the bucket and of a run may be apart.
_CLOCKS_APART = dt.timedelta(minutes=1)
_LISTED = 100

held_batches_spec = dg.AssetSpec(
    dg.AssetKey(["nba_orchestration", "held_batches"]),
    group_name="orchestration",
    owners=OWNERS,
    description="Batches of new files that wait: since when, and for what. Observed when there are more or less.",
)


def _tables(feed: Feed) -> tuple[Table, ...]:
    return catalog.feeds()[feed]


@dg.sensor(
    target=dg.AssetSelection.assets(*(asset_key(table) for feed in catalog.feeds() for table in _tables(feed))),
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="New files of the bucket become one run per feed and day; docs/live-ingest.md says when.",
)
def bucket_files(
    context: dg.SensorEvaluationContext, bucket: BucketResource, bigquery: BigQueryResource
) -> dg.SensorResult:
    """One tick: look, settle what is to run and what waits, remember."""
    now = dt.datetime.now(dt.UTC)
    cursor = _cursor(context, now)
    waited = set(cursor.pending)
    readers = yielding.readers_of(_assets(context))
    with bucket.opened() as opened:
        holds = yielding.holds(context.instance, readers) if waited else Holds()
        batches = _look(opened, cursor, now, holds)
        slate = slate_of(opened, batches)
    ready = [settle.Ready(batch, days, readiness.missing(batch, slate)) for batch in batches if (days := _days(batch))]
    rules = _Rules(context.instance, readers, slate, now, bigquery.time_scale)
    runs = settle.settle(cursor, ready, now, rules.is_covered, rules.why_waiting)
    cursor.forget_old(filter(scan.is_recent(catalog.feeds(), now), cursor.seen))
    _publish(context.instance, cursor, now)
    return dg.SensorResult(
        run_requests=[_request(run, readers) for run in runs],
        skip_reason=None if runs else _said(cursor),
        cursor=cursor.write(),
        asset_events=[] if set(cursor.pending) == waited else [_observed(cursor, bucket)],
    )


class _Rules:
    """What a batch is held against in one tick. Holds are read anew when first needed: as late as can be."""

    def __init__(
        self,
        instance: dg.DagsterInstance,
        readers: Mapping[str, Sequence[Reader]],
        slate: readiness.Slate,
        now: dt.datetime,
        time_scale: float,
    ) -> None:
        self._instance, self._readers, self._slate = instance, readers, slate
        self._now, self._time_scale = now, time_scale

    @cached_property
    def _holds(self) -> Holds:
        return yielding.holds(self._instance, self._readers)

    def is_covered(self, found: settle.Ready) -> bool:
        """Whether runs that listed the bucket since its last object came have written all its days."""
        needed = (found.batch.seen.newest + _CLOCKS_APART / self._time_scale).timestamp()
        keys = [asset_key(table) for table in _tables(found.batch.feed)]
        return all(_listed_at(self._instance, key, day) > needed for day in found.days for key in keys)

    def why_waiting(self, found: settle.Ready) -> str | None:
        """What a batch waits for: more of its objects, or that something is out of its way."""
        if why := readiness.waits_for(found.batch, self._slate, self._now, self._time_scale):
            return why
        return _why_held(self._holds, found.batch.feed, found.days)


def _assets(context: dg.SensorEvaluationContext) -> Iterable[dg.AssetsDefinition]:
    if context.repository_def is None:
        raise RuntimeError("the sensor needs the repository it belongs to: evaluate it with repository_def")
    return set(context.repository_def.assets_defs_by_key.values())


def _days(batch: scan.Batch) -> Sequence[dt.date]:
    """The days to run for a batch. Of a table without days any of them writes all of it."""
    days = settle.batch_days(batch, FIRST_GAME_DAY, today())
    return days if any(table.day_column for table in _tables(batch.feed)) else days[-1:]


def _cursor(context: dg.SensorEvaluationContext, now: dt.datetime) -> Cursor:
    """The cursor of the last tick; a new one at the first, and where a reset was asked for since.

    Where it can not be read, all is looked at again that came since the oldest batch that waited at the last tick.
    """
    reset = instance_state.get(context.instance, RESET) or {"epoch": 0}
    try:
        cursor = Cursor.read(context.cursor) if context.cursor else Cursor.first(now)
    except BadCursor as error:
        context.log.error(str(error))
        last = instance_state.get(context.instance, STATUS) or {"waits_since": now.isoformat()}
        return Cursor.first(dt.datetime.fromisoformat(last["waits_since"]), reset["epoch"])
    if reset["epoch"] == cursor.epoch:
        return cursor
    return Cursor.first(dt.datetime.fromisoformat(reset["since"]), reset["epoch"])


def _look(bucket: "Bucket", cursor: Cursor, now: dt.datetime, holds: Holds) -> list[scan.Batch]:
    end = time.monotonic() + _LOOKING_SECONDS
    feeds = {feed.name: feed for feed in catalog.feeds()}

    def why_held(pending: Pending) -> str | None:
        if pending.feed not in feeds or pending.days is None:
            return None
        return _why_held(holds, feeds[pending.feed], days_between(*pending.days))

    return scan.look(bucket, feeds, cursor, now, lambda: time.monotonic() > end, why_held)


def _why_held(holds: Holds, feed: Feed, days: Sequence[dt.date]) -> str | None:
    return holds.why([str(table) for table in _tables(feed)], days)


def _listed_at(instance: dg.DagsterInstance, key: dg.AssetKey, day: dt.date) -> float:
    """When the objects were listed that the partition was last written from, in seconds; 0 where it never was."""
    wanted = dg.AssetRecordsFilter(asset_key=key, asset_partitions=[day.isoformat()])
    for record in instance.fetch_materializations(wanted, limit=1).records:
        if record.asset_materialization and (said := record.asset_materialization.metadata.get(LISTED_AT)):
            return float(said.value)  # type: ignore[arg-type]
    return 0.0


def _request(run: settle.Run, readers: Mapping[str, Sequence[Reader]]) -> dg.RunRequest:
    tables = [str(table) for table in _tables(run.feed)]
    tags = lanes.live_tags(run.key, run.days, touched(tables, readers))
    if run.missing:
        tags[lanes.MISSING] = run.missing
    keys = [asset_key(table) for table in _tables(run.feed)]
    return dg.RunRequest(run_key=run.key, asset_selection=keys, tags=tags)


def _publish(instance: dg.DagsterInstance, cursor: Cursor, now: dt.datetime) -> None:
    """What `nba-pipeline status` shows."""
    waiting = [{"batch": prefix, **msgspec.to_builtins(pending)} for prefix, pending in _by_age(cursor)]
    oldest = min([now, *(pending.since for pending in cursor.pending.values())])
    times = {"at": now.isoformat(), "waits_since": oldest.isoformat()}
    status = {**times, "waiting": waiting[:_LISTED], "count": len(waiting)}
    instance_state.put(instance, STATUS, status)


def _observed(cursor: Cursor, bucket: BucketResource) -> dg.AssetObservation:
    rows = [
        (markdown.Link(prefix, links.folder(bucket, prefix)), f"{one.since:%Y-%m-%d %H:%M}", one.why)
        for prefix, one in _by_age(cursor)[:_LISTED]
    ]
    waiting = markdown.table(("batch", "since (UTC)", "why"), rows) if rows else "nothing"
    return dg.AssetObservation(
        held_batches_spec.key, metadata={"batches": len(cursor.pending), "waiting": dg.MetadataValue.md(waiting)}
    )


def _by_age(cursor: Cursor) -> list[tuple[str, Pending]]:
    return sorted(cursor.pending.items(), key=lambda item: item[1].since)


def _said(cursor: Cursor) -> str:
    """A skip reason: what waits, the longest first."""
    if not cursor.pending:
        return "no new files"
    named = "; ".join(f"{prefix} since {one.since:%H:%M} UTC: {one.why}" for prefix, one in _by_age(cursor)[:3])
    return f"{len(cursor.pending)} batches wait: {named}"
