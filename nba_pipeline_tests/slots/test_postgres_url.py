"""Dagster's Postgres is found from its instance, however dagster.yaml names it, and in a run's process too."""

from pathlib import Path
from urllib.parse import urlsplit

import dagster as dg
import pytest

from nba_pipeline.bigquery.postgres_slots import PostgresSlots
from nba_pipeline.defs.slots import postgres_url
from nba_pipeline_tests.support.writer_process import TABLE, UNPACED

# SQLAlchemy 2.1 takes a bare `postgresql` for psycopg 3; dagster-postgres brings psycopg2.
DRIVER = "postgresql+psycopg2"


@dg.resource
def slot(context: dg.InitResourceContext) -> None:
    """Takes a slot where the IO manager is made: in the process of the step."""
    assert context.instance
    url = postgres_url(context.instance)
    assert url
    with PostgresSlots(url, UNPACED).held(TABLE) as turn:
        turn.submitting("job-of-the-run")


@dg.op(required_resource_keys={"slot"})
def use_slot() -> None:
    pass


@dg.job(resource_defs={"slot": slot}, executor_def=dg.multiprocess_executor)
def slot_job() -> None:
    use_slot()


def instance_of(folder: Path, storage: str) -> dg.DagsterInstance:
    (folder / "dagster.yaml").write_text(f"telemetry: {{enabled: false}}\n{storage}")
    return dg.DagsterInstance.from_config(str(folder))


def named_by_url(database: str) -> str:
    return f"storage: {{postgres: {{postgres_url: '{database.replace('postgresql', DRIVER, 1)}'}}}}"


def named_by_parts(database: str) -> str:
    parts = urlsplit(database)
    names = f"username: nba, hostname: {parts.hostname}, port: {parts.port}, db_name: {parts.path[1:]}"
    names = f"{names}, password: 'p@ss word/1', scheme: {DRIVER}"
    return f"storage: {{postgres: {{postgres_db: {{{names}}}}}}}"


@pytest.mark.parametrize("storage", [named_by_url, named_by_parts], ids=["postgres_url", "postgres_db"])
def test_the_url_of_dagster_s_postgres_serves_the_slots(database, tmp_path, storage):
    with instance_of(tmp_path, storage(database)) as instance:
        url = postgres_url(instance)
    assert url
    with PostgresSlots(url, UNPACED).held(TABLE) as turn:
        assert turn.left_behind == ""


def test_an_instance_on_files_has_no_postgres(tmp_path):
    with instance_of(tmp_path, "") as instance:
        assert postgres_url(instance) is None


def test_the_url_is_found_in_the_process_of_a_run_s_step(database, tmp_path):
    with instance_of(tmp_path, named_by_parts(database)) as instance:
        run = dg.execute_job(dg.reconstructable(slot_job), instance)
        assert run.success
    with PostgresSlots(database, UNPACED).held(TABLE) as turn:
        assert turn.left_behind == "job-of-the-run"
