"""What only slots in Postgres can meet: a server that is away or refuses, roles, sessions that end."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from sqlalchemy import make_url

from nba_pipeline.bigquery.postgres_slots import PostgresSlots, _Session
from nba_pipeline.bigquery.slots import SlotsUnavailable
from nba_pipeline_tests.support.local_bigquery import free_port
from nba_pipeline_tests.support.postgres import query
from nba_pipeline_tests.support.writer_process import TABLE, UNPACED, PostgresPlace, await_that

# Seconds, times and milliseconds after which the server gives up on a host that says nothing more.
VANISHED_HOST = {
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "2",
    "tcp_user_timeout": "15000",
    "client_connection_check_interval": "2000",
}


@pytest.fixture
def slots(database):
    return PostgresSlots(database, UNPACED)


def as_role(database: str, name: str, *rights: str) -> PostgresSlots:
    """Slots for a role that has these rights and no others."""
    query(database, f"CREATE ROLE {name} LOGIN")
    for right in rights:
        query(database, f"GRANT {right} TO {name}")
    return PostgresSlots(database.replace("nba@", f"{name}@"), UNPACED)


def note_a_job(slots: PostgresSlots, table: str) -> str:
    with slots.held(table) as turn:
        turn.submitting(f"job of {table}")
        return turn.left_behind


def test_many_that_come_first_at_once_make_one_table_of_records(slots, database):
    tables = [f"toys.toy_{n}" for n in range(12)]
    with ThreadPoolExecutor(len(tables)) as threads:
        assert set(threads.map(lambda table: note_a_job(slots, table), tables)) == {""}
    assert query(database, "SELECT table_name FROM nba_write_slots ORDER BY table_name") == sorted(
        (table,) for table in tables
    )


def test_a_server_that_is_away_is_named_with_what_to_look_at():
    port = free_port()
    slots = PostgresSlots(f"postgresql://nba:se/cret@127.0.0.1:{port}/postgres", UNPACED)
    with pytest.raises(SlotsUnavailable, match=rf"127.0.0.1:{port}.*refused") as caught, slots.held(TABLE):
        pass
    assert "dagster.yaml" in str(caught.value)
    assert "cret" not in str(caught.value)


def test_a_role_that_may_create_no_table_is_told_so(database):
    slots = as_role(database, "reader")
    with pytest.raises(SlotsUnavailable, match=r"permission denied(?s:.)*nba_write_slots"), slots.held(TABLE):
        pass


def test_a_role_that_was_given_the_table_need_not_create_it(slots, database):
    note_a_job(slots, "toys.other")
    writer = as_role(database, "writer", "SELECT, INSERT, UPDATE ON nba_write_slots")
    note_a_job(writer, TABLE)
    assert note_a_job(writer, TABLE) == f"job of {TABLE}"


def test_a_writer_that_lost_its_session_can_not_note_another_job(slots, database):
    with slots.held(TABLE) as turn:
        turn.submitting("job-1")
        end_sessions(database)
        with slots.held(TABLE) as next_turn:
            assert next_turn.left_behind == "job-1"
            with pytest.raises(SlotsUnavailable, match="terminating"):
                turn.submitting("job-2")
    with slots.held(TABLE) as turn:
        assert turn.left_behind == "job-1"


def test_a_slot_shows_in_the_server_s_list_of_sessions_and_goes_with_its_turn(slots, database):
    sessions = "SELECT application_name FROM pg_stat_activity WHERE application_name LIKE 'write slot%'"
    with slots.held(TABLE):
        assert query(database, sessions) == [(f"write slot of {TABLE}",)]
    await_that(lambda: query(database, sessions) == [])


def test_timeouts_that_are_set_for_a_role_do_not_end_the_wait_for_a_slot(slots, database):
    impatient = as_role(database, "impatient", "ALL ON SCHEMA public")
    query(database, "ALTER ROLE impatient SET statement_timeout = '200ms'")
    query(database, "ALTER ROLE impatient SET lock_timeout = '200ms'")
    place = PostgresPlace(database)
    with ThreadPoolExecutor(1) as threads:
        with slots.held(TABLE) as turn:
            waiting = threads.submit(note_a_job, impatient, TABLE)
            await_that(lambda: place.waiting() == 1)
            query(database, "SELECT pg_sleep(0.5)")
            turn.submitting("job-1")
        with pytest.raises(SlotsUnavailable, match="permission denied"):
            # It got the slot; the table is the first writer's.
            waiting.result(20)


def test_the_server_asks_whether_a_silent_host_is_still_there_whatever_its_own_settings(database):
    with closing(_Session(make_url(database), "a slot")) as session:
        shown = {name: session.ask(f"SELECT setting FROM pg_settings WHERE name = '{name}'") for name in VANISHED_HOST}
    assert shown == VANISHED_HOST


def end_sessions(database: str) -> None:
    query(database, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'write slot%'")
