"""The bucket of scraped files, as a Dagster resource. Google's client is imported when a run first needs it."""

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

    def open(self) -> "Bucket":
        """The bucket, on a client of its own."""
        from nba_pipeline.storage.bucket import Bucket

        return Bucket.connect(self.project, self.name, self.url)
