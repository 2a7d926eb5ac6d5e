"""The decorator that makes a function the asset of a declared Table.

From the Table come the asset's key, group, description, column schema and dependencies' columns; an asset's own file
holds what it reads and one call of phase logic.
"""

import datetime as dt
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import dagster as dg
import pandas as pd

from nba_pipeline.defs import lineage
from nba_pipeline.defs.partitions import CHUNKS, DAYS
from nba_pipeline.game_days import days_between, today
from nba_pipeline.table import Column, Table

_PHASES = {
    "nba_raw": "raw",
    "mlb_raw": "raw",
    "nba_analytics": "analytics",
    "nba_precompute": "precompute",
    "mlb_precompute": "precompute",
    "nba_predictions": "predictions",
    "mlb_predictions": "predictions",
    "nba_orchestration": "orchestration",
}
# Who answers for the assets; a deployment with teams of its own names them here.
OWNERS = ["team:nba-pipeline"]


@dataclass(frozen=True, slots=True)
class Read:
    """What an asset reads of an upstream Table: `columns` (all where None) of the run's days and of the
    `history_days` days before the first of them.

    An `optional` one gives no rows where its table was never written: a fallback, or what may be unknown. A `monthly`
    one is read for the days of the run on which a month begins, and gives no rows in a run without any.

    History is a wider read and no wider dependency: a look-back declared as a partition mapping would make a
    backfill of 40 days one of 70.
    """

    table: Table
    columns: tuple[str, ...] | None = None
    history_days: int = 0
    optional: bool = False
    monthly: bool = False

    @property
    def column_names(self) -> Sequence[str]:
        """The columns that are read."""
        return self.table.column_names if self.columns is None else self.columns


def table_asset(
    table: Table,
    reads: Mapping[str, Read] = MappingProxyType({}),
    checks: Sequence[dg.AssetCheckSpec] = (),
    copied: lineage.Origins = MappingProxyType({}),
    kinds: Collection[str] = ("bigquery", "pandas"),
) -> Callable[[Callable], dg.AssetsDefinition]:
    """Decorates the function that computes a chunk of `table`.

    The function gets the context and a frame for each of `reads` by its name, and returns the chunk's rows: a frame
    that covers every day of the chunk, or a `DayRows` that names the days it covers. With `checks` it yields them as an
    Output, and then the results. `copied` are columns that are taken over under another name or declaration.
    """
    read = [(one.table, one.column_names) for one in reads.values()]
    shown = _shown(table, lineage.origins(table, read, copied))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)  # backfill_policy is beta, and the one way to run in chunks
        return dg.asset(
            key=asset_key(table),
            ins={name: _asset_in(one) for name, one in reads.items()},
            kinds=set(kinds),
            **shown,
            partitions_def=DAYS,
            backfill_policy=CHUNKS,
            io_manager_key="io_manager",
            check_specs=checks,
        )


def table_spec(table: Table) -> dg.AssetSpec:
    """The asset of a Table that no asset computes: a sensor or a check writes it, as things happen."""
    return dg.AssetSpec(asset_key(table), kinds={"bigquery"}, **_shown(table, {}))


def asset_key(table: Table) -> dg.AssetKey:
    """The key of the asset that writes `table`: its dataset and its name."""
    return dg.AssetKey([table.dataset, table.name])


def chunk_days(context: dg.AssetExecutionContext) -> list[dt.date]:
    """The days of the run's chunk, in order."""
    return sorted(dt.date.fromisoformat(key) for key in context.partition_keys)


def chunk_index(context: dg.AssetExecutionContext) -> pd.DatetimeIndex:
    """The days of the run's chunk, as phase logic takes them."""
    return pd.DatetimeIndex(chunk_days(context), dtype="datetime64[us]")


def run_days(run: dg.DagsterRun) -> list[dt.date]:
    """The days of a run by its tags, for what is told no partitions; the last week where it has none."""
    only = run.tags.get("dagster/partition")
    first = run.tags.get("dagster/asset_partition_range_start", only)
    last = run.tags.get("dagster/asset_partition_range_end", only)
    if first is None or last is None:
        return days_between(today() - dt.timedelta(days=7), today())
    return days_between(dt.date.fromisoformat(first), dt.date.fromisoformat(last))


def days_read(days: Sequence[dt.date], wanted: Mapping[str, Any]) -> tuple[dt.date, dt.date] | None:
    """The first and the last day that a run of `days` reads of an input with the metadata `wanted`; None for none."""
    asked = [day for day in days if day.day == 1] if wanted.get("monthly") else days
    return (asked[0] - dt.timedelta(days=wanted.get("history_days", 0)), asked[-1]) if asked else None


def _asset_in(read: Read) -> dg.AssetIn:
    metadata: dict[str, object] = {
        "history_days": read.history_days,
        "optional": read.optional,
        "monthly": read.monthly,
    }
    if read.columns is not None:
        metadata["columns"] = list(read.columns)
    return dg.AssetIn(key=asset_key(read.table), metadata=metadata)


def _shown(table: Table, origins: lineage.Origins) -> dict[str, Any]:
    """What the UI shows of a table."""
    columns = [_table_column(column, origins.get(column.name, ())) for column in table.columns]
    grain = ", ".join(f"`{name}`" for name in table.grain)
    metadata: dict[str, Any] = {"dagster/column_schema": dg.TableSchema(columns), "strategy": table.strategy}
    if origins:
        metadata["dagster/column_lineage"] = lineage.column_lineage(origins)
    return {
        "group_name": _PHASES[table.dataset],
        "owners": OWNERS,
        "description": f"{table.description}\n\nNo two rows share {grain}.",
        "metadata": metadata,
    }


def _table_column(column: Column, origin: Sequence[tuple[Table, str]]) -> dg.TableColumn:
    said = [column.description, *([lineage.described(origin)] if origin else [])]
    constraints = dg.TableColumnConstraints(nullable=column.mode != "REQUIRED")
    return dg.TableColumn(column.name, column.type, description=" ".join(said), constraints=constraints)
