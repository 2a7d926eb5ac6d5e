"""Runs of toy assets through Dagster and the real IO manager: in this process, or in one that can be killed."""

import datetime as dt
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import dagster as dg
import pandas as pd

from nba_pipeline import catalog
from nba_pipeline.defs import table_asset as table_asset_module
from nba_pipeline.defs.bigquery_resource import BigQueryResource
from nba_pipeline.defs.io_manager import bigquery_io_manager
from nba_pipeline.defs.table_asset import table_asset
from nba_pipeline.frames import DayRows
from nba_pipeline.table import Table, required

COLUMNS = (
    required("day", "DATE", "the day"),
    required("id", "STRING", "which toy"),
    required("version", "INT64", "which write it came from"),
    required("source_object", "STRING", "which input it came from"),
)
REPLACED = Table("toys", "replaced", "Toys of a day.", COLUMNS, ("id",), partition_by="day")
UPSERTED = Table(
    "toys", "upserted", "Toys.", COLUMNS, ("id",), partition_by="day", strategy="upsert", newest_by="version"
)
INSERTED = Table("toys", "inserted", "First toys.", COLUMNS, ("id",), partition_by="day", strategy="insert-new")
APPENDED = Table(
    "toys", "appended", "All toys.", COLUMNS, ("id",), partition_by="day", strategy="append", inputs=("source_object",)
)
TABLES = (REPLACED, UPSERTED, INSERTED, APPENDED)
TOYS_A_DAY = 50


def toys_of(version: int, days: list[dt.date]) -> pd.DataFrame:
    """The rows of one write: the same toys on each day, marked with the write's number."""
    return pd.DataFrame(
        [
            {"day": day, "id": f"{day:%d}-{n}", "version": version, "source_object": f"input-{version}"}
            for day in days
            for n in range(TOYS_A_DAY)
        ],
        columns=[column.name for column in COLUMNS],
    )


def toys_of_days(days: list[dt.date]) -> pd.DataFrame:
    """Rows that depend on their day alone, from an input of its own for each day."""
    return toys_of(1, days).assign(source_object=lambda rows: "input-" + rows["day"].astype(str))


def materialise(
    bigquery: Mapping[str, str],
    slots_folder: Path,
    table: Table,
    rows: DayRows,
    tags: Mapping[str, str] = MappingProxyType({}),
    time_scale: float = 200,
    began: Callable[[], None] = lambda: None,
) -> dg.ExecuteInProcessResult:
    """One run that writes `rows` into `table`; `bigquery` are the addresses of the server.

    `began` is called when the run is about to write.
    """
    catalog.tables = lambda: MappingProxyType({str(toy): toy for toy in TABLES})
    table_asset_module._PHASES.setdefault("toys", "raw")

    @table_asset(table)
    def toys() -> DayRows:
        began()
        return rows

    server = BigQueryResource(
        **{"project": "p", "location": "US", "time_scale": time_scale, "slots_folder": str(slots_folder), **bigquery}
    )
    span = {
        "dagster/asset_partition_range_start": min(rows.days).isoformat(),
        "dagster/asset_partition_range_end": max(rows.days).isoformat(),
    }
    return dg.materialize(
        [toys],
        resources={"io_manager": bigquery_io_manager, "bigquery": server},
        tags={**span, **tags},
        raise_on_error=False,
        run_config={"loggers": {"console": {"config": {"log_level": "ERROR"}}}},
    )
