"""What a feed is: where its objects lie in the bucket, and what their names say."""

import datetime as dt
import re
from dataclasses import dataclass

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_SHAPES = {
    "date": r"\d{4}-\d{2}-\d{2}",
    "season": r"\d{4}-\d{2}",
    "ts": r"\d{8}T\d{6}Z",
}


class ForeignObject(ValueError):
    """An object's name is not one of the feed's."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed's objects: `path` is their name with placeholders, e.g. `nba-com/schedule/{season}/{ts}.json`.

    `{date}` is the Eastern game day, `{ts}` the scrape's UTC stamp; any other placeholder is letters, digits and
    dashes. Names that fit no other way are not the feed's, whatever they contain.
    """

    name: str
    path: str

    def object_name(self, **values: str) -> str:
        """The name of the object with these values; raises ForeignObject where a value does not fit."""
        name = self.path.format(**values)
        self.fields(name)
        return name

    def fields(self, name: str) -> dict[str, str]:
        """The placeholders' values in an object's name; raises ForeignObject."""
        found = re.fullmatch(_pattern(self.path), name, re.ASCII)
        if found is None:
            raise ForeignObject(f"{name!r} is no object of feed {self.name} ({self.path})")
        return found.groupdict()

    def scraped_at(self, name: str) -> dt.datetime:
        """The scrape's UTC time in an object's name."""
        stamp = self.fields(name)["ts"]
        try:
            return dt.datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC)
        except ValueError:
            raise ForeignObject(f"{name!r}: {stamp} is no time") from None

    @property
    def prefix(self) -> str:
        """What all names of the feed begin with."""
        return self.path.partition("{")[0]


def stamp(moment: dt.datetime) -> str:
    """A UTC time as object names write it."""
    return moment.astimezone(dt.UTC).strftime("%Y%m%dT%H%M%SZ")


def _pattern(path: str) -> str:
    parts = _PLACEHOLDER.split(path)
    literal = [re.escape(part) for part in parts[::2]]
    groups = [f"(?P<{name}>{_SHAPES.get(name, '[A-Za-z0-9-]+')})" for name in parts[1::2]]
    return literal[0] + "".join(group + text for group, text in zip(groups, literal[1:], strict=True))
