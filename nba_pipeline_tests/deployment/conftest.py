"""A Postgres of its own for what is deployed on one."""

from collections.abc import Iterator

import pytest

from nba_pipeline_tests.support.postgres import running_postgres, skip_without_binaries


@pytest.fixture(scope="module")
def postgres_server() -> Iterator[str]:
    skip_without_binaries()
    with running_postgres() as url:
        yield url
