"""What changed between two versions of anything, key by key."""

from collections.abc import Mapping

import msgspec

_WIDEST = 300


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One key that changed; `before` or `after` empty: it was not there.

    Attributes:
        path: ``for``, ``then[0].command``; empty: the whole.
    """

    path: str
    before: str
    after: str


def differences(before: object, after: object, path: str = "") -> list[Difference]:
    """Return what differs between two values made of mappings, lists and plain values."""
    if before == after:
        return []
    if isinstance(before, Mapping) or isinstance(after, Mapping):
        old = before if isinstance(before, Mapping) else {}
        new = after if isinstance(after, Mapping) else {}
        keys = dict.fromkeys([*old, *new])
        found = [
            one
            for key in keys
            for one in differences(
                old.get(key), new.get(key), f"{path}.{key}" if path else str(key)
            )
        ]
        return found or [Difference(path=path, before=_text(before), after=_text(after))]
    if _holds_mappings(before) or _holds_mappings(after):
        old_items = list(before) if isinstance(before, list | tuple) else []
        new_items = list(after) if isinstance(after, list | tuple) else []
        return [
            one
            for index in range(max(len(old_items), len(new_items)))
            for one in differences(
                old_items[index] if index < len(old_items) else None,
                new_items[index] if index < len(new_items) else None,
                f"{path}[{index}]",
            )
        ]
    return [Difference(path=path, before=_text(before), after=_text(after))]


def _holds_mappings(value: object) -> bool:
    return isinstance(value, list | tuple) and any(
        isinstance(one, Mapping) for one in value
    )


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        text = value
    elif isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
        text = ", ".join(value)
    else:
        text = msgspec.json.encode(value).decode()
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"
