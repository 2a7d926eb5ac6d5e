"""What live ingest yields to, out of Dagster's storage: backfills under way, holds by hand, spikes of conflicts."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence

import dagster as dg
import msgspec

# A sensor is not told of backfills, and `get_backfills` of the instance gives private types. A test launches a
# backfill of some tables and days through a real daemon and fails when these change.
from dagster._core.execution.backfill import BulkActionsFilter, BulkActionStatus, PartitionBackfill

from nba_pipeline.defs import instance_state
from nba_pipeline.defs.conflicts import conflict_spikes
from nba_pipeline.ingest.holds import Backfill, Holds, ManualHold, Reader

_ACTIVE = (BulkActionStatus.REQUESTED, BulkActionStatus.CANCELING, BulkActionStatus.FAILING)
_MANUAL = "manual_holds"


def holds(instance: dg.DagsterInstance, readers: Mapping[str, Sequence[Reader]]) -> Holds:
    """All that is to be yielded to now; `readers` as Holds has them."""
    now = dt.datetime.now(dt.UTC)
    return Holds(active_backfills(instance), manual_holds(instance, now), conflict_spikes(instance, now), readers)


def active_backfills(instance: dg.DagsterInstance) -> list[Backfill]:
    """The backfills that are requested, running or being canceled, with the days of each table they are for."""
    found = instance.get_backfills(filters=BulkActionsFilter(statuses=_ACTIVE))
    return [Backfill(backfill.title or backfill.backfill_id, _targets(backfill)) for backfill in found]


def targets_of(instance: dg.DagsterInstance, backfill_id: str) -> dict[str, frozenset[dt.date]]:
    """The days of each table that a backfill is for, by `dataset.name`; none where it is not known any more."""
    backfill = instance.get_backfill(backfill_id)
    return _targets(backfill) if backfill else {}


def manual_holds(instance: dg.DagsterInstance, now: dt.datetime) -> list[ManualHold]:
    """The holds by hand that have not ended."""
    kept = msgspec.convert(instance_state.get(instance, _MANUAL) or [], list[ManualHold])
    return [hold for hold in kept if hold.until > now]


def hold(instance: dg.DagsterInstance, new: ManualHold) -> None:
    """Holds live ingest by hand."""
    _put(instance, [*manual_holds(instance, dt.datetime.now(dt.UTC)), new])


def release(instance: dg.DagsterInstance, ended: Collection[ManualHold]) -> None:
    """Ends these holds."""
    _put(instance, [one for one in manual_holds(instance, dt.datetime.now(dt.UTC)) if one not in ended])


def readers_of(assets: Iterable[dg.AssetsDefinition]) -> dict[str, list[Reader]]:
    """The tables computed from each table, by `dataset.name`, with the history they read of it."""
    found: dict[str, list[Reader]] = {}
    for asset in assets:
        for name, key in asset.keys_by_input_name.items():
            history = (asset.op.input_dict[name].metadata or {}).get("history_days", 0)
            found.setdefault(".".join(key.path), []).append(Reader(".".join(asset.key.path), history))
    return found


def _put(instance: dg.DagsterInstance, kept: Sequence[ManualHold]) -> None:
    instance_state.put(instance, _MANUAL, msgspec.to_builtins(kept))


def _targets(backfill: PartitionBackfill) -> dict[str, frozenset[dt.date]]:
    if backfill.asset_backfill_data is None:
        return {}
    subsets = backfill.asset_backfill_data.target_subset.partitions_subsets_by_asset_key
    return {".".join(key.path): _days(subset.get_partition_keys()) for key, subset in subsets.items()}


def _days(keys: Iterable[str]) -> frozenset[dt.date]:
    return frozenset(dt.date.fromisoformat(key) for key in keys)
