"""Alerts as digests: failures are gathered by cause and backfill, and a message says how many there were.

A backfill that fails 300 times for one reason makes one message, and an hour later another with those that came since.
`State` is plain data that changes step by step: failures noted, messages written, messages delivered. It keeps within
bounds whatever happens: so many topics, and one message under way for each.
"""

import datetime as dt
import json
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from nba_pipeline.orchestration.run_history import FinishedRun, launched_by, partitions

# At most one message about a topic within an hour; what comes meanwhile is counted into the next.
QUIET = dt.timedelta(hours=1)

_EXAMPLES = 3
_NAMED_TABLES = 10
# More causes than that at once are one cause that is not recognised as such.
_TOPICS = 50
_OTHER_CAUSES = "other causes"
_LONGEST_CAUSE = 160


@dataclass(frozen=True, slots=True)
class Failure:
    """A step that failed, or a run that died: `what` are its tables, `days` its partitions."""

    run_id: str
    what: str
    days: str
    error: str
    backfill: str | None
    at: dt.datetime

    def __str__(self) -> str:
        return f"{self.what}{f', {self.days}' if self.days else ''}, run {self.run_id}: {self.error}"


@dataclass
class Topic:
    """Failures of one cause, in one backfill or outside of any, that no message has told of yet.

    `tables` counts failures by what failed; moments are in seconds since 1970, `told_at` that of the last message.
    """

    cause: str
    backfill: str | None
    failures: int = 0
    first_at: float = 0.0
    last_at: float = 0.0
    tables: dict[str, int] = field(default_factory=dict)
    examples: list[str] = field(default_factory=list)
    told_at: float | None = None

    def add(self, failure: Failure) -> None:
        """Counts one more failure."""
        moment = failure.at.timestamp()
        self.first_at = min(self.first_at, moment) if self.failures else moment
        self.last_at = max(self.last_at, moment)
        self.failures += 1
        if failure.what in self.tables or len(self.tables) < _NAMED_TABLES:
            self.tables[failure.what] = self.tables.get(failure.what, 0) + 1
        if len(self.examples) < _EXAMPLES:
            self.examples.append(str(failure))

    def is_quiet(self, now: dt.datetime) -> bool:
        """Whether the last message is too young for another."""
        return self.told_at is not None and now.timestamp() < self.told_at + QUIET.total_seconds()


@dataclass
class Message:
    """A message under way; `left` are the receivers that have not taken it yet."""

    topic: str
    title: str
    body: str
    left: list[str]


@dataclass
class State:
    """Topics by key, and messages under way."""

    topics: dict[str, Topic] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)

    @classmethod
    def of(cls, kept: dict[str, Any] | None) -> "State":
        """From what was kept; empty where nothing was."""
        found = kept or {"topics": {}, "messages": []}
        topics = {key: Topic(**topic) for key, topic in found["topics"].items()}
        return cls(topics, [Message(**message) for message in found["messages"]])

    @property
    def kept(self) -> dict[str, Any]:
        """The state as JSON holds it."""
        return asdict(self)

    def note(self, failures: Iterable[Failure]) -> None:
        """Counts `failures` into their topics."""
        for failure in failures:
            self._topic(cause(failure.error), failure.backfill).add(failure)

    def write_messages(self, receivers: Collection[str], now: dt.datetime) -> None:
        """Writes a message to `receivers` about each topic that has news and is not quiet, and forgets what is over.

        A topic whose last message still waits for a receiver gathers on; receivers that are gone get nothing more.
        """
        for message in self.messages:
            message.left = [receiver for receiver in message.left if receiver in receivers]
        self.messages = [message for message in self.messages if message.left]
        waiting = {message.topic for message in self.messages}
        for key, topic in list(self.topics.items()):
            if topic.failures and key not in waiting and not topic.is_quiet(now):
                self.messages.append(Message(key, _title(topic), _body(topic), list(receivers)))
                self.topics[key] = Topic(topic.cause, topic.backfill, told_at=now.timestamp())
            elif not topic.failures and not topic.is_quiet(now):
                del self.topics[key]

    def delivered(self, message: Message, receiver: str) -> None:
        """Takes note that `receiver` has `message`."""
        message.left.remove(receiver)
        if not message.left:
            self.messages.remove(message)

    def _topic(self, named: str, backfill: str | None) -> Topic:
        key = json.dumps([named, backfill])
        if key not in self.topics and len(self.topics) >= _TOPICS:
            named, backfill, key = _OTHER_CAUSES, None, json.dumps([_OTHER_CAUSES, None])
        return self.topics.setdefault(key, Topic(named, backfill))


def failures(run: FinishedRun) -> Iterator[Failure]:
    """What went wrong in `run` itself; steps that were not run because of it are no failures of their own."""
    first, last, _ = partitions(run.tags)
    days = f"{first} to {last}" if first != last else first or ""
    kind, launcher = launched_by(run.tags)
    backfill = launcher if kind == "backfill" else None
    failed = [step for step in run.steps if run.status == "failed" and run.status_of(step) == "failed"]
    for step in failed:
        what = ", ".join(step.writes) or step.key
        yield Failure(run.run_id, what, days, run.error_of(step) or "", backfill, step.ended_at or run.ended_at)
    if run.status in ("failed", "died") and not failed:
        yield Failure(run.run_id, f"a run that {run.status}", days, run.error or run.status, backfill, run.ended_at)


def cause(error: str) -> str:
    """What errors of one cause have in common: their words, without ids, names and numbers."""
    words = re.sub(r"\S*(?:\d|\w[._/:$]\w)\S*", "…", error)
    return re.sub(r"…(?:\s…)+", "…", words)[:_LONGEST_CAUSE]


def _title(topic: Topic) -> str:
    times = "once" if topic.failures == 1 else f"{topic.failures} times"
    where = f" in backfill {topic.backfill}" if topic.backfill else ""
    return f"nba_pipeline failed {times}{where}: {topic.cause}"


def _body(topic: Topic) -> str:
    first, last = (dt.datetime.fromtimestamp(moment, dt.UTC) for moment in (topic.first_at, topic.last_at))
    tables = ", ".join(f"{name} ({count})" for name, count in topic.tables.items())
    more = topic.failures - sum(topic.tables.values())
    return "\n".join(
        [
            f"{topic.failures} failures from {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC:",
            f"{tables}{f' and {more} of other tables' if more else ''}",
            "For example:",
            *(f"- {example}" for example in topic.examples),
        ]
    )
