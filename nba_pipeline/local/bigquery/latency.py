"""How long BigQuery takes for a job beyond the work itself.

BigQuery publishes no figures: the medians here are a guess, of the size that users report for small jobs, and the
spread is that of a log-normal distribution.
"""

import math
import random
from typing import Literal

# MUTATE is UPDATE, DELETE and MERGE; QUERY a query with a destination; READ one without; SCHEMA is CREATE SCHEMA;
# CONTROL a script's DECLARE, SET, BEGIN, COMMIT or ROLLBACK.
Kind = Literal["LOAD", "COPY", "MUTATE", "TRUNCATE", "INSERT", "QUERY", "READ", "DDL", "SCHEMA", "CONTROL"]

_MEDIAN_SECONDS: dict[Kind, float] = {
    "LOAD": 1.5,
    "COPY": 1.0,
    "MUTATE": 2.0,
    "TRUNCATE": 0.7,
    "INSERT": 0.7,
    "QUERY": 0.7,
    "READ": 0.7,
    "DDL": 0.7,
    "SCHEMA": 0.7,
    "CONTROL": 0.0,
}
_SPREAD = 0.4  # of the logarithm: one job in twenty takes more than twice the median


class Latency:
    """Draws latencies; the same seed gives the same ones in the same order."""

    def __init__(self, seed: int | None, on: bool) -> None:
        self._random, self._on = random.Random(seed), on  # noqa: S311 - no secret

    def seconds(self, kind: Kind) -> float:
        """Seconds of BigQuery that a job of this kind takes."""
        median = _MEDIAN_SECONDS[kind]
        return self._random.lognormvariate(math.log(median), _SPREAD) if self._on and median else 0.0
