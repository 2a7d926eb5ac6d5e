"""What a check found."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of a check: `ok`; `warn` where the pipeline works all the same; `fail` where it can not.

    `found` says what there is, `remedy` what to do about it.
    """

    check: str
    level: Literal["ok", "warn", "fail"]
    found: str
    remedy: str = ""


def ok(check: str, found: str) -> Finding:
    """All is well."""
    return Finding(check, "ok", found)


def warn(check: str, found: str, remedy: str) -> Finding:
    """The pipeline works, but."""
    return Finding(check, "warn", found, remedy)


def fail(check: str, found: str, remedy: str) -> Finding:
    """The pipeline does not work before this is mended."""
    return Finding(check, "fail", found, remedy)
