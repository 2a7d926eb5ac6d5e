"""Damage: a payload in which one node, anywhere, is something else, gone or there twice, and bytes that are cut."""

import json

from hypothesis import assume
from hypothesis import strategies as st

# What looks like a value and is none, or is one that nothing can hold.
_ODDITIES = (
    *(
        "",
        " ",
        "0",
        "-1",
        "007",
        "1e5",
        "١٢",
        "NaN",
        "None",
        "null",
        "True",
        "34:60",
        "PT0M",
        "24:00:00",
        "\u0130",
        "\x00",
    ),
    *("2024-02-30", "9999-12-31", "0001-01-01", "2024-01-01T25:00:00Z", "99999999999999999999"),
    *(True, -1, 0.5, 1e300, 2**53 + 1, 2**63, 2**64, [], {}, [None], None),
)
json_values = st.sampled_from(_ODDITIES) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
_DEEPER = st.sampled_from([True, True, True, False])
_KINDS = st.sampled_from(["replaced", "replaced", "gone", "repeated"])


@st.composite
def damaged(draw: st.DrawFn, payload: object) -> object:
    """`payload` with one of its nodes replaced by any JSON value, left out, or there twice."""
    root: list = [payload]
    node, key = root, 0
    while isinstance(node[key], dict | list) and node[key] and draw(_DEEPER):
        node[key] = node[key].copy()  # what surrounds the damage; the rest stays the payload's own
        node = node[key]
        key = draw(st.sampled_from(list(node) if isinstance(node, dict) else range(len(node))))
    kind = "replaced" if node is root else draw(_KINDS)
    if kind == "gone":
        del node[key]
    elif kind == "repeated" and isinstance(node, list):
        node.insert(key, node[key])
    else:
        node[key] = draw(json_values)
    return root[0]


@st.composite
def cut(draw: st.DrawFn, content: bytes) -> bytes:
    """`content` with a stretch of it, of any length, replaced by a few other bytes."""
    start = draw(st.integers(0, len(content)))
    end = draw(st.integers(start, len(content)) | st.integers(start, min(start + 9, len(content))))
    return (
        content[:start]
        + draw(st.binary(max_size=4) | st.sampled_from([b"0", b'"', b"}", b"]", b",", b"-"]))
        + content[end:]
    )


def shortened(payload: object, length: int = 12) -> object:
    """`payload` with the first elements of each list of objects or lists, so that thousands of cases are quick."""
    if isinstance(payload, dict):
        return {key: shortened(value, length) for key, value in payload.items()}
    if isinstance(payload, list) and any(isinstance(value, dict | list) for value in payload):
        return [shortened(value, length) for value in payload[:length]]
    return payload


def readable(content: bytes) -> object:
    """The payload that JSON with bad bytes in it stands for; `written` makes the same bytes of what is in it.

    Where an object has a name twice, JSON does not say what it stands for: such a case is none.
    """
    return json.loads(content.decode("utf-8", "surrogateescape"), strict=False, object_pairs_hook=_named_once)


def written(payload: object) -> bytes:
    """JSON with the bad bytes that `readable` found."""
    return json.dumps(payload, ensure_ascii=False).encode("utf-8", "surrogateescape")


def _named_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    held = dict(pairs)
    assume(len(held) == len(pairs))
    return held
