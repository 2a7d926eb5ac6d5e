"""What a listing says of an object. It stands alone so that who decides about objects needs no client."""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One generation of an object: an overwritten object keeps its name and gets a higher generation."""

    name: str
    generation: int
    updated: dt.datetime
    size: int
