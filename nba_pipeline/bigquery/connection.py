"""The two Google clients, for Google or for the local BigQuery; the one place that knows how they differ."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import grpc
from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from google.cloud.bigquery_storage_v1 import BigQueryReadClient
from google.cloud.bigquery_storage_v1.services.big_query_read.transports import BigQueryReadGrpcTransport

from nba_pipeline.settings import Settings

# One Arrow message of the Read API may be larger than gRPC's default of 4 MiB; Google's own transport lifts it too.
_UNLIMITED_MESSAGES = [("grpc.max_receive_message_length", -1)]


@dataclass(frozen=True)
class Connection:
    """A project's BigQuery. `url` and `read_address` point at the local one; None means Google's, with its
    application default credentials."""

    project: str
    location: str
    url: str | None = None
    read_address: str | None = None

    @cached_property
    def client(self) -> bigquery.Client:
        """The client for tables and jobs."""
        if self.url is None:
            return bigquery.Client(self.project, location=self.location)
        options = ClientOptions(api_endpoint=self.url)
        return bigquery.Client(self.project, AnonymousCredentials(), location=self.location, client_options=options)

    @cached_property
    def reader(self) -> BigQueryReadClient:
        """The client of the Storage Read API."""
        if self.read_address is None:
            return BigQueryReadClient()
        channel = grpc.insecure_channel(self.read_address, options=_UNLIMITED_MESSAGES)
        return BigQueryReadClient(transport=BigQueryReadGrpcTransport(channel=channel))

    def close(self) -> None:
        """Closes the clients that were opened; the connection must not be used after."""
        if "client" in self.__dict__:
            self.client.close()
        if "reader" in self.__dict__:
            self.reader.transport.close()


@contextmanager
def connected(settings: Settings) -> Iterator[Connection]:
    """The BigQuery that `settings` name, for the block."""
    connection = Connection(settings.project, settings.location, settings.bigquery_url, settings.bigquery_read_address)
    try:
        yield connection
    finally:
        connection.close()
