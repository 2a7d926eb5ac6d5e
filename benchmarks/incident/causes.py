"""What went wrong on the way, by kind."""

import re
from collections import Counter

from nba_pipeline.bigquery import errors

_REASONS = "resourcesExceeded|invalidQuery|rateLimitExceeded|quotaExceeded|backendError"


def causes(messages: Counter) -> dict[str, int]:
    """Errors as workers saw them, by their kind."""
    counted: Counter = Counter()
    for message, count in messages.items():
        counted[_kind(message)] += count
    return dict(counted.most_common())


def _kind(message: str) -> str:
    """What an error was. Its text does not always name the reason; BigQuery's words tell it then."""
    named = re.search(_REASONS, message)
    found = [errors.classify(reason, message) for reason in ([named[0]] if named else _REASONS.split("|"))]
    return next((kind for kind in found if kind is not errors.Permanent), errors.Permanent).__name__
