"""Derived signals: when they are computed, from which inputs, and with which quality."""

import numpy as np
import pytest

from dt.processing.declared import Computed, Measured
from dt.processing.pipeline import Processor
from dt.twin.description import DerivedSpec, SignalSpec
from dt.twin.quality import Quality, Reason, is_unsynced, quality_of, reason_of, score_of
from dt.twin.quantities import PerSecond, Seconds

NOW = 1_763_700_000_000


def _processor(formulas, specs=None, **options):
    specs = specs or {"a": SignalSpec(), "b": SignalSpec()}
    names = {n: f"t/{n}" for n in (*specs, *formulas)}
    measured = [
        Measured(signal=i + 1, name=f"t/{n}", spec=spec)
        for i, (n, spec) in enumerate(specs.items())
    ]
    computed = [
        Computed(
            signal=100 + i,
            name=f"t/{n}",
            spec=DerivedSpec(formula=f, **options),
            names=names,
        )
        for i, (n, f) in enumerate(formulas.items())
    ]
    return Processor(measured, computed)


def _process(processor, rows, **options):
    """Return derived readings by signal, (s, value, quality, reason), of a batch."""
    index = np.array([r[0] for r in rows], np.int32)
    at = np.array([NOW + r[1] * 1000 for r in rows], np.int64)
    out = processor.process(index, at, np.array([r[2] for r in rows], float), **options)
    return _said(out)


def _said(out):
    found = {}
    for signal, at, value, code in zip(
        out.signal.tolist(),
        out.observed_at.tolist(),
        out.value.tolist(),
        out.code.tolist(),
        strict=True,
    ):
        if signal >= 100:
            said = ((at - NOW) // 1000, value, quality_of(code), reason_of(code))
            found.setdefault(signal, []).append(said)
    return found


GOOD = (Quality.GOOD, Reason.NONE)
BAD = (Quality.BAD, Reason.INPUT_BAD)


def test_inputs_of_one_moment_give_one_reading():
    said = _process(_processor({"c": "a + b"}), [(0, 0, 1.0), (1, 0, 2.0)])
    assert said == {100: [(0, 3.0, *GOOD)]}


def test_the_last_known_value_of_the_other_input_counts():
    processor = _processor({"c": "a + b"})
    assert _process(processor, [(0, 0, 1.0)]) == {}
    assert _process(processor, [(1, 5, 10.0)]) == {100: [(5, 11.0, *GOOD)]}
    rows = [(0, 6, 2.0), (1, 8, 20.0), (0, 9, 3.0)]
    expected = [(6, 12.0, *GOOD), (8, 22.0, *GOOD), (9, 23.0, *GOOD)]
    assert _process(processor, rows) == {100: expected}


def test_an_input_that_is_too_old_makes_it_bad():
    processor = _processor({"c": "a + b"}, max_age=Seconds(10))
    _process(processor, [(0, 0, 1.0), (1, 0, 1.0)])
    assert _process(processor, [(0, 10, 5.0)])[100] == [(10, 6.0, *GOOD)]
    ((at, value, *quality),) = _process(processor, [(0, 11, 5.0)])[100]
    assert (at, np.isnan(value), tuple(quality)) == (11, True, BAD)


def test_a_bad_input_makes_it_bad_and_the_next_good_one_good():
    specs = {"a": SignalSpec(range=(0.0, 10.0)), "b": SignalSpec()}
    processor = _processor({"c": "a + b"}, specs)
    rows = [(0, 0, 1.0), (1, 0, 1.0), (0, 1, 99.0), (1, 2, 3.0), (0, 3, 4.0)]
    said = _process(processor, rows)[100]
    assert [s[2:] for s in said] == [GOOD, BAD, BAD, GOOD]
    assert said[3][1] == 7.0


def test_an_uncertain_input_makes_it_uncertain_with_its_score():
    specs = {"a": SignalSpec(max_rate=PerSecond(0.1)), "b": SignalSpec()}
    processor = _processor({"c": "a + b"}, specs)
    index, at = np.array([0, 1, 0], np.int32), np.array([0, 0, 1000]) + NOW
    out = processor.process(index, at, np.array([1.0, 1.0, 9.0]))
    last = int(out.code[out.signal == 100][-1])
    assert (quality_of(last), reason_of(last)) == (Quality.UNCERTAIN, Reason.INPUT_BAD)
    assert score_of(last) == pytest.approx(0.6)
    assert out.value[-1] == 10.0


def test_a_result_that_is_no_number_or_outside_is_bad():
    processor = _processor({"c": "a / b"}, range=(0.0, 10.0))
    rows = [(0, 0, 1.0), (1, 0, 0.0), (1, 1, 1.0), (1, 2, 0.01)]
    reasons = [s[3] for s in _process(processor, rows)[100]]
    assert reasons == [Reason.NOT_A_NUMBER, Reason.NONE, Reason.OUT_OF_RANGE]


def test_derived_signals_may_use_derived_signals_in_any_order():
    processor = _processor({"d": "c * 2", "c": "a + b"})
    said = _process(processor, [(0, 0, 1.0), (1, 0, 2.0)])
    assert said == {101: [(0, 3.0, *GOOD)], 100: [(0, 6.0, *GOOD)]}


def test_late_inputs_derive_nothing_and_disturb_nothing():
    processor = _processor({"c": "a + b"})
    _process(processor, [(0, 10, 1.0), (1, 10, 1.0)])
    assert _process(processor, [(0, 5, 100.0)]) == {}
    assert _process(processor, [(1, 11, 2.0)]) == {100: [(11, 3.0, *GOOD)]}


def test_a_lost_sensor_makes_what_depends_on_it_bad():
    processor = _processor({"c": "a + b"})
    _process(processor, [(0, 0, 1.0), (1, 0, 1.0)])
    out = processor.lost([0], NOW + 5000, Reason.HARDWARE_ABSENT)
    assert out.signal.tolist() == [1, 100]
    assert np.isnan(out.value).all()
    assert [reason_of(c) for c in out.code.tolist()] == [
        Reason.HARDWARE_ABSENT,
        Reason.INPUT_BAD,
    ]
    assert _process(processor, [(0, 6, 2.0)])[100] == [(6, 3.0, *GOOD)]


def test_the_first_reading_has_no_delta_but_says_when_its_input_is_bad():
    processor = _processor({"c": "delta(a)"})
    assert _process(processor, [(0, 0, np.nan)])[100][0][2:] == BAD
    assert _process(processor, [(0, 1, 5.0)]) == {}
    assert _process(processor, [(0, 2, 7.0)])[100] == [(2, 2.0, *GOOD)]


def test_provisional_times_are_told_by_derived_readings_too():
    processor = _processor({"c": "a + b"})
    index, at = np.array([0, 1], np.int32), np.array([NOW, NOW])
    out = processor.process(index, at, np.array([1.0, 1.0]), unsynced=True)
    assert is_unsynced(out.code).all()


def test_units_are_converted_on_the_way():
    specs = {
        "p": SignalSpec(unit="W"),
        "f": SignalSpec(unit="[degF]"),
        "h": SignalSpec(unit="%"),
    }
    names = {n: f"t/{n}" for n in (*specs, "e", "v")}
    measured = [
        Measured(signal=i, name=names[n], spec=s) for i, (n, s) in enumerate(specs.items())
    ]
    energy = DerivedSpec(formula="integral(p)", unit="kW.h", max_age=Seconds(7200))
    deficit = DerivedSpec(formula="vpd(f, h)", unit="hPa")
    processor = Processor(
        measured,
        [
            Computed(signal=100, name="t/e", spec=energy, names=names),
            Computed(signal=101, name="t/v", spec=deficit, names=names),
        ],
    )
    rows = [(0, 0, 2000.0), (0, 3600, 2000.0), (1, 0, 77.0), (2, 0, 60.0)]
    said = _process(processor, rows)
    assert said[100][-1][1] == pytest.approx(2.0)
    assert said[101][0][1] == pytest.approx(12.67, abs=0.01)


def test_state_is_restored_by_name_and_other_formulas_start_anew():
    first = _processor({"c": "integral(a)", "d": "delta(b)"})
    _process(first, [(0, 0, 60.0), (1, 0, 1.0), (0, 60, 60.0)])
    second = _processor({"d": "delta(b) * 1", "c": "integral(a)", "e": "a + b"})
    second.restore(first.state())
    said = _process(second, [(0, 120, 60.0), (1, 120, 3.0)])
    assert said[101][0][1] == pytest.approx(2.0)
    assert 100 not in said
    assert said[102][0][1] == 63.0


def test_what_is_no_state_is_ignored():
    processor = _processor({"c": "a"})
    for rubbish in (b"", b"{", b"[]", b'{"judged": 5}', b"\xff"):
        processor.restore(rubbish)
    assert _process(processor, [(0, 0, 1.0)]) == {100: [(0, 1.0, *GOOD)]}


def test_a_clock_that_steps_back_does_not_stop_derived_readings():
    processor = _processor({"c": "integral(a)"})
    _process(processor, [(0, 0, 3600.0)], now_ms=NOW)
    _process(processor, [(0, 1, 3600.0)], now_ms=NOW + 1000)
    said = _process(processor, [(0, -1798, 3600.0)], now_ms=NOW - 1_798_000)
    assert said[100][0][:2] == (-1798, pytest.approx(1.0))
    said = _process(processor, [(0, -1797, 3600.0)], now_ms=NOW - 1_797_000)
    assert said[100][0][:2] == (-1797, pytest.approx(2.0))
