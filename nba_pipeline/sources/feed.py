"""What a feed is: where its objects lie in the bucket, and what their names say."""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from nba_pipeline.table import required

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_SHAPES = {
    "date": r"\d{4}-\d{2}-\d{2}",
    "season": r"\d{4}-\d{2}",
    "ts": r"\d{8}T\d{6}Z",
    "event_id": r"[0-9a-f]+",
    "hhmm": r"\d{4}",
    "file": r"[^/]+",
}


def _printable(text: str) -> None:
    """Refuses what would steer a terminal, or be read otherwise than it is written: controls, marks of direction."""
    if not text.isprintable():
        raise ValueError("it holds a character that can not be seen")


# A shape alone lets through the 31st of February.
_CHECKS: dict[str, Callable[[str], object]] = {
    "date": dt.date.fromisoformat,
    "ts": dt.datetime.fromisoformat,
    "file": _printable,
}


# What every row of a raw table says of where it came from.
LINEAGE = (
    required("scraped_at", "TIMESTAMP", "When the object was scraped"),
    required("source_object", "STRING", "The object in the bucket"),
    required("source_generation", "INT64", "The object's generation: an overwritten object has a higher one"),
)

# What one object is about, which says when a batch is complete: all the day holds; a part of it that the name does not
# tell, so that a later object does not stand for an earlier one; one of the day's games, teams or moments; a whole
# season; one of a season's teams.
Holds = Literal["day", "part", "game", "team", "snapshot", "season", "season_team"]


class ForeignObject(ValueError):
    """An object's name is not one of the feed's."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed's objects: `path` is their name with placeholders, e.g. `nba-com/schedule/{season}/{ts}.json`.

    `{date}` is the Eastern game day, `{season}` is like 2023-24, `{ts}` the scrape's UTC stamp; other placeholders are
    letters, digits and dashes. Names that fit no other way are not the feed's, whatever they contain. `holds` says
    what one object is about.
    """

    name: str
    path: str
    holds: Holds = "day"

    def object_name(self, **values: str) -> str:
        """The name of the object with these values; raises ForeignObject where a value does not fit."""
        name = self.path.format(**values)
        self.fields(name)
        return name

    def fields(self, name: str) -> dict[str, str]:
        """The placeholders' values in an object's name; raises ForeignObject."""
        found = _pattern(self.path).fullmatch(name)
        if found is None:
            raise ForeignObject(f"{name!r} is no object of feed {self.name} ({self.path})")
        fields = found.groupdict()
        try:
            for placeholder in _CHECKS.keys() & fields.keys():
                _CHECKS[placeholder](fields[placeholder])
        except ValueError as error:
            raise ForeignObject(f"{name!r} is no object of feed {self.name}: {error}") from None
        return fields

    def scraped_at(self, name: str) -> dt.datetime | None:
        """The scrape's UTC time in an object's name, None where the feed's names hold none; raises ForeignObject."""
        stamped = self.fields(name).get("ts")
        return dt.datetime.fromisoformat(stamped) if stamped else None

    def batch(self, name: str) -> str:
        """What the names of all objects begin with that are taken together with `name`; raises ForeignObject.

        These are the objects of its day; of a feed of seasons those of its season, scraped on one day where names say
        when.
        """
        fields = self.fields(name)
        return self._batch_path.format(**{**fields, "ts": fields.get("ts", "")[:8]})

    def first_batch(self, day: dt.date, season: str) -> str:
        """The `batch` of objects of `day`, or of `season` and scraped that day; those of later ones are greater."""
        return self._batch_path.format(date=day.isoformat(), season=season, ts=f"{day:%Y%m%d}")

    @property
    def _batch_path(self) -> str:
        if "date" in self.placeholders:
            return self.path.partition("{date}")[0] + "{date}/"
        before, _, after = self.path.partition("{season}")
        return before + ("{season}/{ts}" if after.startswith("/{ts}") else "{season}/")

    @property
    def placeholders(self) -> tuple[str, ...]:
        """The placeholders' names, in order."""
        return tuple(_PLACEHOLDER.findall(self.path))

    @property
    def prefix(self) -> str:
        """What all names of the feed begin with."""
        return self.path.partition("{")[0]


def stamp(moment: dt.datetime) -> str:
    """A UTC time as object names write it; two of them are in the order of their text."""
    return moment.astimezone(dt.UTC).strftime("%Y%m%dT%H%M%SZ")


@cache
def _pattern(path: str) -> re.Pattern[str]:
    parts = _PLACEHOLDER.split(path)
    literal = [re.escape(part) for part in parts[::2]]
    groups = [f"(?P<{name}>{_SHAPES.get(name, '[A-Za-z0-9-]+')})" for name in parts[1::2]]
    return re.compile(literal[0] + "".join(map("".join, zip(groups, literal[1:], strict=True))), re.ASCII)
