"""The run-history sensor against a real instance and the local BigQuery: every run and table once, whatever crashes."""

import datetime as dt
import random
from functools import partial
from types import MappingProxyType

import dagster as dg
import pandas as pd
import pytest

from nba_pipeline import catalog, settings
from nba_pipeline.bigquery.reader import TableMissing, read
from nba_pipeline.defs import finished_runs
from nba_pipeline.defs.bigquery_resource import BigQueryResource
from nba_pipeline.defs.conflicts import conflict_spikes
from nba_pipeline.defs.run_history import run_history_sensor
from nba_pipeline.game_days import today
from nba_pipeline.listings import runs
from nba_pipeline.orchestration import run_history
from nba_pipeline.orchestration.conflicts import SPIKE
from nba_pipeline.predictions import player_prop_predictions, prediction_batches
from nba_pipeline_tests.support.quiet_console import SILENT
from nba_pipeline_tests.support.toy import TOY
from nba_pipeline_tests.support.toy_job import Figures

FIGURES = {
    "rows_written": 100,
    "bigquery_jobs": ["staging", "merge"],
    "dml_statements": 1,
    "seconds_waited": 3.0,
    "seconds_waited_for_slot": 1.5,
}
WEEK = dt.timedelta(days=7)


class Pipeline:
    """Toy runs, and ticks of the sensor that sees them, with its cursor kept as Dagster keeps it."""

    def __init__(self, instance, server, project, folder):
        self.instance, self.server, self.project = instance, server, project
        self.bigquery = BigQueryResource(
            project=project, location="US", time_scale=200, slots_folder=str(folder / "slots"), **server.addresses
        )
        self.cursor = None
        self.written = []

    def run(self, *names, broken=False, reruns=()):
        """A run of toy assets; the first of them fails where `broken`."""
        figures = {**FIGURES, "reruns": list(reruns)}

        def asset(name):
            @dg.asset(key=["toys", name])
            def toys():
                if broken and name == names[0]:
                    raise ValueError("boom [bold]")

            return toys

        result = dg.materialize(
            [asset(name) for name in names],
            instance=self.instance,
            resources={"io_manager": Figures(**figures)},
            raise_on_error=False,
            run_config=SILENT,
        )
        self.written += [(result.run_id, f"toys.{name}") for name in names]

    def predict(self, **figures):
        """A run of the points' predictions, which say these figures; without any it fails."""

        @dg.asset(key=str(player_prop_predictions.TABLE).split("."))
        def predictions():
            if not figures:
                raise ValueError("boom")
            return dg.Output(1, metadata=figures)

        resources = {"io_manager": Figures(**FIGURES, reruns=[])}
        dg.materialize(
            [predictions], instance=self.instance, resources=resources, raise_on_error=False, run_config=SILENT
        )

    def tick(self, crash=False):
        """One tick; after a crash its cursor is lost."""
        context = dg.build_sensor_context(
            instance=self.instance, cursor=self.cursor, resources={"bigquery": self.bigquery}
        )
        result = run_history_sensor(context)
        if not crash:
            self.cursor = result.cursor
        return result.skip_reason.skip_message

    def rows(self, table=run_history.TABLE):
        """The table's rows of runs that ended in the last week."""
        connection = self.bigquery.connect()
        try:
            return read(connection.reader, self.project, table, today() - WEEK, today())
        finally:
            connection.close()

    @property
    def loads(self):
        connection = self.bigquery.connect()
        try:
            return sum(job.job_type == "load" for job in connection.client.list_jobs())
        finally:
            connection.close()

    def last_runs(self, limit=20, **options):
        ports = settings.LocalPorts(self.server.port, self.server.read_port, 1, 1)
        current = settings.Settings("local", self.project, "US", "b", ports, settings.PROJECT_ROOT, 200)
        return runs.last_runs(current, limit, runs.Wanted(**options))


@pytest.fixture
def pipeline(server, request, tmp_path):
    with dg.DagsterInstance.ephemeral(tempdir=str(tmp_path)) as instance:
        yield Pipeline(instance, server, f"p-{abs(hash(request.node.name)) % 10**8}", tmp_path)


def test_runs_that_ended_are_written_in_one_load_and_a_tick_without_any_writes_nothing(pipeline):
    for _ in range(3):
        pipeline.run("bears", "cars")
    assert pipeline.tick() == "3 runs ended, 6 rows of history written"
    assert pipeline.loads == 1
    assert pipeline.tick() == "no run ended"
    assert pipeline.loads == 1


def test_a_tick_in_which_nothing_ever_ended_does_not_make_the_table(pipeline):
    assert pipeline.tick() == "no run ended"
    with pytest.raises(TableMissing):
        pipeline.rows()


def test_what_a_crash_had_left_written_is_not_written_again(pipeline):
    pipeline.run("bears")
    pipeline.tick(crash=True)
    pipeline.run("cars")
    assert pipeline.tick() == "2 runs ended, 1 rows of history written"


@pytest.mark.parametrize("seed", range(3))
def test_every_run_and_table_is_in_the_history_once_whatever_crashes_between_ticks(pipeline, monkeypatch, seed):
    monkeypatch.setattr(finished_runs, "next_runs", partial(finished_runs.next_runs, limit=2))
    chance = random.Random(seed)
    for _ in range(12):
        for _ in range(chance.choice([0, 1, 3])):
            pipeline.run(*chance.sample(["bears", "cars", "boats"], chance.randint(1, 3)), broken=chance.random() < 0.3)
        pipeline.tick(crash=chance.random() < 0.5)
    while pipeline.tick() != "no run ended":
        pass
    history = pipeline.rows()
    assert sorted(zip(history["run_id"], history["table_name"], strict=True)) == sorted(pipeline.written)


def test_a_cursor_that_is_reset_writes_nothing_twice(pipeline):
    pipeline.run("bears")
    pipeline.tick()
    pipeline.cursor = None
    assert pipeline.tick() == "1 runs ended, 0 rows of history written"


def test_a_write_that_fails_leaves_the_runs_to_the_next_tick(pipeline, server):
    pipeline.run("bears")
    server.faults.add("backend-error", count=50)
    with pytest.raises(Exception, match="backendError"):
        pipeline.tick()
    server.faults.clear()
    pipeline.tick()
    assert len(pipeline.rows()) == 1


def test_the_last_runs_are_listed_newest_first(pipeline):
    assert pipeline.last_runs().empty
    pipeline.run("bears", "cars")
    pipeline.run("boats", broken=True)
    pipeline.tick()
    assert pipeline.last_runs()["table_name"].tolist() == ["toys.boats", "toys.cars", "toys.bears"]
    assert pipeline.last_runs(limit=1)["table_name"].tolist() == ["toys.boats"]
    assert pipeline.last_runs(failed=True)["table_name"].tolist() == ["toys.boats"]
    assert pipeline.last_runs(table="bears")["table_name"].tolist() == ["toys.bears"]
    assert pipeline.last_runs(table="toys.bears")["table_name"].tolist() == ["toys.bears"]
    assert pipeline.last_runs(date=today() - WEEK).empty
    assert len(pipeline.last_runs(date=today())) == 3


def test_the_history_has_the_figures_that_the_write_left(pipeline):
    pipeline.run("bears", reruns=["Conflict", "Transient"])
    pipeline.tick()
    figures = ["rows_written", "bigquery_jobs", "dml_statements", "reruns", "seconds_waited"]
    assert pipeline.rows()[figures].iloc[0].tolist() == [100, 2, 1, 2, 4.5]


def test_each_batch_of_predictions_is_written_once_complete_with_what_it_did_or_failed_with_why(pipeline):
    pipeline.predict(players=10, predicted=8, systems="a, b")
    pipeline.tick(crash=True)
    pipeline.predict()
    pipeline.run("bears")
    pipeline.tick(crash=True)
    pipeline.tick()
    batches = pipeline.rows(prediction_batches.TABLE).sort_values("ended_at")
    assert batches["status"].tolist() == ["complete", "failed"]
    assert batches["reason"].tolist() == [pd.NA, "ValueError: boom"]
    assert batches["players"].tolist() == [10, pd.NA]
    assert (batches.iloc[0]["predicted"], batches.iloc[0]["systems"]) == (8, "a, b")


def test_a_spike_of_conflicts_holds_the_table_from_the_same_tick_on(pipeline, monkeypatch):
    monkeypatch.setattr(catalog, "tables", lambda: MappingProxyType({str(TOY): TOY}))
    pipeline.run(TOY.name, reruns=["Conflict"] * SPIKE)
    pipeline.tick(crash=True)
    pipeline.tick()
    assert list(conflict_spikes(pipeline.instance, dt.datetime.now(dt.UTC))) == [str(TOY)]


def test_the_sensor_is_on_by_default():
    assert run_history_sensor.default_status is dg.DefaultSensorStatus.RUNNING
