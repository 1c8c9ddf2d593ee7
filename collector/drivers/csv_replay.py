"""Any CSV file as a source: at its own pace, faster, or as fast as it can be stored."""

import threading
from pathlib import Path
from typing import ClassVar, Literal

import msgspec

from collector.batch import Batch
from collector.csv_table import CsvTable, Layout
from collector.rubbish import Rubbish
from collector.seam import BusKind, Context, Description, Emit
from collector.timeline import Timeline
from dt.clock import Clock
from dt.hardware.bus import Buses
from dt.twin.quantities import Seconds

_BATCH = 5000


class CsvReplayOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Options of the driver; `reads` maps columns to signals.

    Attributes:
        file: Path; a relative one starts at the folder of the twin.yaml.
        time: Column with the time; empty: rows are `interval` apart.
        time_format: ``auto``, ``iso``, ``s``, ``ms``, ``us``, ``ns`` or a `strptime`
            pattern.
        zone: Of times that do not say theirs.
        interval: Between rows without a time.
        pace: ``recorded``, ``as_fast_as_possible``, or so many times as fast.
        start_at: ``now``: the first row happens now; ``recorded``: times as they stand;
            ``auto``: ``recorded`` when as fast as possible, else ``now``.
        loop: Begin anew at the end, with later times.
        separator: Between cells.
        encoding: Of the file.
    """

    file: str
    time: str = ""
    time_format: str = "auto"
    zone: str = "UTC"
    interval: Seconds = Seconds(1)
    pace: Literal["recorded", "as_fast_as_possible"] | float = "recorded"
    start_at: Literal["auto", "now", "recorded"] = "auto"
    loop: bool = False
    separator: str = ","
    encoding: str = "utf-8-sig"

    def layout(self) -> Layout:
        """Return how the file is written."""
        return Layout(
            time=self.time,
            time_format=self.time_format,
            zone=self.zone,
            interval_s=float(self.interval),
            separator=self.separator,
            encoding=self.encoding,
        )


class CsvReplay:
    """Reads a CSV of any size row by row; empty cells are missing values."""

    DESCRIPTION: ClassVar[Description] = Description(
        kind="csv_replay", title="Replay of a CSV file", bus=BusKind.NONE
    )
    Options: ClassVar[type[msgspec.Struct]] = CsvReplayOptions

    def __init__(
        self, options: CsvReplayOptions, buses: Buses, clock: Clock, context: Context
    ) -> None:
        del buses
        self._options = options
        self._clock = clock
        self._columns = tuple(context.reads)
        self._table = CsvTable(
            Path(context.twin_dir, options.file),
            self._columns,
            options.layout(),
            Rubbish(clock, context.twin, context.sensor),
        )

    def run(self, emit: Emit, stop: threading.Event) -> None:
        """Emit rows when they are due, until the file or the time for it ends.

        Raises:
            SourceError: The file cannot be read, or lacks a column.
        """
        timeline = Timeline(self._options.pace, self._options.start_at, self._clock)
        batch = Batch(self._columns)
        while True:
            for recorded, values in self._table.rows():
                due, observed_at = timeline.place(recorded)
                wait_s = due - self._clock.monotonic()
                if len(batch) >= _BATCH or (wait_s > 0 and len(batch)):
                    batch.hand_over(emit)
                if (wait_s > 0 and stop.wait(wait_s)) or stop.is_set():
                    return
                for which, value in values:
                    batch.add(which, value, observed_at)
            batch.hand_over(emit)
            if not self._options.loop or not timeline.again():
                return
