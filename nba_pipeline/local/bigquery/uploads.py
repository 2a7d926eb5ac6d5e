"""Uploads of load jobs: multipart and resumable, kept as files until their job has run."""

import json
import re
import uuid
from pathlib import Path
from typing import Any

from nba_pipeline.local.bigquery.errors import invalid, not_found


class Uploads:
    """Uploads under way, in `folder`; what a stopped server left there is removed."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.iterdir():
            left.unlink()
        self._folder = folder
        self._resumable: dict[str, dict[str, Any]] = {}
        self._finished: dict[str, str] = {}

    def multipart(self, content_type: str, body: bytes) -> tuple[dict[str, Any], Path]:
        """The job's JSON and its file from a multipart/related body."""
        boundary = re.search(r'boundary="?([^";]+)"?', content_type)
        if boundary is None:
            raise invalid("A multipart upload needs a boundary")
        parts = body.split(b"--" + boundary[1].encode())
        if len(parts) < 4:
            raise invalid("A multipart upload needs two parts: the job and its data")
        metadata, media = (_content(part) for part in parts[1:3])
        path = self._folder / uuid.uuid4().hex
        path.write_bytes(media)
        return json.loads(metadata), path

    def begin(self, resource: dict[str, Any]) -> str:
        """Begins a resumable upload; returns its id."""
        upload_id = uuid.uuid4().hex
        (self._folder / upload_id).touch()
        self._resumable[upload_id] = resource
        return upload_id

    def append(self, upload_id: str, content_range: str | None, chunk: bytes) -> tuple[dict[str, Any], Path] | int:
        """Takes a chunk; returns the job's JSON and its file when that was the last, else the bytes held so far."""
        if upload_id not in self._resumable:
            raise not_found("Upload", upload_id)
        path = self._folder / upload_id
        start, total = _range(content_range, len(chunk))
        with path.open("r+b") as file:
            file.seek(start)
            file.write(chunk)
        held = path.stat().st_size
        if total is None or held < total:
            return held
        return self._resumable[upload_id], path

    def finish(self, upload_id: str, job_id: str) -> None:
        """Notes that the upload's job was accepted."""
        del self._resumable[upload_id]
        self._finished[upload_id] = job_id

    def job_of(self, upload_id: str) -> str | None:
        """The job that a finished upload became; None where it has not finished."""
        return self._finished.get(upload_id)


def _content(part: bytes) -> bytes:
    _, _, content = part.partition(b"\r\n\r\n")
    return content.removesuffix(b"\r\n")


def _range(header: str | None, length: int) -> tuple[int, int | None]:
    """Start and total of `bytes 0-99/100`; the total is unknown (None) in `bytes 0-99/*`."""
    if header is None:
        return 0, length
    found = re.fullmatch(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)", header)
    if found is None:
        raise invalid(f"Content-Range {header!r} makes no sense")
    return int(found[1] or 0), None if found[2] == "*" else int(found[2])
