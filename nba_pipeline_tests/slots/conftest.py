"""The same sentences hold for slots in files and slots in Postgres."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from nba_pipeline_tests.support.postgres import query, running_postgres, skip_without_binaries
from nba_pipeline_tests.support.writer_process import FilePlace, Place, PostgresPlace


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    skip_without_binaries()
    with running_postgres() as url:
        yield url


@pytest.fixture
def database(postgres_server: str) -> str:
    """The URL of an empty database."""
    name = f"d{len(query(postgres_server, 'SELECT 1 FROM pg_database'))}"
    query(postgres_server, f"CREATE DATABASE {name}")
    return f"{postgres_server.removesuffix('postgres')}{name}"


@pytest.fixture(params=["files", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "files":
        return FilePlace(tmp_path)
    return PostgresPlace(request.getfixturevalue("database"))
