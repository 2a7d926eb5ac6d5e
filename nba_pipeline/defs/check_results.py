"""What a check says: a sentence that stands in the UI above the figures, and below it what was found."""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

_LISTED = 50


def explained(
    found: Sequence[str],
    good: str,
    bad: str,
    figures: Mapping[str, Any],
    severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.WARN,
    **which: Any,
) -> dg.AssetCheckResult:
    """The result of a check that passes where it `found` nothing: it says `good`, or `bad` and the first of these.

    `figures` are numbers, which the UI plots over time; `which` names the check where the function does not.
    """
    return dg.AssetCheckResult(
        passed=not found,
        severity=severity,
        description=f"{bad}\n\n{_listing(found)}" if found else good,
        metadata=figures,
        **which,
    )


def _listing(found: Sequence[str]) -> str:
    """A block of text, in which nothing of what files contain is taken for Markdown."""
    more = [f"and {len(found) - _LISTED:,} more"] if len(found) > _LISTED else []
    return "\n".join(["```", *(line.replace("`", "'") for line in found[:_LISTED]), *more, "```"])
