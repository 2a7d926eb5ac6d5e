"""The bucket through Google's client, against a real fake-gcs-server."""

import datetime as dt
import itertools
from pathlib import Path

import pytest

from nba_pipeline.storage import bucket as storage
from nba_pipeline.storage.bucket import Bucket, BucketError
from nba_pipeline.storage.stored_object import StoredObject
from nba_pipeline_tests.support.local_bigquery import free_port
from nba_pipeline_tests.support.local_bucket import opened_bucket, running_local_bucket


def overwrite(bucket: Bucket, name: str, content: bytes) -> None:
    bucket._client.bucket(bucket.name).blob(name).upload_from_string(content)


def names(listed: list[StoredObject]) -> list[str]:
    return [stored.name for stored in listed]


def test_what_is_written_is_listed_and_read(bucket):
    assert bucket.write("a/1.json", b"{}")
    (stored,) = bucket.list("a/")
    assert (stored.name, stored.size) == ("a/1.json", 2)
    assert dt.datetime.now(dt.UTC) - stored.updated < dt.timedelta(minutes=1)
    assert list(bucket.read([stored])) == [(stored, b"{}")]


def test_a_listing_keeps_to_its_prefix(bucket):
    list(bucket.write_all((name, b"1") for name in ("a/1", "ab/1", "b/1")))
    assert names(bucket.list("a/")) == ["a/1"]
    assert names(bucket.list("")) == ["a/1", "ab/1", "b/1"]


def test_a_range_of_days_is_one_listing_from_its_first_name_to_before_its_end(bucket):
    days = [f"feed/2024-01-{day:02d}/x.json" for day in range(1, 10)]
    list(bucket.write_all((name, b"1") for name in days))
    assert names(bucket.list("feed/", "feed/2024-01-03", "feed/2024-01-06")) == days[2:5]


def test_a_listing_goes_on_after_the_first_page(bucket):
    list(bucket.write_all((f"many/{number:04d}", b"") for number in range(1100)))
    assert len(bucket.list("many/")) == 1100


def test_an_existing_object_is_left_as_it_is(bucket):
    assert bucket.write("a", b"first")
    (stored,) = bucket.list("a")
    assert not bucket.write("a", b"second")
    assert bucket.list("a") == [stored]
    assert list(bucket.read([stored])) == [(stored, b"first")]


def test_writing_many_says_of_each_name_whether_it_is_new(bucket):
    bucket.write("b", b"old")
    assert list(bucket.write_all([("a", b""), ("b", b""), ("c", b"")])) == [("a", True), ("b", False), ("c", True)]


def test_objects_are_read_in_the_order_asked_for(bucket):
    contents = {f"{number:03d}": str(number).encode() for number in range(100)}
    list(bucket.write_all(contents.items()))
    backwards = bucket.list("")[::-1]
    assert [(stored.name, content) for stored, content in bucket.read(backwards)] == [*contents.items()][::-1]


def test_an_object_overwritten_since_it_was_listed_is_not_read_as_the_old_one(bucket):
    bucket.write("a", b"first")
    listed = bucket.list("a")
    overwrite(bucket, "a", b"second")
    with pytest.raises(BucketError, match=rf"gs://{bucket.name}/a, generation {listed[0].generation}, does not exist"):
        list(bucket.read(listed))
    assert [content for _, content in bucket.read(bucket.list("a"))] == [b"second"]


def test_contents_are_drawn_no_further_ahead_than_the_reader_needs(bucket):
    drawn = itertools.count()
    contents = ((f"{next(drawn):03d}", b"") for _ in range(500))
    written = bucket.write_all(contents)
    assert next(written) == ("000", True)
    assert next(drawn) <= storage._AHEAD
    written.close()
    assert len(bucket.list("")) <= storage._AHEAD


def test_a_missing_bucket_is_named(bucket_url):
    bucket = Bucket.connect("test", "nowhere", bucket_url)
    with pytest.raises(BucketError, match=r"bucket nowhere, listed under 'x/', does not exist.*NBA_BUCKET"):
        bucket.list("x/")
    bucket.close()


def test_a_bucket_that_stands_is_not_created_again(bucket_url, bucket):
    bucket.write("a", b"")
    with opened_bucket(bucket_url, bucket.name) as again:
        assert names(again.list("")) == ["a"]


def test_a_name_that_the_server_refuses_is_told_with_its_reason(bucket_url):
    bucket = Bucket.connect("test", "x", bucket_url)
    with pytest.raises(BucketError, match=r"bucket x was refused: .*invalid bucket name"):
        bucket.create_if_missing()
    bucket.close()


def test_a_server_that_is_down_is_said_to_be_down(monkeypatch):
    monkeypatch.setattr(storage, "_RETRY", storage.DEFAULT_RETRY.with_timeout(0.1))
    bucket = Bucket.connect("test", "any", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(BucketError, match=r"bucket any, listed under '', does not answer: is the server up"):
        bucket.list("")
    with pytest.raises(BucketError, match=r"gs://any/a does not answer"):
        bucket.write("a", b"")
    bucket.close()


def test_objects_and_their_generations_outlive_the_server(tmp_path: Path):
    with running_local_bucket(tmp_path) as url, opened_bucket(url, "kept") as bucket:
        bucket.write("a/b/c.json", b"{}")
        before = bucket.list("")
    with running_local_bucket(tmp_path) as url, opened_bucket(url, "kept") as bucket:
        assert [(stored.name, stored.generation) for stored in bucket.list("")] == [
            (stored.name, stored.generation) for stored in before
        ]
        assert not bucket.write("a/b/c.json", b"changed")


@pytest.mark.parametrize(
    "content", ['{"private_key": "MIIcanary"', '{"type": "service_account", "private_key": "MIIcanary"}']
)
def test_credentials_that_can_not_be_read_are_said_to_be_so_and_not_shown(tmp_path, monkeypatch, content):
    (tmp_path / "account.json").write_text(content)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "account.json"))
    with pytest.raises(BucketError, match=r"bucket any: no credentials: run `gcloud auth") as caught:
        Bucket.connect("test", "any", None)
    assert "canary" not in f"{caught.value} {caught.value.__cause__!r}"
