"""Player names as a key that joins sources which share no id."""

import pandas as pd

_SUFFIXES = r"(?:[\s,.]+(?:jr|sr|ii|iii|iv)\.?)+\s*$"
# Letters that Unicode does not take apart into a base letter and an accent.
_FOLDED = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "\u0131": "i", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"}
)


def player_lookup(names: pd.Series) -> pd.Series:
    """Each name as lower-case ASCII letters: accents folded, generational suffixes dropped.

    `Luka Dončić` -> `lukadoncic`, `Tim Hardaway Jr.` -> `timhardaway`; empty where a name has no letter.
    """
    distinct = pd.Series(list(dict.fromkeys(names.dropna())), dtype="object")
    text = distinct.astype(str).str.lower().str.translate(_FOLDED).str.normalize("NFKD")
    ascii_only = text.str.encode("ascii", "ignore").str.decode("ascii")
    folded = ascii_only.str.replace(_SUFFIXES, "", regex=True).str.replace(r"[^a-z]", "", regex=True)
    return names.map(dict(zip(distinct, folded, strict=True)).get, na_action="ignore").astype("string[pyarrow]")
