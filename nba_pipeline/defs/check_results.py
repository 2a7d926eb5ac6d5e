"""What a check says: a sentence that stands in the UI above the figures, and below it what was found."""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from nba_pipeline.defs import markdown

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
    more = [f"and {len(found) - _LISTED:,} more"] if len(found) > _LISTED else []
    return markdown.block([*found[:_LISTED], *more])
