"""Rates and daily quotas per table and dataset, counted in memory over sliding windows of BigQuery's time.

They belong to a table's name, so a table that is dropped and made again keeps what it spent. A request that is refused
for its rate spends nothing, except a load, whose failures count towards the day's quota.
"""

import threading
from collections.abc import Callable

from nba_pipeline.bigquery import limits
from nba_pipeline.local.bigquery.catalog import Catalog, TableId
from nba_pipeline.local.bigquery.clock import Clock
from nba_pipeline.local.bigquery.errors import ApiError, quota_exceeded, rate_exceeded
from nba_pipeline.local.bigquery.latency import Kind
from nba_pipeline.local.bigquery.limits import Rules, Window
from nba_pipeline.local.bigquery.partitions import partitioning

_DML = ("INSERT", "MUTATE", "TRUNCATE")
_WRITES = ("LOAD", "COPY", "QUERY")


class Quotas:
    """What every table and dataset may still do."""

    def __init__(self, rules: Rules, clock: Clock, catalog: Catalog) -> None:
        self._rules, self._clock, self._catalog = rules, clock, catalog
        self._lock = threading.Lock()
        self._windows: dict[tuple[str, TableId], Window] = {}

    def take(self, kind: Kind, table: TableId) -> None:
        """Takes what a statement, job or call of this kind costs before it begins; raises where that is too much.

        The table of a SCHEMA is its dataset: see `dataset_key`.
        """
        with self._lock:
            if kind == "SCHEMA":
                self._take_dataset_update(table)
            elif kind in _DML:
                self._take_dml(table)
            elif kind in (*_WRITES, "DDL"):
                self._take_table_update(kind, table)

    def take_partitions(self, kind: Kind, table: TableId, count: int) -> None:
        """Takes a job's changes of partitions, which are known when it commits; raises where they are too many."""
        if kind not in _WRITES or not self._is_partitioned(table):
            return
        with self._lock:
            window = self._window("partition-quota", table, limits.PARTITION_CHANGES_PER_DAY, limits.DAY)
            self._spend("partition-quota", window, _partition_quota, count)

    def _take_dml(self, table: TableId) -> None:
        window = self._window("dml-rate", table, limits.DML_RATE, limits.DML_RATE_SECONDS)
        self._spend("dml-rate", window, _dml_rate)
        self._updates(table).spend(self._clock.now())  # counts as an update, is not subject to their rate

    def _take_table_update(self, kind: Kind, table: TableId) -> None:
        if kind in _WRITES and not self._is_partitioned(table):
            window = self._window("load-quota", table, limits.LOADS_PER_DAY, limits.DAY)
            self._spend("load-quota", window, _load_quota)
        self._spend("table-updates", self._updates(table), _table_rate)

    def _take_dataset_update(self, dataset: TableId) -> None:
        window = self._window("dataset-updates", dataset, limits.DATASET_UPDATES, limits.DATASET_UPDATE_SECONDS)
        self._spend("dataset-updates", window, _dataset_rate)

    def _updates(self, table: TableId) -> Window:
        return self._window("table-updates", table, limits.TABLE_UPDATES, limits.TABLE_UPDATE_SECONDS)

    def _spend(self, name: str, window: Window, refusal: Callable[[], ApiError], amount: int = 1) -> None:
        now = self._clock.now()
        if not window.has_room(now, amount) and self._rules.enforce(name):
            raise refusal()
        window.spend(now, amount)

    def _window(self, name: str, table: TableId, limit: int, seconds: float) -> Window:
        return self._windows.setdefault((name, table), Window(limit, seconds))

    def _is_partitioned(self, table: TableId) -> bool:
        return self._catalog.has(table) and partitioning(self._catalog.table(table)) is not None


def dataset_key(project: str, dataset: str) -> TableId:
    """A dataset where a table is asked for: no table has an empty name."""
    return TableId(project, dataset, "")


def _table_rate() -> ApiError:
    return rate_exceeded("too many table update operations for this table", "table.write")


def _dml_rate() -> ApiError:
    # The only text that users quote, whichever the statement; the documentation has none.
    return rate_exceeded("too many table dml insert operations for this table", "table.write")


def _dataset_rate() -> ApiError:
    return rate_exceeded("too many dataset metadata update operations for this dataset")


def _load_quota() -> ApiError:
    return quota_exceeded("imports or query appends per table", "load_job_per_table.long")


def _partition_quota() -> ApiError:
    what = "Number of partition modifications to a column partitioned table"
    return quota_exceeded(what, "partition_modifications_per_column_partitioned_table.long")
