"""A local bucket server for tests, on a free loopback port."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nba_pipeline.local import bucket
from nba_pipeline.storage.bucket import Bucket
from nba_pipeline_tests.support.local_bigquery import await_answer, free_port


@contextmanager
def running_local_bucket(data: Path) -> Iterator[str]:
    """The URL of a server on the files in `data`, ended by its process id at the block's end."""
    port = free_port()
    data.mkdir(parents=True, exist_ok=True)
    with subprocess.Popen(bucket.command(data, port)) as process:
        try:
            await_answer(f"http://127.0.0.1:{port}/storage/v1/b", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(10)


@contextmanager
def opened_bucket(url: str, name: str) -> Iterator[Bucket]:
    """A bucket of that name, created where it is missing."""
    opened = Bucket.connect("test", name, url)
    try:
        opened.create_if_missing()
        yield opened
    finally:
        opened.close()
