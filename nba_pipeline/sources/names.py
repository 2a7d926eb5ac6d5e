"""Player names as a key that joins sources which share no id."""

import pandas as pd

_SUFFIXES = r"(?:[\s,.]+(?:jr|sr|ii|iii|iv)\.?)+\s*$"
# Letters that Unicode does not take apart into a base letter and an accent.
_FOLDED = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "\u0131": "i", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"}
)

# Names that other sources give a player, as lookups, and NBA.com's own. Initials stand here only where a single
# player has them: `C. Martin` is one of two, and stays as it is.
ALIASES = {
    # Given names and nicknames, in prop lines of most books.
    "carltoncarrington": "bubcarrington",
    "gregoryjackson": "ggjackson",
    "herbjones": "herbertjones",
    "jameshuff": "jayhuff",
    "joshuagiddey": "joshgiddey",
    "moewagner": "moritzwagner",
    "mohamedbamba": "mobamba",
    "nicholasbatum": "nicolasbatum",
    "obadiahtoppin": "obitoppin",
    "ronholland": "ronaldholland",
    "vincentwilliams": "vincewilliams",
    # The same, and in Ball Don't Lie's box scores.
    "kenyonmartin": "kjmartin",
    "nicolasclaxton": "nicclaxton",
    # Ball Don't Lie's box scores alone.
    "cameronreddish": "camreddish",
    "charlesbrown": "charliebrown",
    "jeenathanwilliams": "natewilliams",
    # In prop lines of prizepicks, underdog, fanduel, bovada and betonlineag.
    "bjboston": "brandonboston",
    "camjohnson": "cameronjohnson",
    "cameronthomas": "camthomas",
    # Full names, in prop lines of bovada and pointsbetus.
    "alfredjoelhorfordreynoso": "alhorford",
    "brookrobertlopez": "brooklopez",
    "christianjamesmccollum": "cjmccollum",
    "edricefemiadebayo": "bamadebayo",
    "ericambrosegordon": "ericgordon",
    "ishmaellarrysmith": "ishsmith",
    "kevindevonknox": "kevinknox",
    # Surnames first, in prop lines of bovada.
    "caldwellpopekentavious": "kentaviouscaldwellpope",
    "grantjerami": "jeramigrant",
    "huerterkevin": "kevinhuerter",
    "lovekevin": "kevinlove",
    "morrismarcus": "marcusmorris",
    "murraydejounte": "dejountemurray",
    "portisbobby": "bobbyportis",
    "richardsonjosh": "joshrichardson",
    "wembanyamavictor": "victorwembanyama",
    # Initials, in prop lines of betmgm, fanduel and pointsbetus.
    "gantetokounmpo": "giannisantetokounmpo",
    "jisaac": "jonathanisaac",
    "kcaldwellpope": "kentaviouscaldwellpope",
    "milbridges": "milesbridges",
    "nalexanderwalker": "nickeilalexanderwalker",
    "sgilgeousalexander": "shaigilgeousalexander",
    # Misspelt, or with the team behind the name, in prop lines of betmgm.
    "bojanbogdanovich": "bojanbogdanovic",
    "danieltheisind": "danieltheis",
    "danilogalinari": "danilogallinari",
    "kylelowryphi": "kylelowry",
}


def player_lookup(names: pd.Series) -> pd.Series:
    """Each name as lower-case ASCII letters: accents folded, generational suffixes dropped, aliases resolved.

    `Luka Dončić` -> `lukadoncic`, `Tim Hardaway Jr.` -> `timhardaway`, `Moe Wagner` -> `moritzwagner`; empty where a
    name has no letter.
    """
    distinct = pd.Series(list(dict.fromkeys(names.dropna())), dtype="object")
    text = distinct.astype(str).str.lower().str.translate(_FOLDED).str.normalize("NFKD")
    ascii_only = text.str.encode("ascii", "ignore").str.decode("ascii")
    folded = ascii_only.str.replace(_SUFFIXES, "", regex=True).str.replace(r"[^a-z]", "", regex=True)
    found = dict(zip(distinct, folded.replace(ALIASES), strict=True))
    return names.map(found.get, na_action="ignore").astype("string[pyarrow]")


def full_names(first: pd.Series, last: pd.Series) -> pd.Series:
    """First name and surname in one; a player may lack either, and "" is one who lacks both."""
    return first.str.cat(last, sep=" ", na_rep="").str.strip()
