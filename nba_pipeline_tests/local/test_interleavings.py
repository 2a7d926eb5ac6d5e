"""Writers, readers and faults in any order: no reader sees a part of a write, no row is lost or doubled."""

import datetime as dt
import itertools
import tempfile
import threading
import uuid
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from nba_pipeline.bigquery.connection import Connection
from nba_pipeline.bigquery.reader import read
from nba_pipeline.bigquery.slots import FileSlots, Pacing
from nba_pipeline.bigquery.writer import Writer
from nba_pipeline.frames import DayRows
from nba_pipeline_tests.support.local_bigquery import running_local_bigquery
from nba_pipeline_tests.support.toy import DAYS
from nba_pipeline_tests.support.toy_runs import APPENDED, INSERTED, REPLACED, TABLES, TOYS_A_DAY, UPSERTED, toys_of

TIME_SCALE = 100
# Each passes well within the budget of reruns that its kind of error has.
FAULTS = ("lost-answer", "unavailable", "backend-error", "job-death", "slow")

some_days = st.sets(st.sampled_from(DAYS), min_size=1).map(sorted)


class Interleavings(RuleBasedStateMachine):
    """Writes start in threads of their own and overlap with whatever comes next."""

    server = None  # set by the test

    @initialize()
    def open(self) -> None:
        self.project = f"p-{uuid.uuid4().hex[:12]}"
        self.folder = Path(tempfile.mkdtemp())
        self.connection = self.server.connect(self.project)
        self.versions = itertools.count(1)
        self.writes: dict[str, list[tuple[int, list[dt.date]]]] = {str(table): [] for table in TABLES}
        self.threads: list[threading.Thread] = []
        self.errors: list[Exception] = []
        for table in TABLES:
            self._write(table, 0, DAYS)

    @rule(table=st.sampled_from(TABLES), days=some_days)
    def start_a_write(self, table, days) -> None:
        arguments = (table, next(self.versions), days)
        self.threads.append(threading.Thread(target=self._try_to_write, args=arguments))
        self.threads[-1].start()

    @rule(table=st.sampled_from([APPENDED, UPSERTED, INSERTED]), days=some_days)
    def start_an_older_write_again(self, table, days) -> None:
        """The same input once more, as a repeated run or a sensor and a backfill bring it."""
        arguments = (table, 0, days)
        self.threads.append(threading.Thread(target=self._try_to_write, args=arguments))
        self.threads[-1].start()

    @rule(fault=st.sampled_from(FAULTS), count=st.integers(1, 2))
    def break_something(self, fault, count) -> None:
        self.server.faults.add(fault, count=count, seconds=5.0 if fault == "slow" else None)

    @precondition(lambda self: self.threads)
    @rule()
    def await_the_oldest_write(self) -> None:
        self.threads.pop(0).join(120)

    @invariant()
    def a_reader_sees_each_day_as_one_write_left_it(self) -> None:
        rows = self._read(REPLACED)
        whole = rows.groupby(rows["day"].dt.date)["version"].agg(["size", "nunique"])
        assert whole["size"].to_dict() == dict.fromkeys(DAYS, TOYS_A_DAY)
        assert set(whole["nunique"]) == {1}

    @invariant()
    def an_input_is_there_whole_and_once_or_not_at_all(self) -> None:
        rows = self._read(APPENDED)
        counts = rows.groupby(["source_object", "id"]).size()
        assert set(counts) == {1}
        by_input = rows.groupby("source_object").size()
        assert set(by_input % TOYS_A_DAY) == {0}

    @invariant()
    def a_key_stands_once(self) -> None:
        for table in (UPSERTED, INSERTED):
            rows = self._read(table)
            assert rows["id"].is_unique
            assert len(rows) == TOYS_A_DAY * len(DAYS)

    def teardown(self) -> None:
        for thread in self.threads:
            thread.join(120)
        self.server.faults.clear()
        assert self.errors == []
        self._check_the_end()
        self.connection.close()

    def _check_the_end(self) -> None:
        upserted = self._read(UPSERTED)
        newest = {day: max(v for v, days in self.writes[str(UPSERTED)] if day in days) for day in DAYS}
        assert upserted.groupby(upserted["day"].dt.date)["version"].agg(set).to_dict() == {
            day: {version} for day, version in newest.items()
        }
        assert set(self._read(INSERTED)["version"]) == {0}
        appended = self._read(APPENDED)
        expected = {(version, day) for version, days in self.writes[str(APPENDED)] for day in days}
        assert set(zip(appended["version"], appended["day"].dt.date, strict=True)) == expected
        replaced = self._read(REPLACED)
        assert all(
            any(version == row.version and row.day.date() in days for version, days in self.writes[str(REPLACED)])
            for row in replaced.drop_duplicates("day").itertuples()
        )

    def _try_to_write(self, table, version, days) -> None:
        try:
            self._write(table, version, days)
        except Exception as error:  # told in the main thread
            self.errors.append(error)

    def _write(self, table, version, days) -> None:
        self.writes[str(table)].append((version, days))
        connection: Connection = self.server.connect(self.project)
        slots = FileSlots(self.folder, Pacing(seconds=10 / TIME_SCALE))
        writer = Writer(connection, slots, uuid.uuid4().hex, {}, TIME_SCALE)
        writer.write(table, DayRows(toys_of(version, days), days))
        connection.close()

    def _read(self, table):
        return read(self.connection.reader, self.project, table, DAYS[0], DAYS[-1])


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running_local_bigquery(tmp_path_factory.mktemp("interleavings"), time_scale=TIME_SCALE) as found:
        yield found


def test_any_interleaving_of_writers_readers_and_faults_is_whole(server):
    from hypothesis.stateful import run_state_machine_as_test

    Interleavings.server = server
    run_state_machine_as_test(
        Interleavings,
        settings=settings(
            max_examples=12, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
