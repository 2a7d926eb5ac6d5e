"""The bucket of scraped files: listing, reading and writing objects. What an object means is said in `sources/`."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from google.api_core.client_options import ClientOptions
from google.api_core.exceptions import (
    Conflict,
    Forbidden,
    GoogleAPICallError,
    GoogleAPIError,
    NotFound,
    PreconditionFailed,
)
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import GoogleAuthError
from google.cloud import storage
from google.cloud.storage.exceptions import DataCorruption
from google.cloud.storage.retry import DEFAULT_RETRY
from requests import RequestException
from requests.adapters import HTTPAdapter

from nba_pipeline.errors import UserError
from nba_pipeline.storage.stored_object import StoredObject

T = TypeVar("T")
R = TypeVar("R")

_THREADS = 16
# How many objects may be on their way or wait for their reader: what a slow reader of large objects holds in memory.
_AHEAD = 2 * _THREADS
_LISTED_FIELDS = "items(name,generation,updated,size),nextPageToken"
_RETRY = DEFAULT_RETRY.with_timeout(60)


class BucketError(UserError):
    """The bucket or an object of it can not be read or written; the message names it and says what to do."""


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
        with _clear_errors(f"bucket {name}"):
            if url is None:
                return cls(storage.Client(project), name)
            options = ClientOptions(api_endpoint=url)
            return cls(storage.Client(project, AnonymousCredentials(), client_options=options), name)

    def create_if_missing(self) -> None:
        """Creates the bucket unless it stands already."""
        with _clear_errors(f"bucket {self.name}"):
            if self._client.lookup_bucket(self.name, retry=_RETRY) is None:
                try:
                    self._client.create_bucket(self.name, retry=_RETRY)
                except Conflict:  # another process was faster
                    return

    def list(self, prefix: str, start: str | None = None, end: str | None = None) -> Sequence[StoredObject]:
        """The objects under `prefix` in name order, from name `start` on and before name `end` where given."""
        return list(self.scan(prefix, start, end))

    def scan(self, prefix: str, start: str | None = None, end: str | None = None) -> Iterator[StoredObject]:
        """`list`, a page of up to 1,000 at a time: who stops early has asked for no more than that."""
        with _clear_errors(f"bucket {self.name}, listed under {prefix!r},"):
            found = self._client.list_blobs(
                self.name, prefix=prefix, start_offset=start, end_offset=end, fields=_LISTED_FIELDS, retry=_RETRY
            )
            for blob in found:
                yield StoredObject(blob.name, blob.generation, blob.updated, blob.size)

    def read(self, objects: Sequence[StoredObject]) -> Iterator[tuple[StoredObject, bytes]]:
        """Each object with its content, in order, each exactly in the generation that was listed."""
        yield from zip(objects, _several_at_a_time(self._read_one, objects), strict=True)

    def write(self, name: str, content: bytes) -> bool:
        """Writes an object unless one of that name exists; says whether it was written."""
        blob = self._client.bucket(self.name).blob(name)
        with _clear_errors(f"gs://{self.name}/{name}"):
            try:
                blob.upload_from_string(content, "application/json", if_generation_match=0, retry=_RETRY)
            except PreconditionFailed:
                return False
            return True

    def write_all(self, contents: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, bool]]:
        """`write` for each of many (name, content), several at a time: each name, and whether it was written."""
        yield from _several_at_a_time(lambda item: (item[0], self.write(*item)), contents)

    def granted(self, permissions: Sequence[str]) -> Sequence[str]:
        """Those of `permissions`, such as storage.objects.get, that the account has on the bucket."""
        with _clear_errors(f"bucket {self.name}"):
            found: Sequence[str] = self._client.bucket(self.name).test_iam_permissions(list(permissions), retry=_RETRY)
            return found

    def close(self) -> None:
        """Closes the client's connections."""
        self._client.close()

    def _read_one(self, stored: StoredObject) -> bytes:
        blob = self._client.bucket(self.name).blob(stored.name, generation=stored.generation)
        with _clear_errors(f"gs://{self.name}/{stored.name}, generation {stored.generation},"):
            return blob.download_as_bytes(retry=_RETRY)


@contextmanager
def _clear_errors(what: str) -> Iterator[None]:
    """Whatever Google's client raises, as one BucketError about `what`."""
    try:
        yield
    except NotFound as error:
        raise BucketError(f"{what} does not exist, or no longer: check NBA_BUCKET and run again") from error
    except Forbidden as error:
        raise BucketError(
            f"{what} is not open to this account: grant it the role of deploy/roles/bucket.yaml"
        ) from error
    except DataCorruption as error:
        raise BucketError(f"{what} arrived damaged: run again") from error
    except GoogleAuthError as error:
        raise BucketError(f"{what}: no credentials: run `gcloud auth application-default login` ({error})") from error
    except GoogleAPICallError as error:
        raise BucketError(f"{what} was refused: {error.message}") from error
    except (GoogleAPIError, RequestException) as error:
        raise BucketError(f"{what} does not answer: is the server up (locally: `make dev`)? {error}") from error


def _several_at_a_time(function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """`function` of each item, in order; `items` is drawn from no further than `_AHEAD` of who reads."""
    waiting: deque[Future[R]] = deque()
    with ThreadPoolExecutor(_THREADS) as pool:
        try:
            for item in items:
                waiting.append(pool.submit(function, item))
                if len(waiting) == _AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
