"""The bucket of scraped files: listing, reading and writing objects. What an object means is said in `sources/`."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from google.api_core.client_options import ClientOptions
from google.api_core.exceptions import GoogleAPICallError, NotFound, PreconditionFailed
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage
from requests.adapters import HTTPAdapter

_THREADS = 16
_LISTED_FIELDS = "items(name,generation,updated,size),nextPageToken"


class BucketError(RuntimeError):
    """The bucket or an object of it can not be read or written; the message names it and says what to do."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One generation of an object: an overwritten object keeps its name and gets a higher generation."""

    name: str
    generation: int
    updated: dt.datetime
    size: int


class Bucket:
    """A bucket through Google's client."""

    def __init__(self, client: storage.Client, name: str) -> None:
        self._client, self.name = client, name
        # The client's pool holds ten connections and warns when more threads want one.
        client._http.mount("http://", HTTPAdapter(pool_maxsize=_THREADS))
        client._http.mount("https://", HTTPAdapter(pool_maxsize=_THREADS))

    @classmethod
    def connect(cls, project: str, name: str, url: str | None) -> "Bucket":
        """The bucket at `url`, or Google's with application default credentials where `url` is None."""
        if url is None:
            return cls(storage.Client(project), name)
        options = ClientOptions(api_endpoint=url)
        return cls(storage.Client(project, AnonymousCredentials(), client_options=options), name)

    def create_if_missing(self) -> None:
        """Creates the bucket unless it stands already."""
        if self._client.lookup_bucket(self.name) is None:
            self._client.create_bucket(self.name)

    def list(self, prefix: str, start: str | None = None, end: str | None = None) -> Sequence[StoredObject]:
        """The objects under `prefix` in name order, from name `start` on and before name `end` where given."""
        try:
            found = self._client.list_blobs(
                self.name, prefix=prefix, start_offset=start, end_offset=end, fields=_LISTED_FIELDS
            )
            return [StoredObject(blob.name, blob.generation, blob.updated, blob.size) for blob in found]
        except NotFound as error:
            raise BucketError(f"bucket {self.name} does not exist: create it, or set NBA_BUCKET") from error
        except GoogleAPICallError as error:
            raise BucketError(f"bucket {self.name} can not be listed under {prefix}: {error.message}") from error

    def read(self, objects: Sequence[StoredObject]) -> Iterator[tuple[StoredObject, bytes]]:
        """Each object with its content, in order, each exactly in the generation that was listed."""
        with ThreadPoolExecutor(_THREADS) as pool:
            yield from zip(objects, pool.map(self._read_one, objects), strict=True)

    def write(self, name: str, content: bytes) -> bool:
        """Writes an object unless one of that name exists; says whether it was written."""
        blob = self._client.bucket(self.name).blob(name)
        try:
            blob.upload_from_string(content, content_type="application/json", if_generation_match=0)
        except PreconditionFailed:
            return False
        except GoogleAPICallError as error:
            raise BucketError(f"gs://{self.name}/{name} can not be written: {error.message}") from error
        return True

    def write_all(self, contents: Iterable[tuple[str, bytes]]) -> Iterator[bool]:
        """`write` for each of many objects, several at a time."""
        with ThreadPoolExecutor(_THREADS) as pool:
            yield from pool.map(lambda item: self.write(*item), contents)

    def close(self) -> None:
        """Closes the client's connections."""
        self._client.close()

    def _read_one(self, stored: StoredObject) -> bytes:
        blob = self._client.bucket(self.name).blob(stored.name, generation=stored.generation)
        try:
            return blob.download_as_bytes()
        except NotFound as error:
            raise BucketError(
                f"gs://{self.name}/{stored.name} generation {stored.generation} is gone since it was listed: run again"
            ) from error
        except GoogleAPICallError as error:
            raise BucketError(f"gs://{self.name}/{stored.name} can not be read: {error.message}") from error
