"""Text from outside, made harmless to whatever shows it."""


def printable(text: str, kept: str = "") -> str:
    """`text` with every character that shows nothing, but a space and those in `kept`, spelled out: `\\x1b`."""
    return "".join(
        sign if sign.isprintable() or sign in kept else sign.encode("unicode_escape").decode() for sign in text
    )
