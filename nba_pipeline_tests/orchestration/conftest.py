"""A local BigQuery for the modules that need one, and a project of its own for each test."""

import pytest

from nba_pipeline_tests.support.local_bigquery import running_local_bigquery


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running_local_bigquery(tmp_path_factory.mktemp("bigquery")) as found:
        yield found
