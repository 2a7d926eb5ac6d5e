"""make bench-sensor: a tick of the bucket's sensor with 20 new objects among 2,000 and 200,000, against get_gcs_keys.

Ours is the sensor itself on a real instance: looking, the questions to Dagster's storage, and the run requests. The
peer is the one call that dagster-gcp gives sensors. Both list over HTTP with Google's client, in a process that stands.
"""

import datetime as dt
import statistics
import tempfile
import time
from collections.abc import Callable

import dagster as dg
from dagster_gcp.gcs.sensor import get_gcs_keys
from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage
from rich.console import Console

from benchmarks.listed_bucket import ListedBucket, running
from benchmarks.measuring import print_figures, write_results
from nba_pipeline import catalog
from nba_pipeline.defs.bucket_resource import BucketResource
from nba_pipeline.defs.live_ingest import bucket_files
from nba_pipeline.game_days import season_name, season_year, today
from nba_pipeline.ingest.scan import SWEPT_PER_TICK
from nba_pipeline.sources.feed import Feed, stamp
from nba_pipeline_tests.support.code_location import code_location

_SIZES = (2_000, 200_000)
_NEW = 20
_DAYS = 1_400
_TICKS = 7


def main() -> None:
    """Runs the benchmark."""
    console, results = Console(), {"ours_s": {}, "peer_s": {}, "ours_pages": {}, "peer_pages": {}}
    for size in _SIZES:
        console.print(f"{size:,} objects ...")
        with running(_names(size), _stamp(dt.timedelta(days=1))) as bucket, tempfile.TemporaryDirectory() as home:
            with dg.DagsterInstance.local_temp(home) as instance:
                ours = _ours(bucket, instance, size)
            peer = _peer(bucket)
        for kind, (seconds, pages) in {"ours": ours, "peer": peer}.items():
            results[f"{kind}_s"][str(size)], results[f"{kind}_pages"][str(size)] = seconds, pages
    ratios = {size: round(results["peer_s"][size] / seconds, 1) for size, seconds in results["ours_s"].items()}
    results["peer_over_ours"] = ratios
    print_figures(console, f"a tick with {_NEW} new objects", results)
    write_results("sensor", results)


def _ours(bucket: ListedBucket, instance: dg.DagsterInstance, size: int) -> tuple[float, float]:
    repository = code_location().get_repository_def()
    resources = {"bucket": BucketResource(project="benchmark", name="bucket", url=bucket.url)}
    resources["bigquery"] = code_location().resources["bigquery"]
    cursor: str | None = None

    def tick() -> None:
        nonlocal cursor
        context = dg.build_sensor_context(
            instance=instance, cursor=cursor, repository_def=repository, resources=resources
        )
        cursor = bucket_files(context).cursor

    for _ in range(2 + size // SWEPT_PER_TICK):  # a first pass of the sweep
        tick()
    return _measure(bucket, tick)


def _peer(bucket: ListedBucket) -> tuple[float, float]:
    client = storage.Client("benchmark", AnonymousCredentials(), client_options=ClientOptions(api_endpoint=bucket.url))
    last = get_gcs_keys("bucket", gcs_session=client)[-1]

    def tick() -> None:
        nonlocal last
        last = (get_gcs_keys("bucket", since_key=last, gcs_session=client) or [last])[-1]

    return _measure(bucket, tick)


def _measure(bucket: ListedBucket, tick: Callable[[], None]) -> tuple[float, float]:
    """The median seconds and pages of a tick with new objects."""
    seconds, before = [], bucket.pages
    for _ in range(_TICKS):
        for feed in list(catalog.feeds())[:_NEW]:
            bucket.put(_name(feed, today(), f"{time.time_ns()}"), _stamp(dt.timedelta()))
        started = time.monotonic()
        tick()
        seconds.append(time.monotonic() - started)
    return round(statistics.median(seconds), 3), round((bucket.pages - before) / _TICKS, 1)


def _names(count: int) -> list[str]:
    """Objects of all feeds, evenly over four years up to today."""
    feeds = list(catalog.feeds())
    days = [today() - dt.timedelta(days=back) for back in range(_DAYS)]
    return [_name(feeds[n % len(feeds)], days[n // len(feeds) % _DAYS], str(n)) for n in range(count)]


def _name(feed: Feed, day: dt.date, number: str) -> str:
    values = {
        "date": day.isoformat(),
        "season": season_name(season_year(day)),
        "ts": stamp(dt.datetime.combine(day, dt.time(), dt.UTC) + dt.timedelta(seconds=int(number) % 86_400)),
        "hhmm": "1200",
    }
    others = {name: number for name in feed.placeholders if name not in values}
    return feed.path.format(**values, **others)


def _stamp(ago: dt.timedelta) -> str:
    return (dt.datetime.now(dt.UTC) - ago).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


if __name__ == "__main__":
    main()
