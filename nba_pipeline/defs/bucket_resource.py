"""The bucket of scraped files, as a Dagster resource. Google's client is imported when a run first needs it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import dagster as dg

from nba_pipeline.settings import Settings

if TYPE_CHECKING:
    from nba_pipeline.storage.bucket import Bucket


class BucketResource(dg.ConfigurableResource):
    """The bucket `name` of `project`; `url` points at a local server, None means Google's."""

    project: str
    name: str
    url: str | None = None

    @classmethod
    def of(cls, settings: Settings) -> "BucketResource":
        """The bucket that `settings` name."""
        return cls(project=settings.project, name=settings.bucket, url=settings.storage_url)

    @contextmanager
    def opened(self) -> "Iterator[Bucket]":
        """The bucket, on a client of its own, which is closed at the block's end."""
        from nba_pipeline.storage.bucket import Bucket

        bucket = Bucket.connect(self.project, self.name, self.url)
        try:
            yield bucket
        finally:
            bucket.close()
