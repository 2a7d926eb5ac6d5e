"""The pipeline as one plain script: the assets' own functions on the objects of the bucket, frames kept in memory.

No runs, no IO manager, no BigQuery; one process. What a run would read of BigQuery is cut from the frames held here, by
the reads that the assets declare, so that a table which is added to the pipeline is in the script, too. The clock
leaves out the start of the process and its imports.
"""

import datetime as dt
import multiprocessing
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import dagster as dg
import pandas as pd
from rich.console import Console
from rich.progress import track

from benchmarks.contents import Contents
from benchmarks.measuring import peak_mb
from nba_pipeline import catalog, frames
from nba_pipeline.defs.bigquery_resource import BigQueryResource
from nba_pipeline.defs.bucket_resource import BucketResource
from nba_pipeline.defs.table_asset import days_read
from nba_pipeline.frames import DayRows
from nba_pipeline.game_days import days_between
from nba_pipeline.settings import Settings
from nba_pipeline.table import Table
from nba_pipeline_tests.support.code_location import code_location

PHASES = ("raw", "analytics", "precompute")


@dataclass(frozen=True, slots=True)
class Outcome:
    """Seconds of each run, the highest resident memory of the process in MiB, and what each table holds."""

    seconds: list[float]
    peak_mb: float
    contents: dict[str, Contents]


def assets() -> list[dg.AssetsDefinition]:
    """The assets of these phases, each after those it reads."""
    found = {asset.key: asset for asset in code_location().assets or () if isinstance(asset, dg.AssetsDefinition)}
    ordered = [found[key] for key in code_location().resolve_asset_graph().toposorted_asset_keys if key in found]
    return [asset for asset in ordered if asset.group_names_by_key[asset.key] in PHASES]


def run_in_own_process(current: Settings, runs: Sequence[Sequence[dt.date]]) -> Outcome:
    """`run` in a process that does nothing else, so that its memory is the script's."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(run, current, runs).result()


def run(current: Settings, runs: Sequence[Sequence[dt.date]]) -> Outcome:
    """Takes each of `runs`, the days of a run, through the phases, from the bucket of `current`."""
    resources = {"bucket": BucketResource.of(current), "bigquery": BigQueryResource.of(current)}
    seconds = []
    with dg.DagsterInstance.ephemeral() as instance:
        script = Script(instance, resources)
        for days in track(runs, "plain script", console=Console(stderr=True)):
            started = time.monotonic()
            script.run(days)
            seconds.append(time.monotonic() - started)
    return Outcome(seconds, peak_mb(), script.contents())


class Script:
    """All tables as frames, and the assets that fill them.

    Assets are called directly, with a context that names the days; nothing is written to its `instance`.
    """

    def __init__(self, instance: dg.DagsterInstance, resources: Mapping[str, object]) -> None:
        self._instance, self._resources = instance, resources
        self._assets = assets()
        self._parts: dict[str, list[pd.DataFrame]] = {str(_table(asset.key)): [] for asset in self._assets}

    def run(self, days: Sequence[dt.date]) -> None:
        """Takes the chunk of these unbroken days through all assets."""
        chunk = dg.PartitionKeyRange(days[0].isoformat(), days[-1].isoformat())
        for asset in self._assets:
            context = dg.build_asset_context(self._resources, instance=self._instance, partition_key_range=chunk)
            # Dagster's context of a direct call has no place for what is shown in the UI, and fails.
            context.add_asset_metadata = lambda *_, **__: None
            inputs = {name: self._read(asset, name, days) for name in asset.keys_by_input_name}
            self._write(_table(asset.key), _rows(asset(context, **inputs), days))

    def contents(self) -> dict[str, Contents]:
        """What each table holds."""
        return {name: Contents.of(_joined(catalog.tables()[name], parts)) for name, parts in self._parts.items()}

    def _read(self, asset: dg.AssetsDefinition, name: str, days: Sequence[dt.date]) -> pd.DataFrame:
        """What the asset reads as its input `name`: the chunk's days and the history it asks for."""
        table, wanted = _table(asset.keys_by_input_name[name]), asset.op.ins[name].metadata or {}
        columns = wanted.get("columns", table.column_names)
        span = days_read(days, wanted)
        read = days_between(*span) if span else []
        parts = [_of_days(table, part, read)[columns] for part in self._parts[str(table)]]
        return _joined(table, parts, columns)

    def _write(self, table: Table, rows: DayRows) -> None:
        """Keeps a chunk's rows; of a table without days the newest row of each key, of an insert-new the first."""
        parts = self._parts[str(table)]
        parts.append(_of_days(table, frames.typed(table, rows.frame), rows.days))
        if table.day_column is None:
            held = pd.concat(parts, ignore_index=True)
            if table.newest_by:
                held = held.sort_values(table.newest_by, kind="stable")
            parts[:] = [held.drop_duplicates(list(table.key), keep="last" if table.newest_by else "first")]


def _table(key: dg.AssetKey) -> Table:
    return catalog.table(*key.path)


def _joined(table: Table, parts: Sequence[pd.DataFrame], columns: Sequence[str] | None = None) -> pd.DataFrame:
    return pd.concat(parts, ignore_index=True) if parts else frames.empty(table, columns)


def _of_days(table: Table, rows: pd.DataFrame, days: Sequence[dt.date]) -> pd.DataFrame:
    """The rows of these days; of a table without days all of them, unless there are no days at all."""
    if table.day_column is None:
        return rows if days else rows.head(0)
    return rows[rows[table.day_column].isin(pd.DatetimeIndex(days, dtype="datetime64[us]"))]


def _rows(result: object, days: Sequence[dt.date]) -> DayRows:
    """The rows an asset gave, whether it returned them or yielded them before the results of its checks."""
    if not isinstance(result, pd.DataFrame | DayRows):
        [result] = [event.value for event in result if isinstance(event, dg.Output)]
    return result if isinstance(result, DayRows) else DayRows(result, days)
