"""How far through the finished runs a sensor is: exact, whatever the order in which runs become visible.

Runs are gone through in the order of the time of their last change. That order is not the one in which they become
visible: the stamp is taken in the run's process, on its host's clock, before its change is committed. So the newest
`MARGIN` is looked at again at every tick, and the runs of it that were taken are remembered by number. No run is
missed; one that gets a tag long after its end comes again, so what is done with runs must bear a repetition.
"""

import datetime as dt
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass

# Far more than a commit may lag behind its stamp, or one host's clock behind another's.
MARGIN = dt.timedelta(minutes=10)
_MOMENT = dt.timedelta(microseconds=1)
_BEGINNING = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Cursor:
    """All runs that changed until `since` (included) are taken; of those that changed later, the ones in `taken`, which
    are Dagster's running numbers of runs."""

    since: dt.datetime = _BEGINNING
    taken: frozenset[int] = frozenset()

    @classmethod
    def of(cls, text: str | None) -> "Cursor":
        """From what was kept; the beginning of all runs where nothing was."""
        if not text:
            return cls()
        kept = json.loads(text)
        return cls(dt.datetime.fromisoformat(kept["since"]), frozenset(kept["taken"]))

    @property
    def text(self) -> str:
        """The cursor as it is kept."""
        return json.dumps({"since": self.since.isoformat(), "taken": sorted(self.taken)})

    def moved(self, seen: Mapping[int, dt.datetime], left: Collection[int], is_all: bool, now: dt.datetime) -> "Cursor":
        """The cursor once the runs of `seen` (number and time of change) are taken but for those of `left`.

        `is_all` says whether `seen` holds every run that changed after `since`, or only the earliest.
        """
        limits = [seen[number] - _MOMENT for number in left]
        if not is_all:
            limits.append(max(seen.values()) - _MOMENT)
        since = max(self.since, min([now - MARGIN, *limits]))
        later = {number for number, changed in seen.items() if changed > since and number not in left}
        unseen = frozenset() if is_all else self.taken - seen.keys()
        return Cursor(since, frozenset(later) | unseen)
