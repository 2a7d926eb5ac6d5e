"""`doctor` and `tables` on a project as if it were one of Google's, whose names lead to local servers."""

import shutil
import socket
import time
from types import MappingProxyType

import dagster as dg
import pytest
from dagster._daemon.types import DaemonHeartbeat
from google.cloud import bigquery

from nba_pipeline import catalog
from nba_pipeline.bigquery import permissions, schema
from nba_pipeline.bigquery.usage import usage
from nba_pipeline.frames import DayRows
from nba_pipeline.table import Table, nullable
from nba_pipeline_tests.support.command_line import CommandLine
from nba_pipeline_tests.support.google_account import running_google_account
from nba_pipeline_tests.support.google_endpoints import ACCOUNT, BIGQUERY, STORAGE, google_endpoints
from nba_pipeline_tests.support.running_stack import local_environment
from nba_pipeline_tests.support.toy import DAYS, TOY, toys
from nba_pipeline_tests.support.writing import writer

OTHER = Table("others", "other", "Of another dataset.", TOY.columns, TOY.key, partition_by="day", cluster_by=("id",))


@pytest.fixture(autouse=True)
def declared(monkeypatch):
    tables = {str(table): table for table in (TOY, OTHER)}
    monkeypatch.setattr(catalog, "tables", lambda: MappingProxyType(tables))


@pytest.fixture(scope="module")
def endpoints(server, tmp_path_factory):
    """Google's host names, answered by a toy account in front of the local BigQuery."""
    with running_google_account(f"127.0.0.1:{server.port}") as account:
        names = (BIGQUERY, STORAGE, "cloudresourcemanager.googleapis.com", "iamcredentials.googleapis.com")
        hosts = dict.fromkeys(names, account.address)
        with google_endpoints(tmp_path_factory.mktemp("google"), hosts) as found:
            yield account, found.environment


@pytest.fixture
def google(endpoints):
    """An account with all that is needed where it is needed, and an object in its bucket."""
    account, _ = endpoints
    account.granted = {on: set(permissions.names(on)) for on in ("project", "dataset", "bucket")}
    account.objects = ["a.json"]
    return account


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
def command(project, google, endpoints, dagster_home, tmp_path):
    return CommandLine(
        {
            **{"NBA_ENV": "gcp", "NBA_PROJECT": project, "NBA_BUCKET": "bucket", "NBA_STATE_DIR": str(tmp_path)},
            **{"DAGSTER_HOME": str(dagster_home), **endpoints[1]},
        }
    )


class Examination:
    """What the doctor found: by level and check, what there is and what to do."""

    def __init__(self, command: CommandLine, code: int = 0):
        self.ok, self.warn, self.fail = {}, {}, {}
        for one in command.json("doctor", code=code):
            level = getattr(self, one["level"])
            level[one["check"]] = f"{level.get(one['check'], '')}{one['found']} -> {one['remedy']}\n"


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
    warned = Examination(command).warn
    makes = "`nba-pipeline tables create` makes them in US, as somebody who has bigquery.datasets.create"
    assert f"missing: toys, others -> {makes}" in warned["datasets"]
    assert "2 missing: toys.toy, others.other -> the next write makes it right" in warned["tables"]
    assert "let dagster.yaml name a Postgres before a second host runs anything" in warned["Dagster"]


def test_a_project_that_is_as_it_should_be_has_nothing_but_good_findings(command, tmp_path):
    command.says("tables", "create", "--yes")
    found = Examination(command)
    well = found.ok
    assert f"application default credentials of {ACCOUNT}" in well["credentials"]
    assert "2 of 2 are as declared" in well["tables"]
    assert "2 lie in US" in well["datasets"]
    assert "DML on the busiest table: 0 of 2 statements run, 0 of 20 wait" in well["limits"]
    assert str(tmp_path / "write-slots") in well["write slots"]
    assert set(found.warn) == {"Dagster"}
    assert {"Python", "bucket", "BigQuery", "permissions"} <= set(well)


@pytest.mark.parametrize(
    ("place", "permission", "told"),
    [
        ("project", "bigquery.jobs.create", "lacks bigquery.jobs.create (load jobs and MERGE statements) -> grant it"),
        ("bucket", "storage.objects.create", "on bucket bucket this account lacks storage.objects.create"),
        ("dataset", "bigquery.tables.updateData", "on dataset toys this account lacks bigquery.tables.updateData"),
    ],
)
def test_a_permission_that_is_missing_is_named_with_the_role_that_has_it(command, google, place, permission, told):
    command.says("tables", "create", "--yes")
    google.granted[place] -= {permission}
    found = Examination(command, code=1).fail["permissions"]
    assert told in found
    assert f"deploy/roles/{place}.yaml" in found


def test_roles_on_the_project_do_for_its_datasets_and_owning_it_is_warned_of(command, google):
    google.granted["project"] |= {*google.granted["dataset"], "resourcemanager.projects.setIamPolicy"}
    google.granted["dataset"] = set()
    found = Examination(command)
    assert "on all datasets, by a role on the project" in found.ok["permissions"]
    assert "this account may change who may do what" in found.warn["permissions"]


def test_without_credentials_it_says_how_to_get_some_and_looks_at_what_needs_none(command, tmp_path):
    missing = {**command.environment, "GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path / "nowhere.json")}
    found = Examination(CommandLine(missing), code=1)
    assert list(found.fail) == ["credentials"]
    assert "gcloud auth application-default login" in found.fail["credentials"]
    assert "write slots" in found.ok


def test_without_a_dagster_home_it_says_what_to_name(command):
    nameless = {name: value for name, value in command.environment.items() if name != "DAGSTER_HOME"}
    told = Examination(CommandLine(nameless), code=1).fail["Dagster"]
    assert "name the folder with the deployment's dagster.yaml" in told


def test_daemons_that_are_silent_are_named(command, dagster_home, tmp_path):
    home = shutil.copytree(dagster_home, tmp_path / "silent")
    with dg.DagsterInstance.from_config(str(home)) as instance:
        instance.wipe_daemon_heartbeats()
    silent = CommandLine({**command.environment, "DAGSTER_HOME": str(home)})
    assert "daemons that do not beat: " in Examination(silent, code=1).fail["Dagster"]


def test_a_bucket_without_objects_is_warned_of(command, google):
    google.objects = []
    assert "bucket holds no object -> check NBA_BUCKET" in Examination(command).warn["bucket"]


def test_a_table_that_nobody_declares_is_named_and_a_staging_table_is_not(command, connection):
    command.says("tables", "create", "--yes")
    for name in ("left_over", "_staging_toy_1"):
        connection.client.create_table(f"{connection.project}.toys.{name}")
    assert "nobody declares toys.left_over -> " in Examination(command).warn["tables"]


def test_datasets_in_another_location_fail_and_nothing_is_made_there(command, connection):
    dataset = bigquery.Dataset(f"{connection.project}.toys")
    dataset.location = "europe-west1"
    connection.client.create_dataset(dataset)
    assert "toys lies in europe-west1" in Examination(command, code=1).fail["datasets"]
    assert "set NBA_LOCATION to where the data lies" in command.says("tables", "create", "--yes", code=1)
    assert list(connection.client.list_tables("toys")) == []


def test_a_table_of_another_type_fails_and_is_left_as_it_is(command, connection):
    change(connection, TOY, name="INT64")
    told = "name is INTEGER NULLABLE, declared STRING NULLABLE"
    assert told in Examination(command, code=1).fail["tables"]
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
    told = Examination(command).warn["tables"]
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
    assert "1 incomplete: toys.toy" in Examination(command).warn["tables"]
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
    found = Examination(local)
    assert "`make dev` starts it" in found.warn["local stack"]
    assert f"port {local.environment['NBA_UI_PORT']} is free" in found.ok["dagster"]


def test_a_taken_port_fails_with_the_variable_that_moves_it(tmp_path):
    environment = local_environment(tmp_path)
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", int(environment["NBA_BUCKET_PORT"])))
        holder.listen()
        told = Examination(CommandLine(environment), code=1).fail["bucket"]
    assert f"NBA_BUCKET_PORT={int(environment['NBA_BUCKET_PORT']) + 1} make demo" in told
