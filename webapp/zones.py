"""The names of all time zones, from the one list that comes with tzdata.

`zoneinfo.available_timezones` opens 600 files, which takes seconds on a card.
"""

from functools import cache
from importlib import resources


@cache
def names() -> tuple[str, ...]:
    """Return every IANA name, sorted."""
    text = resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8")
    return tuple(sorted(text.split()))
