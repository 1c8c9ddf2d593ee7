"""What must hold between the keys of a twin, besides each being well formed.

A check reports every problem that it finds and never raises, so that one look at the
messages mends the whole file.
"""

import difflib
import itertools
import math
import re
from collections.abc import Collection, Mapping, Sequence

from dt.errors import FormulaError, UnitError
from dt.twin import formula_units, formulas, units
from dt.twin.description import DerivedSpec, SignalSpec, TwinDescription
from dt.twin.document import Problem, Reader

RESOLUTIONS = ("raw", "1min", "15min", "1h", "1day")
STATUSES = ("instantiated", "running", "degraded", "deprecated")

_TWIN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,126}[A-Za-z0-9]", re.ASCII)
_NAME = re.compile(r"[A-Za-z][\w-]*(\.[\w-]+)*", re.ASCII)
_STREAM = re.compile(r"[A-Za-z][A-Za-z0-9+._-]*:\S+")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_WORD = re.compile(r"(?<![\w.:/-])[A-Za-z_][\w-]*(?:\.[\w-]+)*(?![\w.:/-]|\s*\()", re.ASCII)
_BRACES = re.compile(r"\{([^{}:!]+)[^{}]*\}")
_RESERVED = frozenset({"and", "or", "not", "if", "else", "true", "false", "in", "is"})


class Checks:
    """The checks of one twin; `warnings` has what stops nothing.

    Args:
        reader: Takes the problems.
        twin: What could be read of it.
        declared: Section to the names that the file declares in it, readable or not.
    """

    def __init__(
        self, reader: Reader, twin: TwinDescription, declared: Mapping[str, Collection[str]]
    ) -> None:
        self._reader = reader
        self._twin = twin
        self._measured = frozenset(declared.get("signals", ()))
        self._signals = self._measured | frozenset(declared.get("derived", ()))
        self._actuated = frozenset(declared.get("actuators", ()))
        self.warnings: list[Problem] = []

    def run(self) -> None:
        """Make all checks."""
        self._identity()
        self._names()
        for name, signal in self._twin.signals.items():
            self._shape(f"signals.{name}", signal)
            self._judgement(f"signals.{name}", signal)
            self._calibration(f"signals.{name}", signal)
        for name, derived in self._twin.derived.items():
            self._shape(f"derived.{name}", derived)
        self._sensors()
        self._formulas()
        self._actuators()
        self._rules()

    def _report(self, path: str, seen: str, expected: str, hint: str = "") -> None:
        self._reader.problems.append(self._problem(path, seen, expected, hint))

    def _problem(self, path: str, seen: str, expected: str, hint: str = "") -> Problem:
        return Problem(
            file=self._twin.source,
            line=self._twin.line(path),
            path=path,
            seen=seen,
            expected=expected,
            hint=hint,
        )

    def _unknown(
        self, path: str, seen: object, known: Collection[str], what: str, hint: str = ""
    ) -> None:
        names = ", ".join(sorted(known)) or "none"
        near = difflib.get_close_matches(str(seen), known, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else hint
        self._report(path, repr(seen), f"{what}: {names}", hint)

    def _identity(self) -> None:
        twin = self._twin
        alias = "@id" not in twin.lines and "twin_id" in twin.lines
        self._id("twin_id" if alias else "@id", twin.id)
        for kind in ("static", "dynamic"):
            for index, other in enumerate(getattr(twin.dependencies, kind)):
                self._id(f"dependencies.{kind}[{index}]", other)
        if not _NAME.fullmatch(twin.tenant):
            self._report("tenant", repr(twin.tenant), "a word like demo")
        status = twin.metadata.get("status", STATUSES[0])
        if status not in STATUSES:
            self._unknown("metadata.status", status, STATUSES, "one of")
        for index, stream in enumerate(twin.interfaces.data_streams):
            if not _STREAM.fullmatch(stream):
                path = f"interfaces.data_streams[{index}]"
                self._report(path, repr(stream), "a stream like MQTT:dtp/plant/alerts")

    def _id(self, path: str, value: str) -> None:
        if not _TWIN_ID.fullmatch(value):
            self._report(path, repr(value), "an id like dt:PlantBox_001")

    def _names(self) -> None:
        twin = self._twin
        for section in ("signals", "derived", "sensors", "actuators", "loops"):
            for name in getattr(twin, section):
                path = f"{section}.{name}"
                if not _NAME.fullmatch(name) or len(name) > 100 or name in _RESERVED:
                    self._report(path, repr(name), "a name like air.temperature")
        for name in twin.derived:
            if name in twin.signals:
                self._report(f"derived.{name}", "a signal's name", "a name of its own")

    def _shape(self, path: str, spec: SignalSpec | DerivedSpec) -> None:
        if not units.known(spec.unit):
            near = units.nearest(spec.unit)
            hint = f"did you mean {near}?" if near else ""
            expected = "a UCUM code like Cel, %, hPa or 1"
            self._report(f"{path}.unit", repr(spec.unit), expected, hint)
        self._pair(f"{path}.range", spec.range)
        self._pair(f"{path}.limits", spec.limits)
        if spec.digits is not None and not 0 <= spec.digits <= 12:
            self._report(f"{path}.digits", repr(spec.digits), "0 to 12")
        for resolution in spec.retain:
            if resolution not in RESOLUTIONS:
                self._unknown(
                    f"{path}.retain.{resolution}", resolution, RESOLUTIONS, "one of"
                )

    def _pair(self, path: str, pair: tuple[float | None, float | None] | None) -> None:
        if pair is None:
            return
        numbers = [number for number in pair if number is not None]
        if not all(map(math.isfinite, numbers)):
            self._report(path, repr(list(pair)), "finite numbers")
        elif len(numbers) == 2 and numbers[0] >= numbers[1]:
            self._report(path, repr(list(pair)), "the lower number first")

    def _judgement(self, path: str, spec: SignalSpec) -> None:
        for key in ("noise", "deadband"):
            number = getattr(spec, key)
            if number is not None and not 0 <= number < math.inf:
                self._report(f"{path}.{key}", repr(number), "0 or more")
        for key in ("stuck_after", "stale_after"):
            if getattr(spec, key) == 0:
                self._report(f"{path}.{key}", "0", "a duration above 0")

    def _calibration(self, path: str, spec: SignalSpec) -> None:
        points, line = spec.calibration, f"{path}.calibration"
        if points and spec.polynomial:
            self._report(f"{path}.polynomial", "calibration too", "only one of the two")
        if not all(math.isfinite(x) for point in points for x in point):
            self._report(line, "a number that is not finite", "finite numbers")
        raws = [point[0] for point in points]
        for index, (before, after) in enumerate(itertools.pairwise(raws), 1):
            if not after > before:
                seen = f"the raw value {after:g} after {before:g}"
                self._report(f"{line}[{index}]", seen, "raw values that increase")
        if not all(map(math.isfinite, spec.polynomial)) or len(spec.polynomial) > 10:
            self._report(
                f"{path}.polynomial", repr(list(spec.polynomial)), "1 to 10 numbers"
            )

    def _sensors(self) -> None:
        for name, sensor in self._twin.sensors.items():
            path = f"sensors.{name}"
            if not 0 < sensor.every < math.inf:
                self._report(f"{path}.every", repr(float(sensor.every)), "more than 0 s")
            taken: set[str] = set()
            for quantity, signal in sensor.reads.items():
                where = f"{path}.reads.{quantity}"
                if signal in self._twin.derived:
                    self._report(where, f"{signal!r}, which is derived", "a signal")
                elif signal not in self._measured:
                    hint = f"declare it: signals: {{{signal}: {{unit: …}}}}"
                    self._unknown(
                        where, signal, self._measured, "a signal of this twin", hint
                    )
                elif signal in taken:
                    self._report(where, f"{signal!r} again", "a signal of its own")
                taken.add(signal)

    def _formulas(self) -> None:
        parsed: dict[str, formulas.Formula] = {}
        for name, spec in self._twin.derived.items():
            try:
                parsed[name] = formulas.parse(spec.formula, self._signals)
                self._fit(parsed[name], spec)
            except (FormulaError, UnitError) as error:
                expected = "a formula of signals and functions"
                said = f"{error.message} ({error.hint})" if error.hint else error.message
                self._report(f"derived.{name}.formula", repr(spec.formula), expected, said)
        try:
            formulas.order(parsed)
        except FormulaError as error:
            name = error.message.rsplit(" -> ", 1)[-1]
            seen = error.message.split(": ", 1)[1]
            self._report(f"derived.{name}.formula", seen, "formulas without a circle")

    def _fit(self, formula: formulas.Formula, spec: DerivedSpec) -> None:
        codes = {name: self._unit(name) for name in formula.names}
        if all(map(units.known, [*codes.values(), spec.unit])):
            formula_units.fitted(formula, codes, spec.unit)

    def _unit(self, name: str) -> str:
        """Return the unit of a signal; nothing if its declaration could not be read."""
        spec = self._twin.signals.get(name) or self._twin.derived.get(name)
        return spec.unit if spec is not None else ""

    def _actuators(self) -> None:
        for name, actuator in self._twin.actuators.items():
            excluded = actuator.get("excludes", ())
            for index, other in enumerate(excluded if isinstance(excluded, list) else ()):
                self._actuator(f"actuators.{name}.excludes[{index}]", other)
        for name, loop in self._twin.loops.items():
            self._signal(f"loops.{name}.input", loop.get("input"))
            self._actuator(f"loops.{name}.output", loop.get("output"))

    def _rules(self) -> None:
        for section in ("rules", "routines"):
            seen: set[object] = set()
            for index, entry in enumerate(getattr(self._twin, section)):
                path = f"{section}[{index}]"
                if "id" in entry and entry["id"] in seen:
                    self._report(f"{path}.id", repr(entry["id"]), "an id of its own")
                seen.add(entry.get("id"))
                self._words(path, entry)
                then = entry.get("then")
                for at, step in enumerate(then if isinstance(then, list) else ()):
                    if isinstance(step, Mapping):
                        self._actuator(f"{path}.then[{at}].actuator", step.get("actuator"))

    def _words(self, path: str, entry: Mapping[str, object]) -> None:
        """Check the signals that a rule names, as far as words tell without a grammar."""
        for key in ("when", "clear"):
            text = entry.get(key)
            if isinstance(text, str):
                for word in self._named(_QUOTED.sub("''", text)):
                    self._signal(f"{path}.{key}", word)
        message = entry.get("message")
        for word in _BRACES.findall(message) if isinstance(message, str) else ():
            self._signal(f"{path}.message", word.strip())

    def _named(self, text: str) -> Sequence[str]:
        return [word for word in _WORD.findall(text) if word.lower() not in _RESERVED]

    def _signal(self, path: str, name: object) -> None:
        """Report a name that is no signal; with models there may be more: misspelt only."""
        if not isinstance(name, str) or name in self._signals:
            return
        near = difflib.get_close_matches(name, self._signals, n=1, cutoff=0.85)
        if near or not self._twin.models:
            self._unknown(path, name, self._signals, "a signal of this twin")

    def _actuator(self, path: str, name: object) -> None:
        """Report a misspelt actuator; warn of one that may be declared another day."""
        if not isinstance(name, str) or name in self._actuated:
            return
        what = "an actuator of this twin"
        if difflib.get_close_matches(name, self._actuated, n=1, cutoff=0.7):
            self._unknown(path, name, self._actuated, what)
        else:
            known = ", ".join(sorted(self._actuated)) or "none"
            self.warnings.append(self._problem(path, repr(name), f"{what}: {known}"))
