"""Write slots in Postgres, for writers on several hosts; the database that holds Dagster's runs will do.

A slot is a session-level advisory lock on a connection that lives as long as the turn: Postgres hands it on in the
order of arrival (`src/backend/storage/lmgr/README`), and frees it when the connection ends. What is remembered of a
table is a row of `nba_write_slots`, written in autocommit through the same connection: it survives its writer, and a
writer that lost its slot can not note another job.

A writer holds one connection while it waits and while it has its turn, besides Dagster's own; `max_connections` must
leave room for as many as there are runs at once. The URL must lead to Postgres itself or to a pooler in session mode:
one in transaction mode (pgbouncer's `pool_mode = transaction`) gives the lock to whoever gets the connection next.
"""

import hashlib
import json
import selectors
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

import psycopg2
from psycopg2 import extensions
from sqlalchemy import URL, make_url

from nba_pipeline.bigquery.slots import Pacing, SlotsUnavailable, Turn

_CONNECT_SECONDS = 10.0

# How a host that vanished without a word is noticed: after 15 s of silence, on our side and, set for the session, on
# the server's; the server's own defaults are hours. Its configuration needs nothing for this, but a server before
# version 14 lacks the check of those who wait, so that they are noticed only when it is their turn.
_OUR_KEEPALIVES = {
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 15_000,
}
_SESSION_SETTINGS = {
    "tcp_keepalives_idle": "5s",
    "tcp_keepalives_interval": "5s",
    "tcp_keepalives_count": "2",
    "tcp_user_timeout": "15s",
    "client_connection_check_interval": "2s",
    # Whoever waits for a slot may wait long, and nothing is said on the connection while a job runs.
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_session_timeout": "0",
}
# Servers of different versions know different ones.
_SET_KNOWN_SETTINGS = """
SELECT set_config(key, value, false) FROM json_each_text(%s) JOIN pg_settings ON name = key AND context = 'user'
"""


class PostgresSlots:
    """Slots as advisory locks of the database at `url` (SQLAlchemy's kind), which serves the writers of one project."""

    def __init__(self, url: str, pacing: Pacing) -> None:
        self._url, self._pacing = make_url(url), pacing

    @contextmanager
    def held(self, table: str) -> Iterator[Turn]:
        """Waits for the slot of `table` (`dataset.name`) and holds it within the block.

        Raises SlotsUnavailable, also in the middle of a turn, when the slot is lost with its connection.
        """
        started = time.monotonic()
        with closing(_Session(self._url, f"write slot of {table}")) as session:
            session.ask("SELECT pg_advisory_lock(%s)", _lock_number(table))
            _create_records(session)
            kept = session.ask("SELECT record FROM nba_write_slots WHERE table_name = %s", table) or ""
            waited = time.monotonic() - started
            yield Turn(kept, lambda text: _keep(session, table, text), self._pacing, waited, lambda: _now(session))


class _Session:
    """A connection of a slot.

    It is one of psycopg2's asynchronous ones, because their waits are Python's and end with a signal. A run that waits
    for a slot could not be terminated otherwise.
    """

    def __init__(self, url: URL, name: str) -> None:
        self._url = url
        with _explained(url):
            parameters = {**_OUR_KEEPALIVES, **_parameters(url), "application_name": name}
            self._connection = psycopg2.connect(async_=True, **parameters)
            self._await_answer(_CONNECT_SECONDS)
        self.ask(_SET_KNOWN_SETTINGS, json.dumps(_SESSION_SETTINGS))

    def ask(self, statement: str, *values: Any) -> Any:
        """The first value of the first row that the statement gives, None where it gives no row."""
        with _explained(self._url), self._connection.cursor() as cursor:
            cursor.execute(statement, values)
            self._await_answer()
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None

    def close(self) -> None:
        self._connection.close()

    def _await_answer(self, seconds: float | None = None) -> None:
        while (state := self._connection.poll()) != extensions.POLL_OK:
            event = selectors.EVENT_READ if state == extensions.POLL_READ else selectors.EVENT_WRITE
            with selectors.DefaultSelector() as selector:
                selector.register(self._connection, event)
                if not selector.select(seconds):
                    raise psycopg2.OperationalError(f"no answer within {seconds:.0f} s")


def _parameters(url: URL) -> Mapping[str, Any]:
    """What SQLAlchemy, and so Dagster, would hand to psycopg2."""
    dialect = url.set(drivername="postgresql+psycopg2").get_dialect()()
    return dialect.create_connect_args(url)[1]


def _create_records(session: _Session) -> None:
    """Makes the table of records where it is missing. Two that create it at once would fail, IF NOT EXISTS or not, so
    they take turns. A role that may create no table can be given it, with SELECT, INSERT and UPDATE."""
    if session.ask("SELECT to_regclass('nba_write_slots')::text") is None:
        session.ask("SELECT pg_advisory_lock(%s)", _lock_number(""))
        session.ask("CREATE TABLE IF NOT EXISTS nba_write_slots (table_name text PRIMARY KEY, record text NOT NULL)")
        session.ask("SELECT pg_advisory_unlock(%s)", _lock_number(""))


def _keep(session: _Session, table: str, record: str) -> None:
    session.ask(
        "INSERT INTO nba_write_slots VALUES (%s, %s) ON CONFLICT (table_name) DO UPDATE SET record = excluded.record",
        table,
        record,
    )


def _now(session: _Session) -> float:
    """The database's clock, seconds since 1970: the writers' hosts need not agree on the time."""
    return session.ask("SELECT extract(epoch FROM clock_timestamp())::float8")


def _lock_number(table: str) -> int:
    """The 64-bit number of a table's lock. Two tables whose numbers were the same would only wait for each other."""
    return int.from_bytes(hashlib.sha256(f"nba_write_slots {table}".encode()).digest()[:8], signed=True)


@contextmanager
def _explained(url: URL) -> Iterator[None]:
    try:
        yield
    except psycopg2.Error as error:
        raise SlotsUnavailable(
            f"The write slots need Postgres at {url}, where this happened: {str(error).strip()}\n"
            "Check that the storage of dagster.yaml names a server that runs, and that its role may create and write "
            "the table nba_write_slots."
        ) from error
