"""History as the keeper leaves it: logged, journalled, sealed, compacted."""

from collections.abc import Iterator, Sequence

from dt.bench import data
from dt.clock import Clock
from dt.config import Config
from dt.store.keeper import Keeper
from dt.store.log import Log
from dt.store.records import SignalRow
from dt.twin.readings import Readings

SEAL_S = 900
TWIN_ID = "dt:BenchHistory_001"
_ROUGH = (data.noisy, data.noisy, data.full_float)
KINDS = (data.slow, data.noisy, data.counter, data.constant)


def names(count: int) -> list[str]:
    """Return the full names of the first signals."""
    return [f"{TWIN_ID}/s{number}" for number in range(count)]


def register(log: Log, count: int) -> list[int]:
    """Return the store's ids of the first signals."""
    rows = [SignalRow(name=name, twin=TWIN_ID, unit="V") for name in names(count)]
    ids = log.register(rows)
    return [ids[name] for name in names(count)]


def days(
    ids: Sequence[int], hours: int, start: int, kinds: Sequence[data.Kind] = KINDS
) -> Iterator[Readings]:
    """Yield hours at 1 Hz of some signals, by days at most, in order of time."""
    for first in range(0, hours, 24):
        begin = start + first * 3_600_000
        count = min(hours - first, 24) * 3600
        yield data.side_by_side(
            [
                data.signal(kinds[n % len(kinds)], count, signal=number, start=begin)
                for n, number in enumerate(ids)
            ]
        )


def live(config: Config, clock: Clock, signals: int, hours: int, start: int) -> int:
    """Write hours at 1 Hz as an appliance does in its life; return how many readings.

    One quarter of an hour after the other is appended, journalled and sealed, and
    compacted when the keeper thinks so: only the clock runs faster, and the journal is
    written once for each quarter and not each second.
    """
    log = Log.open(config, clock)
    keeper = Keeper(log, config, clock)
    done = 0
    for day in days(register(log, signals), hours, start):
        step = SEAL_S * signals
        for at in range(0, len(day), step):
            log.append(_piece(day, at, at + step))
            keeper.journal()
            keeper.seal()
            while keeper.compact():
                pass
            keeper.prune()
            done += min(step, len(day) - at)
    keeper.stop()
    log.close()
    return done


def seconds(config: Config, clock: Clock, signals: int, hours: int, start: int) -> None:
    """Write hours at 1 Hz of rough signals with a journal write each second, and seal.

    Afterwards the journal has its usual size, and its rows are overwritten in turn.
    """
    log = Log.open(config, clock)
    keeper = Keeper(log, config, clock)
    for day in days(register(log, signals), hours, start, _ROUGH):
        for number, at in enumerate(range(0, len(day), signals), 1):
            log.append(_piece(day, at, at + signals))
            keeper.journal()
            if number % SEAL_S == 0:
                keeper.seal()
                keeper.prune()
    keeper.stop()
    log.close()


def _piece(readings: Readings, start: int, stop: int) -> Readings:
    piece = slice(start, stop)
    return Readings(
        signal=readings.signal[piece],
        observed_at=readings.observed_at[piece],
        value=readings.value[piece],
        code=readings.code[piece],
    )
