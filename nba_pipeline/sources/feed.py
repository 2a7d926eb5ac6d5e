"""What a feed is: where its objects lie in the bucket, and what their names say."""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_SHAPES = {
    "date": r"\d{4}-\d{2}-\d{2}",
    "season": r"\d{4}-\d{2}",
    "ts": r"\d{8}T\d{6}Z",
}
# A shape alone lets through the 31st of February.
_CHECKS: dict[str, Callable[[str], object]] = {"date": dt.date.fromisoformat, "ts": dt.datetime.fromisoformat}


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

    def scraped_at(self, name: str) -> dt.datetime:
        """The scrape's UTC time in an object's name; raises ForeignObject."""
        return dt.datetime.fromisoformat(self.fields(name)["ts"])

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
