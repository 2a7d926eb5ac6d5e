"""Finished runs as Dagster records them: real runs, one of them in a process that is killed."""

import datetime as dt
import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.events import DagsterEvent, EngineEventData
from dagster._daemon.monitoring.run_monitoring import check_run_timeout
from dagster._utils.error import serializable_error_info_from_exc_info

from nba_pipeline.defs import finished_runs
from nba_pipeline.orchestration.run_cursor import Cursor
from nba_pipeline.orchestration.run_history import FinishedRun
from nba_pipeline_tests.support import toy_job
from nba_pipeline_tests.support.quiet_console import SILENT

IMMEDIATE = "run_coordinator: {module: dagster._core.run_coordinator, class: DefaultRunCoordinator}"
FIGURES = toy_job.Figures(rows_written=7, reruns=["Conflict"])


@pytest.fixture
def instance(tmp_path):
    (tmp_path / "dagster.yaml").write_text(f"telemetry: {{enabled: false}}\n{IMMEDIATE}\n")
    with dg.DagsterInstance.from_config(str(tmp_path)) as found:
        yield found


def materialise(instance, *assets, **tags):
    resources = {"io_manager": FIGURES}
    return dg.materialize(
        assets, instance=instance, resources=resources, tags=tags, raise_on_error=False, run_config=SILENT
    )


def ended(instance, limit=10) -> list[FinishedRun]:
    return finished_runs.next_runs(instance, Cursor(), dt.datetime.now(dt.UTC), limit=limit)[0]


def steps(run: FinishedRun) -> dict[str, str]:
    return {name: run.status_of(step) for step in run.steps for name in step.writes}


@dg.asset(key=["toys", "bears"])
def bears():
    return 7


@dg.asset(key=["toys", "broken"], ins={"x": dg.AssetIn(["toys", "bears"])})
def broken(x):
    raise ValueError("boom\nand more")


@dg.asset(key=["toys", "after"], ins={"x": dg.AssetIn(["toys", "broken"])})
def after(x):
    pass


def test_a_step_has_the_figures_its_write_left_and_its_own_times(instance):
    materialise(instance, bears)
    [run] = ended(instance)
    [step] = run.steps
    assert {name: step.writes["toys.bears"][name] for name in ("rows_written", "reruns")} == {
        "rows_written": 7,
        "reruns": ["Conflict"],
    }
    assert step.started_at < step.writes["toys.bears"]["handled_at"] < step.ended_at <= run.ended_at


def test_of_a_run_that_failed_it_is_known_which_step_did_and_which_never_ran(instance):
    materialise(instance, bears, broken, after)
    [run] = ended(instance)
    assert run.status == "failed"
    assert steps(run) == {"toys.bears": "succeeded", "toys.broken": "failed", "toys.after": "skipped"}
    assert {step.key: run.error_of(step) for step in run.steps} == {
        "toys__bears": None,
        "toys__broken": "ValueError: boom",
        "toys__after": "not run, because toys.broken failed",
    }


def test_a_write_that_gave_up_is_known_by_the_name_of_its_error(instance):
    class Conflict(RuntimeError):
        pass

    @dg.asset(key=["toys", "contested"])
    def contested():
        try:
            raise Conflict("two changes met")
        except Conflict as error:
            raise dg.RetryRequested(max_retries=1) from error

    materialise(instance, contested)
    [run] = ended(instance)
    [step] = run.steps
    assert [name for name, _ in step.given_up].count("Conflict") == 2
    assert step.error.endswith("Conflict: two changes met")


def test_a_run_that_was_retried_in_part_was_to_write_only_what_it_took_up(instance):
    parent = materialise(instance, bears, broken)
    job = dg.Definitions(
        assets=[bears, broken], resources={"io_manager": FIGURES}
    ).resolve_implicit_global_asset_job_def()
    job.execute_in_process(instance=instance, op_selection=["toys__bears"], run_config=SILENT)
    assert parent.run_id in {run.run_id for run in ended(instance)}
    assert [set(steps(run)) for run in ended(instance)] == [{"toys.bears", "toys.broken"}, {"toys.bears"}]


def test_a_run_that_never_got_a_process_failed_with_what_the_launch_said(instance):
    run = instance.create_run_for_job(dg.Definitions(assets=[bears]).resolve_implicit_global_asset_job_def())
    try:
        raise OSError("no such server")
    except OSError:
        instance.report_engine_event(
            "Caught an error launching the run",
            run,
            EngineEventData.engine_error(serializable_error_info_from_exc_info(sys.exc_info())),
        )
    instance.report_run_failed(run)
    [found] = ended(instance)
    assert (found.status, found.error) == ("failed", "Caught an error launching the run")


def test_a_run_whose_host_is_gone_died_when_its_time_is_up(instance):
    run = instance.create_run_for_job(dg.Definitions(assets=[bears]).resolve_implicit_global_asset_job_def())
    started = DagsterEvent(dg.DagsterEventType.RUN_START.value, run.job_name)
    instance.report_dagster_event(started, run.run_id)
    check_run_timeout(instance, instance.get_run_record_by_id(run.run_id), logging.getLogger("monitoring"), 1e-6)
    [found] = ended(instance)
    assert found.status == "died"
    assert "forcibly marked as failed" in found.error


def test_runs_come_in_the_order_of_their_ends_and_no_more_than_asked_for(instance):
    for _ in range(3):
        materialise(instance, bears)
    everything, cursor = finished_runs.next_runs(instance, Cursor(), dt.datetime.now(dt.UTC))
    assert [run.run_id for run in ended(instance, limit=2)] == [run.run_id for run in everything[:2]]
    assert everything == sorted(everything, key=lambda run: run.ended_at)
    assert finished_runs.next_runs(instance, cursor, dt.datetime.now(dt.UTC))[0] == []


@pytest.mark.parametrize(
    ("ended_by", "said"),
    [
        (signal.SIGKILL, "was terminated by signal 9 (SIGKILL)"),
        (signal.SIGTERM, "DagsterExecutionInterruptedError"),
    ],
)
def test_a_run_whose_process_was_killed_died_and_what_it_had_written_is_known(instance, tmp_path, ended_by, said):
    with launched(tmp_path):
        os.kill(int(awaited(lambda: read(tmp_path / "pid"))), ended_by)
        [run] = awaited(lambda: ended(instance))
    assert run.status == "died"
    assert steps(run) == {"toys.written": "succeeded", "toys.under_way": "died", "toys.waiting": "died"}
    assert said in run.error


def launched(home: Path) -> subprocess.Popen:
    """Dagster's own launch of a run, whose code server reports how the run's process ends."""
    command = [sys.executable, "-m", "dagster", "job", "launch", "-f", toy_job.__file__, "-j", "toys"]
    environment = {**os.environ, "DAGSTER_HOME": str(home)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def awaited(look):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.1)
    raise AssertionError("it did not come")
