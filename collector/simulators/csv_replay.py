"""A logger that writes a CSV as bad as real ones are.

Source: RFC 4180, and the loggers that do not follow it.
"""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvReplay:
    """Makes files with a day's swing of temperature and humidity.

    Attributes:
        start_ms: Time of the first row, UTC ms.
        step_ms: Between rows.
        rows: How many.
        faults: Share of rows that are damaged in one of five ways, 0–1.
        seed: Same seed, same file.
    """

    start_ms: int = 1_750_000_000_000
    step_ms: int = 1000
    rows: int = 100
    faults: float = 0.0
    seed: int = 1

    def lines(self) -> Iterator[str]:
        """Yield the file line by line, the header first."""
        chance = random.Random(self.seed)  # noqa: S311 - nothing secret
        yield "time,temperature,humidity,note"
        for number in range(self.rows):
            ms = self.start_ms + number * self.step_ms
            turn = math.sin(ms / 86_400_000 * 2 * math.pi)
            when = datetime.fromtimestamp(ms / 1000, UTC).isoformat()
            row = f"{when},{21 + 4 * turn:.2f},{55 - 10 * turn:.1f},ok"
            yield self._damaged(row, chance) if chance.random() < self.faults else row

    def write(self, path: Path) -> None:
        """Write the file."""
        with path.open("w") as file:
            file.writelines(line + "\n" for line in self.lines())

    def _damaged(self, row: str, chance: random.Random) -> str:
        when, temperature, humidity, note = row.split(",")
        return chance.choice(
            (
                when,
                f"yesterday,{temperature},{humidity},{note}",
                f"{when},,{humidity},{note}",
                f"{when},overflow,{humidity},{note}",
                f"{when},inf,{humidity},\x00\xff",
            )
        )
