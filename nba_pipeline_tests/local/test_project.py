"""`doctor` and `tables` on a project as if it were one of Google's, by way of the endpoints of local servers."""

import shutil
import socket
import time
from types import MappingProxyType

import dagster as dg
import pytest
from dagster._daemon.types import DaemonHeartbeat
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from nba_pipeline import catalog
from nba_pipeline.bigquery import schema
from nba_pipeline.bigquery.usage import usage
from nba_pipeline.doctor import account
from nba_pipeline.frames import DayRows
from nba_pipeline.table import Table, nullable
from nba_pipeline_tests.support.command_line import CommandLine
from nba_pipeline_tests.support.google_account import EMAIL, running_google_account
from nba_pipeline_tests.support.running_stack import local_environment
from nba_pipeline_tests.support.toy import DAYS, TOY, toys
from nba_pipeline_tests.support.writing import writer

NEEDED = {name for need in (*account.NEEDS, account.BUCKET_NEED) for name in need.permissions}
OTHER = Table("others", "other", "Of another dataset.", TOY.columns, TOY.key, partition_by="day", cluster_by=("id",))


@pytest.fixture(autouse=True)
def declared(monkeypatch):
    tables = {str(table): table for table in (TOY, OTHER)}
    monkeypatch.setattr(catalog, "tables", lambda: MappingProxyType(tables))


@pytest.fixture(scope="module")
def running_account(tmp_path_factory):
    with running_google_account() as found:
        found.write_key(tmp_path_factory.mktemp("key") / "key.json")
        yield found


@pytest.fixture
def google(running_account, monkeypatch):
    """An account with all that is needed, and an object in its bucket."""
    running_account.granted, running_account.objects = NEEDED, ["a.json"]
    monkeypatch.setattr(account, "RESOURCE_MANAGER", running_account.url)
    return running_account


@pytest.fixture(scope="module")
def dagster_home(tmp_path_factory):
    """A folder with an instance whose daemons are alive."""
    home = tmp_path_factory.mktemp("dagster")
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    with dg.DagsterInstance.from_config(str(home)) as instance:
        for name in instance.get_required_daemon_types():
            instance.add_daemon_heartbeat(DaemonHeartbeat(time.time(), name, "1", []))
    return home


@pytest.fixture
def command(server, project, google, dagster_home, tmp_path):
    return CommandLine(
        {
            **{"NBA_ENV": "gcp", "NBA_PROJECT": project, "NBA_BUCKET": "bucket", "NBA_STATE_DIR": str(tmp_path)},
            "GOOGLE_APPLICATION_CREDENTIALS": str(google.key_file),
            "BIGQUERY_EMULATOR_HOST": f"http://127.0.0.1:{server.port}",
            "STORAGE_EMULATOR_HOST": google.url,
            "DAGSTER_HOME": str(dagster_home),
        }
    )


def findings(command, level: str, code: int = 0) -> dict[str, str]:
    """What the doctor found at a level, by check, with the remedies."""
    found: dict[str, str] = {}
    for one in command.json("doctor", code=code):
        if one["level"] == level:
            found[one["check"]] = f"{found.get(one['check'], '')}{one['found']} -> {one['remedy']}\n"
    return found


def change(connection, table: Table, **columns: str) -> None:
    """The live table of a declaration with columns of other types."""
    live = bigquery.Table(
        f"{connection.project}.{table}",
        [bigquery.SchemaField(f.name, columns.get(f.name, f.field_type), f.mode) for f in schema.fields(table)],
    )
    live.time_partitioning = bigquery.TimePartitioning(field=table.day_column)
    connection.client.create_dataset(table.dataset)
    connection.client.create_table(live)


def test_an_empty_project_is_told_what_the_first_write_makes(command):
    assert findings(command, "fail") == {}
    warned = findings(command, "warn")
    assert "missing: toys, others -> the first write makes them in US" in warned["datasets"]
    assert "2 missing: toys.toy, others.other -> the next write makes it right" in warned["tables"]
    assert "let dagster.yaml name a Postgres before a second host runs anything" in warned["Dagster"]


def test_a_project_that_is_as_it_should_be_has_nothing_but_good_findings(command, tmp_path):
    command.says("tables", "create", "--yes")
    well = findings(command, "ok")
    assert f"application default credentials of {EMAIL}" in well["credentials"]
    assert "2 of 2 are as declared" in well["tables"]
    assert "2 lie in US" in well["datasets"]
    assert "DML on the busiest table: 0 of 2 statements run, 0 of 20 wait" in well["limits"]
    assert str(tmp_path / "write-slots") in well["write slots"]
    assert set(findings(command, "warn")) == {"Dagster"}
    assert {"Python", "bucket", "BigQuery", "permissions"} <= set(well)


@pytest.mark.parametrize(
    ("permission", "level", "remedy"),
    [
        ("bigquery.jobs.create", "fail", "grant it the role of deploy/roles/project.yaml on project p"),
        ("bigquery.readsessions.getData", "fail", "grant it the role of deploy/roles/project.yaml on project p"),
        ("bigquery.tables.updateData", "warn", "granted on each dataset it is enough"),
        ("bigquery.datasets.create", "warn", "somebody who may can run `nba-pipeline tables create`"),
    ],
)
def test_a_permission_that_is_missing_is_named_with_the_role_that_has_it(google, permission, level, remedy):
    google.granted = NEEDED - {permission}
    [told] = [one for one in account.permissions(AnonymousCredentials(), "p") if one.level != "ok"]
    assert (told.level, permission in told.found, remedy in told.remedy) == (level, True, True)


def test_an_account_that_may_do_everything_is_warned_of(google):
    google.granted = {*NEEDED, "resourcemanager.projects.setIamPolicy"}
    [told] = [one for one in account.permissions(AnonymousCredentials(), "p") if one.level != "ok"]
    assert "this account may change who may do what" in told.found


def test_a_permission_that_is_missing_in_the_bucket_fails(command, google):
    google.granted = NEEDED - {"storage.objects.create"}
    told = findings(command, "fail", code=1)["permissions"]
    assert "storage.objects.create -> grant it the role of deploy/roles/bucket.yaml on bucket bucket" in told


def test_without_credentials_it_says_how_to_get_some_and_looks_at_what_needs_none(command, tmp_path):
    missing = {**command.environment, "GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path / "nowhere.json")}
    told = findings(CommandLine(missing), "fail", code=1)
    assert list(told) == ["credentials"]
    assert "gcloud auth application-default login" in told["credentials"]
    assert "write slots" in findings(CommandLine(missing), "ok", code=1)


def test_without_a_dagster_home_it_says_what_to_name(command):
    nameless = {name: value for name, value in command.environment.items() if name != "DAGSTER_HOME"}
    assert "name the folder with the deployment's dagster.yaml" in findings(CommandLine(nameless), "fail", 1)["Dagster"]


def test_daemons_that_are_silent_are_named(command, dagster_home, tmp_path):
    home = shutil.copytree(dagster_home, tmp_path / "silent")
    with dg.DagsterInstance.from_config(str(home)) as instance:
        instance.wipe_daemon_heartbeats()
    silent = CommandLine({**command.environment, "DAGSTER_HOME": str(home)})
    assert "daemons that do not beat: " in findings(silent, "fail", code=1)["Dagster"]


def test_a_bucket_without_objects_is_warned_of(command, google):
    google.objects = []
    assert "bucket holds no object -> check NBA_BUCKET" in findings(command, "warn")["bucket"]


def test_datasets_in_another_location_fail_and_nothing_is_made_there(command, connection):
    dataset = bigquery.Dataset(f"{connection.project}.toys")
    dataset.location = "europe-west1"
    connection.client.create_dataset(dataset)
    assert "toys lies in europe-west1" in findings(command, "fail", code=1)["datasets"]
    assert "set NBA_LOCATION to where the data lies" in command.says("tables", "create", "--yes", code=1)
    assert list(connection.client.list_tables("toys")) == []


def test_a_table_of_another_type_fails_and_is_left_as_it_is(command, connection):
    change(connection, TOY, name="INT64")
    told = "name is INTEGER NULLABLE, declared STRING NULLABLE"
    assert told in findings(command, "fail", code=1)["tables"]
    said = command.says("tables", "create", "--yes", code=1)
    assert "create dataset others in US" in said
    assert told in said
    assert "Change the declaration back" in said
    differs = {"table": "toys.toy", "status": "differs", "differences": [told, NO_FILTER]}
    same = {"table": "others.other", "status": "same", "differences": []}
    assert command.json("tables", "diff", code=1) == [differs, same]


NO_FILTER = "a partition filter is not required, declared is otherwise"


def test_what_no_write_minds_is_warned_of(command, connection):
    change(connection, OTHER)
    told = findings(command, "warn")["tables"]
    assert "others.other: it is clustered by nothing, declared is id" in told
    assert NO_FILTER in told


def test_tables_are_made_once_it_was_said_what_will_be(command, connection):
    steps = command.says("tables", "create", "--dry-run").splitlines()
    assert steps == [
        "create dataset toys in US",
        "create dataset others in US",
        "create table toys.toy: 7 columns, partitioned by day",
        "create table others.other: 7 columns, partitioned by day, clustered by id",
        f"Changes to make in {connection.project}: 4.",
    ]
    assert list(connection.client.list_datasets()) == []
    assert "Aborted" in command.says("tables", "create", code=1)  # nobody is there to say yes
    assert list(connection.client.list_datasets()) == []
    assert command.says("tables", "create", "--yes").splitlines() == [*steps, "Done."]
    assert command.says("tables", "create", "--yes") == f"Changes to make in {connection.project}: 0.\n"
    assert "All 2 tables" in command.says("tables", "diff")
    assert connection.client.get_dataset("others").location == "US"


def test_a_column_that_was_added_to_a_declaration_is_added_to_the_table(command, connection, monkeypatch):
    command.says("tables", "create", "--yes")
    columns = (*TOY.columns, nullable("extra", "STRING", "more"))
    grown = Table("toys", "toy", "Toys.", columns, TOY.key, partition_by="day")
    monkeypatch.setattr(catalog, "tables", lambda: MappingProxyType({str(grown): grown}))
    assert "1 incomplete: toys.toy" in findings(command, "warn")["tables"]
    assert "column extra is missing" in command.says("tables", "diff", code=1)
    assert "add to toys.toy: extra" in command.says("tables", "create", "--yes")
    assert connection.client.get_table("toys.toy").schema[-1].name == "extra"


def test_partitions_of_months_differ_from_those_of_days(connection):
    live = bigquery.Table(f"{connection.project}.toys.monthly", schema.fields(TOY))
    live.time_partitioning = bigquery.TimePartitioning(field="day", type_="MONTH", expiration_ms=86_400_000)
    live.require_partition_filter = True
    found = schema.drift(TOY, live)
    assert found.refused == ("it is partitioned by MONTH of day, declared is day",)
    assert found.tolerated == ("its partitions expire after 1 days",)


def test_what_is_used_of_limits_is_counted_by_table(server, connection):
    for number in range(2):
        writer(connection, f"run {number}").write(TOY, DayRows(toys(DAYS[0]), DAYS[:1]))
    server.faults.add("slow", jobs="^slow-", seconds=2_000)
    statement = f"UPDATE `{TOY}` SET name = 'x' WHERE day = '{DAYS[0]}'"
    try:
        jobs = [connection.client.query(statement, job_id_prefix="slow-") for _ in range(3)]
        deadline = time.monotonic() + 20
        while (found := usage(connection.client)[str(TOY)]).running < 2:
            assert time.monotonic() < deadline
        assert (found.running, found.queued, found.loads) == (2, 1, 2)
    finally:
        server.faults.clear()
        for job in jobs:
            job.cancel()


def test_a_stack_that_does_not_run_is_told_with_its_ports(tmp_path):
    local = CommandLine(local_environment(tmp_path))
    assert "`make dev` starts it" in findings(local, "warn")["local stack"]
    assert f"port {local.environment['NBA_UI_PORT']} is free" in findings(local, "ok")["dagster"]


def test_a_taken_port_fails_with_the_variable_that_moves_it(tmp_path):
    environment = local_environment(tmp_path)
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", int(environment["NBA_BUCKET_PORT"])))
        holder.listen()
        told = findings(CommandLine(environment), "fail", code=1)["bucket"]
    assert f"NBA_BUCKET_PORT={int(environment['NBA_BUCKET_PORT']) + 1} make demo" in told
