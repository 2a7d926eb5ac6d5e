"""A read that nobody answers ends with an error and does not wait for the server's return."""

import socket

import pytest
from google.api_core.exceptions import RetryError

from nba_pipeline.bigquery import reader
from nba_pipeline.bigquery.connection import Connection
from nba_pipeline.commands import common
from nba_pipeline_tests.support.toy import DAY, TOY


@pytest.fixture
def nobody():
    """A connection to a port that is bound and at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        connection = Connection("p", "US", "http://127.0.0.1:1", f"127.0.0.1:{taken.getsockname()[1]}")
        yield connection
        connection.close()


def test_a_read_that_nobody_answers_ends_and_the_user_is_told(nobody, monkeypatch):
    monkeypatch.setattr(reader, "_RETRY", reader._RETRY.with_timeout(0.5))
    with pytest.raises(RetryError) as unanswered:
        reader.read(nobody.reader, nobody.project, TOY, DAY, DAY)
    assert str(common._message(unanswered.value)).startswith("BigQuery does not answer: 503")
