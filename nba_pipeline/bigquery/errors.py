"""What BigQuery's errors mean for a write: mapped once, by reason and message, into what to do next.

    WriteFailure
      Retryable           run the job again under the next attempt's id: nothing of it was written
        Conflict          another statement changed the same partition, or a transaction the same table
        QueueFull         2 statements run and 20 wait on the table; this one did not run
        RateLimited       too many changes of the table within seconds
        StreamingBuffer   rows streamed within the last half hour are in the way
        Transient         BigQuery's own trouble
      QuotaSpent          a daily quota is used up: fails now, minutes do not help
      Permanent           everything else, the unknown included: running it again would give the same

`reason` alone does not tell: `invalidQuery` is a syntax error as well as a conflict, and a full rate limit comes under
four reasons. Messages are matched only where the reason leaves it open.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from google.api_core.exceptions import GoogleAPICallError


class WriteFailure(RuntimeError):
    """BigQuery refused or ended a job; the message holds the job, BigQuery's reason and its words."""


class Retryable(WriteFailure):
    """The job changed nothing and may succeed when it is run again."""


class Conflict(Retryable):
    """Two changes of one partition met, and BigQuery gave up after its own three reruns."""


class QueueFull(Retryable):
    """The table's queue of mutating statements is full."""


class RateLimited(Retryable):
    """The table was changed too often within seconds."""


class StreamingBuffer(Retryable):
    """The statement would touch rows that are still in the streaming buffer."""


class Transient(Retryable):
    """An error on BigQuery's side that passes."""


class QuotaSpent(WriteFailure):
    """A quota that refills over hours is used up."""


class Permanent(WriteFailure):
    """An error that stays however often the job is run."""


@dataclass(frozen=True, slots=True)
class Rule:
    """An error with one of `reasons` (any where empty) whose message matches `words` means `kind`."""

    kind: type[WriteFailure]
    reasons: frozenset[str]
    words: str = ""

    def applies(self, reason: str, message: str) -> bool:
        """Whether the rule speaks of this error."""
        return (not self.reasons or reason in self.reasons) and bool(re.search(self.words, message, re.IGNORECASE))


def _rule(kind: type[WriteFailure], *reasons: str, words: str = "") -> Rule:
    return Rule(kind, frozenset(reasons), words)


# The first rule that applies decides.
RULES = (
    # m-lab/etl-gardener#293, nodejs-bigquery#843: 400 resourcesExceeded
    _rule(QueueFull, "resourcesExceeded", words="too many DML statements outstanding"),
    # documented 2026-03: 403 quotaExceeded, over as soon as the table's statements have run
    _rule(QueueFull, "quotaExceeded", words="total number of DML jobs writing to a table"),
    # confluentinc/kafka-connect-bigquery#279: 400 invalidQuery, as a syntax error has
    _rule(Conflict, "invalidQuery", words="could not serialize access to table"),
    # estuary/connectors#96: 400 invalidQuery
    _rule(Conflict, "invalidQuery", words="transaction is aborted due to concurrent update"),
    # documented under badRequest, seen as invalidQuery
    _rule(StreamingBuffer, "invalidQuery", "badRequest", "invalid", words="streaming buffer, which is not supported"),
    # embulk-output-bigquery#75 (job error), python-bigquery#969 (403)
    _rule(RateLimited, "rateLimitExceeded", "jobRateLimitExceeded"),
    # java-bigquery#1426: the same text as 400 invalidQuery with a position behind it
    _rule(RateLimited, words="exceeded rate limits|exceeded quota for table update operations"),
    _rule(QuotaSpent, "quotaExceeded"),
    _rule(Transient, "backendError", "internalError", "jobBackendError", "jobInternalError", "tableUnavailable"),
    _rule(Transient, "badGateway", "serviceUnavailable"),
    # a job that somebody cancelled wrote nothing, and was wanted
    _rule(Transient, "stopped"),
)

_TRANSIENT_CODES = frozenset({429, 500, 502, 503, 504})


def classify(reason: str, message: str, code: int | None = None) -> type[WriteFailure]:
    """What an error means; an unknown one is Permanent. `code` is the HTTP code where there was one."""
    for rule in RULES:
        if rule.applies(reason, message):
            return rule.kind
    return Transient if code in _TRANSIENT_CODES and not reason else Permanent


def of_call(error: GoogleAPICallError, job_id: str) -> WriteFailure:
    """The failure that a refused request means."""
    reason = _reason(error.errors)
    kind = classify(reason, error.message or "", error.code)
    return kind(f"BigQuery refused job {job_id}: {reason or error.code}: {error.message}")


def of_job(error_result: dict[str, str], job_id: str) -> WriteFailure:
    """The failure that a job's error means."""
    reason, message = error_result.get("reason", ""), error_result.get("message", "")
    return classify(reason, message)(f"job {job_id} ended in {reason}: {message}")


def _reason(errors: Sequence[object]) -> str:
    first = errors[0] if errors else {}
    return str(first.get("reason", "")) if isinstance(first, dict) else ""
