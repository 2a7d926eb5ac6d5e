"""Tags of runs that are launched by themselves, by which the run queue knows what may have to yield."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence

LANE, LIVE = "nba_pipeline/lane", "live"
BATCH = "nba_pipeline/batch"
TOUCHES = "nba_pipeline/touches"
MISSING = "nba_pipeline/missing"


def live_tags(batch: str, days: Sequence[dt.date], touched: Iterable[str]) -> dict[str, str]:
    """The tags of a live run of `days`. `touched` are the tables it writes and those computed from them."""
    return {
        LANE: LIVE,
        BATCH: batch,
        TOUCHES: ",".join(sorted(set(touched))),
        "dagster/priority": "-1",
        **days_tags(days),
    }


def days_tags(days: Sequence[dt.date]) -> dict[str, str]:
    """The tags by which Dagster knows a run's partitions."""
    if len(days) == 1:
        return {"dagster/partition": days[0].isoformat()}
    return {
        "dagster/asset_partition_range_start": days[0].isoformat(),
        "dagster/asset_partition_range_end": days[-1].isoformat(),
    }


def yields(tags: Mapping[str, str], targets: Iterable[Collection[str]]) -> bool:
    """Whether a queued run with these tags waits for backfills of the tables `targets`."""
    touched = set(tags.get(TOUCHES, "").split(","))
    return tags.get(LANE) == LIVE and any(not touched.isdisjoint(tables) for tables in targets)
