"""A code location of toy tables, one of each strategy, for code servers of tests; it is never imported by a test.

BigQuery is what the environment names, through the real resource and IO manager.
"""

import datetime as dt
from types import MappingProxyType

import dagster as dg

from nba_pipeline import catalog, settings
from nba_pipeline.defs import table_asset as table_asset_module
from nba_pipeline.defs.bigquery_resource import BigQueryResource
from nba_pipeline.defs.io_manager import bigquery_io_manager
from nba_pipeline.frames import DayRows
from nba_pipeline.table import Table
from nba_pipeline_tests.support.toy_runs import TABLES, toys_of_days

catalog.tables = lambda: MappingProxyType({str(table): table for table in TABLES})
table_asset_module._PHASES["toys"] = "raw"


def _asset(table: Table) -> dg.AssetsDefinition:
    @table_asset_module.table_asset(table)
    def toys(context: dg.AssetExecutionContext) -> DayRows:
        days: list[dt.date] = table_asset_module.chunk_days(context)
        return DayRows(toys_of_days(days), days)

    return toys


defs = dg.Definitions(
    assets=[_asset(table) for table in TABLES],
    resources={"io_manager": bigquery_io_manager, "bigquery": BigQueryResource.of(settings.load())},
    executor=dg.in_process_executor,
)
