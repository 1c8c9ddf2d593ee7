"""One measured figure, beside its limit and what a peer did in the same run."""

import math

import msgspec


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table.

    Attributes:
        case: Name of the case, as ``dt bench NAME`` takes it.
        what: What was measured, for people.
        measured: The figure, in `unit`.
        unit: Of `measured`, `peer` and the limits.
        at_least: Limit of a figure that should be large.
        at_most: Limit of a figure that should be small.
        peer: What something else did with the same data in the same run.
        peer_name: What that was.
        note: What to know when reading the figure.
    """

    case: str
    what: str
    measured: float
    unit: str
    at_least: float | None = None
    at_most: float | None = None
    peer: float | None = None
    peer_name: str = ""
    note: str = ""

    @property
    def limit(self) -> str:
        """The limit for people; empty: there is none."""
        if self.at_least is not None:
            return f"≥ {number(self.at_least)}"
        if self.at_most is not None:
            return f"≤ {number(self.at_most)}"
        return ""

    @property
    def ratio(self) -> str:
        """How many times better than the peer, or how much of the limit is used."""
        if self.peer is not None and self.peer > 0 and self.measured > 0:
            small = self.at_most is not None
            times = self.peer / self.measured if small else self.measured / self.peer
            return f"{number(times)} × {self.peer_name}"
        if self.at_least:
            return f"{number(self.measured / self.at_least)} × limit"
        if self.at_most:
            return f"{number(100 * self.measured / self.at_most)} % of limit"
        return ""

    @property
    def verdict(self) -> str:
        """``good``, ``MISSED``, or empty without a limit."""
        if self.at_least is not None:
            return "good" if self.measured >= self.at_least else "MISSED"
        if self.at_most is not None:
            return "good" if self.measured <= self.at_most else "MISSED"
        return ""


def number(value: float) -> str:
    """Return a figure with three significant digits and thousands set apart."""
    if not math.isfinite(value):
        return str(value)
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
