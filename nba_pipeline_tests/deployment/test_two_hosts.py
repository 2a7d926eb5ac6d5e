"""Two hosts, one Postgres, one queue: a host dies by kill -9 in the middle of its writes, and nothing is lost.

deploy/dagster.yaml is what all processes run on. Each host has a code server, its own folder of state and its own role
in Postgres, so that whose a slot is can be seen. There is one daemon, as Dagster wants it.
"""

import datetime as dt
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pandas as pd
import psycopg2
import pytest
import yaml
from sqlalchemy import make_url

from nba_pipeline.bigquery.reader import read
from nba_pipeline.defs.bigquery_resource import BigQueryResource
from nba_pipeline.defs.partitions import DAYS
from nba_pipeline.defs.run_history import run_history_sensor
from nba_pipeline.defs.table_asset import asset_key
from nba_pipeline.game_days import today
from nba_pipeline.orchestration import run_history
from nba_pipeline.settings import PROJECT_ROOT
from nba_pipeline.table import Table
from nba_pipeline_tests.support import run_hosts
from nba_pipeline_tests.support.backfilling import request_backfill
from nba_pipeline_tests.support.local_bigquery import LocalBigQuery, free_port, running_local_bigquery
from nba_pipeline_tests.support.postgres import query
from nba_pipeline_tests.support.toy_runs import TABLES, toys_of_days

# Slow enough for the kill to meet a job that is under way.
TIME_SCALE = 20
# Runs of two days: Dagster cuts a backfill at each day that is not asked for.
RUNS = 4
BACKFILLED = [dt.date(2024, 1, 1) + dt.timedelta(days=3 * run + day) for run in range(RUNS) for day in range(2)]
PASSWORD = "p@ss/canary"

# Sessions of the western host that have a table's slot with a job noted.
WRITING = """
SELECT pid FROM pg_stat_activity JOIN pg_locks USING (pid)
JOIN nba_write_slots ON application_name = 'write slot of ' || table_name
WHERE usename = 'west' AND locktype = 'advisory' AND granted AND record::json ->> 'job_id' <> ''
"""
SLOT_SESSIONS = "SELECT pid FROM pg_stat_activity WHERE usename = 'west' AND application_name LIKE 'write slot of %'"


@dataclass(frozen=True)
class Aftermath:
    """What is left when the backfill has ended: `slots_free_after` are the seconds from the kill of the western host
    to the end of its slots."""

    instance: dg.DagsterInstance
    bigquery: BigQueryResource
    database: str
    backfill_id: str
    slots_free_after: float
    logs: list[Path]

    @property
    def runs(self) -> list[dg.DagsterRun]:
        return list(self.instance.get_runs())

    @property
    def died(self) -> set[str]:
        """The runs that were under way on the host that was killed."""
        return {run.run_id for run in self.runs if run.status == dg.DagsterRunStatus.FAILURE}

    def rows(self, table: Table, first: dt.date, last: dt.date) -> pd.DataFrame:
        connection = self.bigquery.connect()
        try:
            return read(connection.reader, connection.project, table, first, last)
        finally:
            connection.close()


@pytest.fixture(scope="module")
def aftermath(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aftermath]:
    """The backfill on two hosts, one of which is killed; everything runs until the module's end."""
    folder = tmp_path_factory.mktemp("hosts")
    with ExitStack() as stack:
        server = stack.enter_context(running_local_bigquery(folder / "bigquery", time_scale=TIME_SCALE))
        ports = {"east": free_port(), "west": free_port()}
        environment = _environment(postgres_server, server, folder)
        _write_dagster_yaml(folder, list(ports.values()))
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        for name, value in environment.items():
            patch.setenv(name, value)

        def started(role: str, command: list[str]) -> run_hosts.Machine:
            query(postgres_server, f"CREATE ROLE {role} LOGIN SUPERUSER")
            own = {"DAGSTER_PG_USERNAME": role, "NBA_STATE_DIR": str(folder / role)}
            return stack.enter_context(run_hosts.machine(folder / f"{role}.log", command, {**environment, **own}))

        hosts = {name: started(name, run_hosts.code_server(port)) for name, port in ports.items()}
        instance = stack.enter_context(dg.DagsterInstance.from_config(str(folder)))
        assets = dg.Definitions([dg.AssetSpec(asset_key(table), partitions_def=DAYS) for table in TABLES])
        backfill_id = request_backfill(instance, "toys", list(map(str, TABLES)), BACKFILLED, assets)
        for port in ports.values():
            run_hosts.await_code_server(port)
        daemon = started("daemon", run_hosts.daemon(folder, ports["east"]))
        seconds = _kill_while_it_writes(hosts["west"], postgres_server)
        _await(lambda: instance.get_backfill(backfill_id).status.value not in ("REQUESTED", "FAILING"))
        bigquery = BigQueryResource(
            project="nba-local", location="US", time_scale=TIME_SCALE, slots_folder=str(folder), **server.addresses
        )
        logs = [machine.log for machine in (*hosts.values(), daemon)]
        yield Aftermath(instance, bigquery, postgres_server, backfill_id, seconds, logs)


def _environment(database: str, server: LocalBigQuery, folder: Path) -> dict[str, str]:
    url = make_url(database)
    return {
        "DAGSTER_HOME": str(folder),
        "DAGSTER_GRPC_TIMEOUT_SECONDS": "300",  # a busy machine is no finding
        "DAGSTER_PG_HOST": str(url.host),
        "DAGSTER_PG_PORT": str(url.port),
        "DAGSTER_PG_DB": str(url.database),
        "DAGSTER_PG_USERNAME": str(url.username),
        "DAGSTER_PG_PASSWORD": PASSWORD,
        "NBA_ENV": "local",
        "NBA_BIGQUERY_PORT": str(server.port),
        "NBA_BIGQUERY_READ_PORT": str(server.read_port),
        "NBA_TIME_SCALE": str(TIME_SCALE),
    }


def _write_dagster_yaml(folder: Path, ports: list[int]) -> None:
    """deploy/dagster.yaml with a launcher without Kubernetes, logs without Google, less patience, and a run a host."""
    instance = yaml.safe_load((PROJECT_ROOT / "deploy" / "dagster.yaml").read_text())
    instance["run_launcher"] = {"module": run_hosts.__name__, "class": "HostsLauncher", "config": {"ports": ports}}
    instance["compute_logs"] = {
        "module": "dagster._core.storage.noop_compute_log_manager",
        "class": "NoOpComputeLogManager",
    }
    instance["run_monitoring"]["poll_interval_seconds"] = 1
    instance["run_coordinator"]["config"]["max_concurrent_runs"] = len(ports)
    (folder / "dagster.yaml").write_text(yaml.safe_dump(instance))


def _kill_while_it_writes(host: run_hosts.Machine, database: str) -> float:
    """Kills the western host when one of its runs has a slot and a job; the seconds until it has no slot any more."""
    connection = psycopg2.connect(database)
    connection.autocommit = True
    with connection.cursor() as cursor:

        def found(statement: str) -> bool:
            cursor.execute(statement)
            return cursor.fetchone() is not None

        _await(lambda: found("SELECT 1 FROM pg_tables WHERE tablename = 'nba_write_slots'"), pause=0.2)
        _await(lambda: found(WRITING), pause=0.01)
        host.kill()
        killed = time.monotonic()
        _await(lambda: not found(SLOT_SESSIONS), pause=0.01)
    connection.close()
    return time.monotonic() - killed


def _await(condition: Callable[[], bool], pause: float = 0.5, seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"it did not come true within {seconds} s"
        time.sleep(pause)


def test_the_backfill_succeeds_although_a_host_died_in_the_middle(aftermath):
    assert aftermath.instance.get_backfill(aftermath.backfill_id).status.value == "COMPLETED_SUCCESS"
    wanted = {day.isoformat() for day in BACKFILLED}
    for table in TABLES:
        assert aftermath.instance.get_materialized_partitions(asset_key(table)) == wanted


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_no_row_is_lost_or_doubled(aftermath, table):
    rows = aftermath.rows(table, BACKFILLED[0], BACKFILLED[-1])
    found = Counter(zip(rows["id"], rows["source_object"], strict=True))
    wanted = toys_of_days(BACKFILLED)
    assert found == Counter(zip(wanted["id"], wanted["source_object"], strict=True))


def test_the_slots_of_the_dead_host_are_free_at_once(aftermath):
    assert aftermath.slots_free_after < 5


def test_the_runs_of_the_dead_host_are_launched_again_by_dagster_itself(aftermath):
    retried = {run.parent_run_id for run in aftermath.runs if run.status == dg.DagsterRunStatus.SUCCESS}
    assert aftermath.died
    assert aftermath.died <= retried
    assert sum(run.status == dg.DagsterRunStatus.SUCCESS for run in aftermath.runs) == RUNS


def test_history_says_that_they_died(aftermath):
    run_history_sensor(dg.build_sensor_context(aftermath.instance, resources={"bigquery": aftermath.bigquery}))
    history = aftermath.rows(run_history.TABLE, today() - dt.timedelta(days=1), today())
    assert set(history.loc[history["run_status"] == "died", "run_id"]) == aftermath.died
    assert len(history) == len(aftermath.runs) * len(TABLES)


def test_no_job_is_left_noted_as_under_way(aftermath):
    assert query(aftermath.database, "SELECT DISTINCT record::json ->> 'job_id' FROM nba_write_slots") == [("",)]


def test_the_password_of_postgres_stands_in_no_log_and_nowhere_in_dagsters_storage(aftermath):
    for log in aftermath.logs:
        assert "canary" not in log.read_text()
    for (table,) in query(aftermath.database, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
        assert query(aftermath.database, f"SELECT count(*) FROM {table} AS t WHERE t::text LIKE '%canary%'") == [(0,)]
