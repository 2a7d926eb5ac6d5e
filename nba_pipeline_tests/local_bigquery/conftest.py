"""An engine without HTTP, for what is quicker or only visible to see from inside."""

from collections.abc import Iterator
from typing import Any

import pytest

from nba_pipeline.local.bigquery.engine import Engine
from nba_pipeline.local.bigquery.errors import ApiError
from nba_pipeline.local.bigquery.jobs import Job
from nba_pipeline.local.bigquery.limits import Rules


class Local:
    """An engine with one dataset, `d`."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.engine.catalog.insert_dataset("p", {"datasetReference": {"datasetId": "d"}})

    def job(self, sql: str, **config: Any) -> Job:
        """A finished query job; raises its error."""
        job = self.engine.insert_job("p", {"configuration": {"query": {"query": sql, **config}}})
        assert job.done.wait(30)
        if job.error:
            raise ApiError(400, job.error["reason"], job.error["message"])
        return job

    def rows(self, sql: str, **config: Any) -> list[tuple]:
        """A query's rows."""
        rows = self.job(sql, **config).rows
        assert rows is not None
        return [tuple(row.values()) for row in rows.to_pylist()]

    def value(self, expression: str) -> Any:
        """What an expression gives."""
        [(found,)] = self.rows(f"SELECT {expression} AS value")
        return found


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    engine = Engine(tmp_path_factory.mktemp("engine"), None, Rules(time_scale=200))
    yield Local(engine)
    engine.close()
