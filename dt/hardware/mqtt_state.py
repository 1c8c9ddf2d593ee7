"""What an MQTT device says of itself: a plain word, or one in a JSON object."""

import msgspec


def word_of(payload: bytes, key: str) -> str:
    """Return the word that a message says; empty: it says none.

    Args:
        payload: ``ON``, or ``{"state": "ON"}``.
        key: In JSON, with dots between levels; empty, or no JSON: the whole message.
    """
    text = payload.decode("utf-8", "replace").strip()
    if not key or not text.startswith("{"):
        return text
    try:
        found: object = msgspec.json.decode(payload)
    except msgspec.DecodeError:
        return ""
    for part in key.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    if isinstance(found, bool):
        return "true" if found else "false"
    return "" if found is None else str(found)
