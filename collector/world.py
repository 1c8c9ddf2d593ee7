"""A small plant box as physics, so that simulated sensors measure something that lives.

Air, light and soil follow the sun, the weather and what actuators do; the plant grows.
The constants are plausible, not fitted: a pot on a sunny window sill, 20 m³ of room air.
Everything is a function of the seed and of the time, so a history can be computed and a
test repeated. Actuators act by files (see `WorldFiles`), the model knows only shares 0–1.
"""

import math
import threading
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo

import msgspec

from dt.clock import Clock
from dt.config import Config
from dt.hardware.world_files import WorldFiles
from dt.times import zone_of

STEP_S = 60.0
DEMO_LAPSE = 2.0
_LONGEST_GAP_S = 7 * 86400.0
_LAMP_LX, _SUN_LX = 9000.0, 12000.0
_HAND_BELOW, _HAND_UNTIL = 24.0, 46.0
_SEEP_S = 90.0


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What the box is like at a moment.

    Attributes:
        at: UTC ms.
        air: Temperature in Cel.
        vapour: Pressure of water vapour in hPa.
        soil: Moisture in %.
        ground: Soil temperature in Cel.
        pond: Water on the soil that has not seeped in yet, in % of soil moisture.
        leaf: Share of the picture that leaves cover, in %.
        thirsty: Somebody is about to water by hand.
    """

    at: int
    air: float = 20.5
    vapour: float = 12.5
    soil: float = 44.0
    ground: float = 20.0
    pond: float = 0.0
    leaf: float = 14.0
    thirsty: bool = False


Inputs = Mapping[str, float]
"""Share 0–1 of ``pump``, ``light``, ``heater`` and ``fan``; what is not there is off."""


class Climate:
    """The laws of one box.

    Args:
        seed: Same seed, same weather.
        zone: Where the sun is at its height at noon.
        lapse: How many times faster soil dries and the plant grows.
        by_hand: Somebody waters when the soil is very dry.
    """

    def __init__(
        self,
        seed: int = 1,
        *,
        zone: tzinfo = UTC,
        lapse: float = 1.0,
        by_hand: bool = True,
    ) -> None:
        self._seed = seed
        self._zone = zone
        self._lapse = lapse
        self._by_hand = by_hand

    def advance(self, state: State, to_ms: int, inputs: Inputs) -> State:
        """Return the state at a later time; a time that is not later changes nothing.

        Of a gap of more than a week only the last week is lived through.
        """
        if to_ms <= state.at:
            return state
        earliest = to_ms - round(_LONGEST_GAP_S * 1000)
        if state.at < earliest:
            state = msgspec.structs.replace(state, at=earliest)
        while state.at < to_ms:
            step_ms = min(to_ms - state.at, round(STEP_S * 1000))
            state = self._step(state, step_ms, inputs)
        return state

    def light(self, at_ms: int, inputs: Inputs) -> float:
        """Return the light on the leaves in lx."""
        cloud = 0.35 + 0.65 * self._noise("cloud", at_ms, 2400.0)
        return _SUN_LX * self._sun(at_ms) * cloud + _LAMP_LX * inputs.get("light", 0.0)

    def seen(self, state: State, quantity: str, inputs: Inputs) -> float:
        """Return a quantity as a sensor in the box meets it, turbulence included.

        Raises:
            KeyError: The box has no such quantity.
        """
        at = state.at
        if quantity == "air.temperature":
            return state.air + 0.3 * (self._noise("gust", at, 45.0) - 0.5)
        if quantity == "air.humidity":
            moist = 100.0 * state.vapour / saturation_hpa(state.air)
            return min(max(moist + 1.2 * (self._noise("damp", at, 50.0) - 0.5), 1.0), 99.5)
        values = {
            "air.pressure": 1008.0 + 14.0 * self._noise("front", at, 86400.0),
            "light": self.light(at, inputs),
            "soil.moisture": state.soil + 0.4 * (self._noise("soil", at, 70.0) - 0.5),
            "soil.temperature": state.ground + 0.1 * (self._noise("peat", at, 90.0) - 0.5),
            "leaf.green": state.leaf,
        }
        return values[quantity]

    def _step(self, state: State, step_ms: int, inputs: Inputs) -> State:
        dt = step_ms / 1000.0
        at = state.at + step_ms
        light = self.light(at, inputs)
        fan = inputs.get("fan", 0.0)
        room = 19.5 + 2.2 * math.sin((self._hour(at) - 9.0) / 24.0 * 2.0 * math.pi)
        room += 1.6 * (self._noise("room", at, 21600.0) - 0.5)
        warmed = room + 4.0 * light / _SUN_LX * (1.0 - 0.6 * fan)
        warmed += 7.0 * inputs.get("heater", 0.0)
        air = _relax(state.air, warmed, dt, 1500.0 - 900.0 * fan)
        breath = 2.5 * state.leaf / 30.0 * min(state.soil / 40.0, 1.0) * (1.0 - 0.5 * fan)
        moist = 10.8 + 1.8 * self._noise("vapour", at, 28800.0) + breath
        vapour = _relax(state.vapour, moist, dt, 900.0)
        deficit_kpa = max(saturation_hpa(air) - vapour, 0.0) / 10.0
        return msgspec.structs.replace(
            self._watered(state, dt, deficit_kpa, light, inputs.get("pump", 0.0)),
            at=at,
            air=air,
            vapour=vapour,
            ground=_relax(state.ground, air, dt, 7200.0),
        )

    def _watered(
        self, state: State, dt: float, deficit_kpa: float, light: float, pump: float
    ) -> State:
        """Return the state with its water and its leaves a step later."""
        thirsty = self._by_hand and (
            state.soil < _HAND_BELOW or (state.thirsty and state.soil < _HAND_UNTIL)
        )
        poured = 0.6 * pump + (0.04 if thirsty else 0.0)
        pond = state.pond + poured * dt
        seeped = pond * (1.0 - math.exp(-dt / _SEEP_S))
        thirst = 0.35 + 0.55 * deficit_kpa + 0.7 * light / _SUN_LX
        dried = 1.7 / 3600.0 * thirst * max(state.soil - 8.0, 0.0) / 30.0
        drained = max(state.soil - 65.0, 0.0) / 1800.0
        soil = state.soil + seeped - (dried * self._lapse + drained) * dt
        growth = 0.25 / 86400.0 * light / 3000.0 * (1.0 - state.leaf / 55.0)
        growth *= 1.0 if state.soil > 15.0 else -0.5
        leaf = state.leaf + growth * state.leaf / 14.0 * self._lapse * dt
        return msgspec.structs.replace(
            state,
            soil=min(max(soil, 0.0), 100.0),
            pond=pond - seeped,
            leaf=min(max(leaf, 2.0), 55.0),
            thirsty=thirsty,
        )

    def _hour(self, at_ms: int) -> float:
        when = datetime.fromtimestamp(at_ms / 1000, self._zone)
        return when.hour + when.minute / 60 + when.second / 3600

    def _sun(self, at_ms: int) -> float:
        return max(math.sin((self._hour(at_ms) - 6.0) / 12.0 * math.pi), 0.0)

    def _noise(self, name: str, at_ms: int, period_s: float) -> float:
        """Return smooth noise 0–1 whose waves are about two periods long."""
        place = at_ms / 1000.0 / period_s
        first = math.floor(place)
        part = place - first
        smooth = part * part * (3.0 - 2.0 * part)
        before, after = self._chance(name, first), self._chance(name, first + 1)
        return before + (after - before) * smooth

    def _chance(self, name: str, number: int) -> float:
        """Return 0–1, the same for the same arguments. Source: SplitMix64."""
        z = (number * 0x9E3779B97F4A7C15 + self._seed * 0x632BE59BD9B4E019) & _MASK
        for byte in name.encode():
            z = (z ^ byte) * 0xBF58476D1CE4E5B9 & _MASK
        z = (z ^ z >> 27) * 0x94D049BB133111EB & _MASK
        return (z ^ z >> 31) / 2.0**64


_MASK = 2**64 - 1


def saturation_hpa(celsius: float) -> float:
    """Return the saturation pressure of water vapour. Source: Magnus, WMO-No. 8."""
    return 6.112 * math.exp(17.62 * celsius / (243.12 + celsius))


def _relax(value: float, target: float, dt: float, tau: float) -> float:
    return target + (value - target) * math.exp(-dt / tau)


class World:
    """One box that goes on by the clock; what simulated chips and cameras measure.

    Args:
        climate: Its laws.
        clock: Its time; a step of the wall clock does not shake it.
        files: Where its state is kept and actuators act; None: nowhere.
    """

    def __init__(
        self, climate: Climate, clock: Clock, files: WorldFiles | None = None
    ) -> None:
        self._climate = climate
        self._clock = clock
        self._files = files
        self._lock = threading.Lock()
        self._start_ms = clock.now_ms()
        self._start_s = clock.monotonic()
        kept = files.load(State) if files is not None else None
        # A state from the future was kept before the clock was set right.
        usable = kept is not None and kept.at <= self._start_ms
        self._state = kept if usable and kept is not None else State(at=self._start_ms)
        self._inputs: Inputs = {}

    def value(self, quantity: str) -> float:
        """Return what is true now, in Cel, %, lx or hPa.

        Raises:
            KeyError: The box has no such quantity.
        """
        with self._lock:
            now_s = self._clock.monotonic()
            if self._files is not None:
                self._inputs = self._files.inputs(now_s)
            now_ms = self._start_ms + round((now_s - self._start_s) * 1000)
            self._state = self._climate.advance(self._state, now_ms, self._inputs)
            if self._files is not None:
                self._files.save(self._state, now_s)
            return self._climate.seen(self._state, quantity, self._inputs)


class Worlds:
    """The simulated worlds of this appliance, one for each twin, made when asked for.

    Args:
        config: With ``demo`` soil dries and plants grow `DEMO_LAPSE` times faster.
        clock: Their time.
    """

    def __init__(self, config: Config, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._lock = threading.Lock()
        self._worlds: dict[str, World] = {}

    def of(self, twin: str) -> World:
        """Return the world around a twin."""
        with self._lock:
            if twin not in self._worlds:
                files = WorldFiles.of(self._config, twin)
                climate = climate_of(self._config, twin)
                self._worlds[twin] = World(climate, self._clock, files)
            return self._worlds[twin]


def climate_of(config: Config, twin: str) -> Climate:
    """Return the laws of a twin's world; its weather follows from its id."""
    return Climate(
        zlib.crc32(twin.encode()),
        zone=zone_of(config.appliance.timezone),
        lapse=DEMO_LAPSE if config.demo else 1.0,
    )
