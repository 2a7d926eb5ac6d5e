"""One bucket server for all tests of a run, and an empty bucket for each test."""

import uuid
from collections.abc import Iterator

import pytest

from nba_pipeline.storage.bucket import Bucket
from nba_pipeline_tests.support.local_bucket import opened_bucket, running_local_bucket


@pytest.fixture(scope="session")
def bucket_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_local_bucket(tmp_path_factory.mktemp("bucket")) as url:
        yield url


@pytest.fixture
def bucket(bucket_url: str) -> Iterator[Bucket]:
    with opened_bucket(bucket_url, f"bucket-{uuid.uuid4().hex[:12]}") as opened:
        yield opened
