"""Runs that are killed in the middle of a write, and what must be true after each kill."""

import datetime as dt
import multiprocessing
import random
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nba_pipeline.bigquery.connection import Connection
from nba_pipeline.bigquery.reader import read
from nba_pipeline.bigquery.slots import FileSlots, Pacing
from nba_pipeline.frames import DayRows
from nba_pipeline.table import Table
from nba_pipeline_tests.support import toy_runs
from nba_pipeline_tests.support.toy import DAYS
from nba_pipeline_tests.support.toy_runs import APPENDED, INSERTED, TABLES, toys_of

# Slow enough for a kill to meet jobs that are under way.
TIME_SCALE = 20

# Processes are forked from one that has imported everything, so that a kill hits the write and not an import.
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["nba_pipeline_tests.support.toy_runs", "nba_pipeline.bigquery.writer"])


@dataclass
class Kills:
    """Kills runs against one local BigQuery, repeats each, and keeps what the tables must hold.

    `in_the_middle` counts the runs that were killed before they ended, `left_behind` those of them that had a job under
    way; `slowest_slot` is the longest time in seconds that a slot took to be free after a kill.
    """

    bigquery: Mapping[str, str]
    folder: Path
    random: random.Random
    rounds: int = 0
    in_the_middle: int = 0
    left_behind: int = 0
    slowest_slot: float = 0.0
    usual_seconds: float = 1.0
    expected: dict[str, dict[str, tuple[str, int]]] = field(default_factory=lambda: {str(t): {} for t in TABLES})

    def warm_up(self) -> None:
        """Starts the fork server, creates the tables, and learns how long a run writes."""
        for table in (*TABLES, *TABLES):
            self.usual_seconds = self._repeat(table, self._rows(DAYS))

    def round(self) -> None:
        """One kill at a random moment of a run's write, one repetition of the run, and the checks."""
        table = self.random.choice(TABLES)
        rows = self._rows(self.random.choice([DAYS[:1], DAYS[1:], DAYS]))
        process, began = self._start(table, rows)
        began.wait(60)
        process.join(self.random.uniform(0, self.usual_seconds))
        self.in_the_middle += process.is_alive()
        process.kill()
        process.join()
        self._measure_slot(table)
        self._repeat(table, rows)
        self.check(table)

    def check(self, table: Table) -> None:
        """The table holds what the writes so far make of it: nothing lost, nothing doubled."""
        connection = self._connection()
        rows = read(connection.reader, connection.project, table, DAYS[0], DAYS[-1])
        connection.close()
        found = sorted(zip(rows["id"], rows["source_object"], rows["version"], strict=True))
        wanted = self.expected[str(table)]
        assert found == sorted((key.partition("/")[0], source, version) for key, (source, version) in wanted.items())

    def staging_tables(self) -> list[dt.datetime | None]:
        """When each staging table that is left will expire."""
        connection = self._connection()
        try:
            left = [found for found in connection.client.list_tables("toys") if found.table_id.startswith("_staging")]
            return [connection.client.get_table(found).expires for found in left]
        finally:
            connection.close()

    def _rows(self, days: list[dt.date]) -> DayRows:
        self.rounds += 1
        return DayRows(toys_of(self.rounds, days), days)

    def _repeat(self, table: Table, rows: DayRows) -> float:
        """Runs a write to its end; returns the seconds it took."""
        process, began = self._start(table, rows)
        began.wait(60)
        started = time.monotonic()
        process.join(120)
        assert process.exitcode == 0
        self._expect(table, rows)
        return time.monotonic() - started

    def _expect(self, table: Table, rows: DayRows) -> None:
        held = self.expected[str(table)]
        for row in rows.frame.itertuples():
            key = f"{row.id}/{row.version}" if table is APPENDED else row.id
            if table is not INSERTED or key not in held:
                held[key] = (row.source_object, row.version)

    def _start(self, table: Table, rows: DayRows) -> tuple[multiprocessing.Process, threading.Event]:
        """A run in a process of its own, and the event of its being about to write."""
        began = _FORKS.Event()
        process = _FORKS.Process(target=_run, args=(dict(self.bigquery), self.folder, table.name, rows, began))
        process.start()
        return process, began

    def _measure_slot(self, table: Table) -> None:
        started = time.monotonic()
        with FileSlots(self.folder / "p", Pacing()).held(str(table)) as turn:
            self.slowest_slot = max(self.slowest_slot, time.monotonic() - started)
            self.left_behind += bool(turn.left_behind)

    def _connection(self) -> Connection:
        return Connection("p", "US", self.bigquery["url"], self.bigquery["read_address"])


def _run(bigquery: Mapping[str, str], folder: Path, name: str, rows: DayRows, began: threading.Event) -> None:
    table = next(table for table in TABLES if table.name == name)
    result = toy_runs.materialise(bigquery, folder, table, rows, time_scale=TIME_SCALE, began=began.set)
    raise SystemExit(0 if result.success else 1)
