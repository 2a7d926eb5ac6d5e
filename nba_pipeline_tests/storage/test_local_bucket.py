"""The local bucket server as a process."""

import socket
from urllib.parse import urlsplit

import pytest

from nba_pipeline.local import bucket
from nba_pipeline_tests.support.local_bucket import opened_bucket, running_local_bucket


def test_the_server_listens_on_loopback_only(bucket_url):
    port = urlsplit(bucket_url).port
    socket.create_connection(("127.0.0.1", port), timeout=1).close()
    # Whoever listens on all addresses answers on this one, too.
    with pytest.raises(OSError, match="refused|timed out"):
        socket.create_connection(("127.0.0.2", port), timeout=1)


def test_objects_are_kept_in_the_folder(tmp_path):
    with running_local_bucket(tmp_path / "kept") as url, opened_bucket(url, "scraped") as opened:
        opened.write("a/b.json", b"{}")
    assert (tmp_path / "kept" / "scraped" / "a" / "b.json").read_bytes() == b"{}"


def test_a_wheel_without_a_binary_is_refused_with_the_remedy(tmp_path, monkeypatch):
    monkeypatch.setattr(bucket, "files", lambda package: tmp_path)
    with pytest.raises(bucket.BinaryMissing, match="no fake-gcs-server binary under .*: reinstall"):
        bucket.command(tmp_path, 1)
