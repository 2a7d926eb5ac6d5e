"""Faults on demand, for tests of clients: answers that get lost, servers that are away, jobs that die.

lost-answer     a job is accepted and the connection closed without an answer
unavailable     a job is refused with 503
backend-error   a job is accepted and ends in backendError at once
job-death       a job ends in jobInternalError when it would have committed
slow            a job takes `seconds` of BigQuery more
"""

import random
import re
import threading
from dataclasses import asdict, dataclass
from typing import Any

from nba_pipeline.local.bigquery.errors import ApiError, invalid

KINDS = ("lost-answer", "unavailable", "backend-error", "job-death", "slow")


@dataclass
class Fault:
    """Strikes jobs whose id has a match of `jobs`, each with this probability; `count` times in all, or for ever."""

    fault: str
    jobs: str = ""
    count: int | None = None
    probability: float = 1.0
    seconds: float = 0.0
    struck: int = 0

    @classmethod
    def of(cls, body: dict[str, Any]) -> "Fault":
        """From a request's JSON; 400 where it makes no sense."""
        try:
            found = cls(**body)
            re.compile(found.jobs)
        except (TypeError, re.error) as error:
            raise invalid(f"Not a fault: {error}") from error
        if found.fault not in KINDS:
            raise invalid(f"Not a fault: {found.fault}; there are {', '.join(KINDS)}")
        return found

    def meets(self, kind: str, job_id: str, drawn: float) -> bool:
        """Whether it strikes this job; `drawn` is a random number below one."""
        left = self.count is None or self.struck < self.count
        return left and self.fault == kind and drawn < self.probability and bool(re.search(self.jobs, job_id))


class Faults:
    """The faults that are set."""

    def __init__(self, seed: int | None) -> None:
        self._lock = threading.Lock()
        self._random = random.Random(seed)  # noqa: S311 - no secret
        self._set: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Sets one more."""
        with self._lock:
            self._set.append(fault)

    def clear(self) -> None:
        """Removes all."""
        with self._lock:
            self._set.clear()

    @property
    def listed(self) -> list[dict[str, Any]]:
        """All, with how often each struck."""
        with self._lock:
            return [asdict(fault) for fault in self._set]

    def strikes(self, kind: str, job_id: str) -> bool:
        """Whether a fault of this kind strikes the job; the first that does is counted."""
        return self._strike(kind, job_id) is not None

    def delay(self, job_id: str) -> float:
        """By how many seconds of BigQuery the job is slowed."""
        fault = self._strike("slow", job_id)
        return fault.seconds if fault else 0.0

    def refuse(self, job_id: str) -> None:
        """Raises where the server is to be away for this job."""
        if self.strikes("unavailable", job_id):
            raise ApiError(503, "backendError", "The service is currently unavailable.")

    def _strike(self, kind: str, job_id: str) -> Fault | None:
        with self._lock:
            for fault in self._set:
                if fault.meets(kind, job_id, self._random.random()):
                    fault.struck += 1
                    return fault
        return None
