"""The outcomes as a table: on the terminal, and in docs/benchmarks.md."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from dt.bench.machine import Machine
from dt.bench.outcome import Outcome, number
from dt.errors import ConfigError

HEAD = ("case", "what", "measured", "limit", "ratio", "verdict")
BEGIN = "<!-- table: written by dt bench --record -->"
END = "<!-- table: end -->"


def cells(outcome: Outcome) -> tuple[str, ...]:
    """Return the row of an outcome, one text per column of `HEAD`."""
    return (
        outcome.case,
        outcome.what,
        f"{number(outcome.measured)} {outcome.unit}".strip(),
        outcome.limit,
        outcome.ratio,
        outcome.verdict,
    )


def plain(outcomes: Sequence[Outcome]) -> str:
    """Return the table for a terminal, with the notes below."""
    rows = [HEAD, *(cells(o) for o in outcomes)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD))]
    lines = [
        "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    notes = [f"{o.case}, {o.what}: {o.note}" for o in outcomes if o.note]
    return "\n".join([*lines, "", *notes]).rstrip()


def markdown(outcomes: Sequence[Outcome], machine: Machine) -> str:
    """Return the table for the documentation, below what it was measured on."""
    lines = [machine.sentence(), "", _row(HEAD), _row(("---",) * len(HEAD))]
    lines += [_row(cells(o)) for o in outcomes]
    notes = [f"* {o.case}, {o.what}: {o.note}" for o in outcomes if o.note]
    return "\n".join([*lines, "", *notes]).rstrip()


def record(page: Path, text: str) -> None:
    """Replace the generated part of a page.

    Raises:
        ConfigError: The page is missing or has no marks between which to write.
    """
    old = page.read_text(encoding="utf-8") if page.is_file() else ""
    before, begin, rest = old.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ConfigError(
            f"{str(page)!r} has no place for the table: expected {BEGIN} and {END}",
            hint="--record works in a checkout only",
        )
    page.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")


def _row(parts: Sequence[str]) -> str:
    return "| " + " | ".join(part.replace("|", "\\|") for part in parts) + " |"


def as_json(outcomes: Sequence[Outcome], machine: Machine) -> str:
    """Return the figures and the machine for programs; numpy's numbers count as numbers."""
    told = {"machine": machine, "outcomes": outcomes}
    plain = msgspec.json.encode(told, enc_hook=float)
    return msgspec.json.format(plain).decode()
