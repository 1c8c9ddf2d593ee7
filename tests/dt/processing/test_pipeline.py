"""The whole of processing: order, sources' own quality, units, speed."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dt.errors import FormulaError, UnitError
from dt.processing.calibrate import Calibration
from dt.processing.declared import Computed, Measured, Origin
from dt.processing.pipeline import Processor
from dt.twin import reader
from dt.twin.description import DerivedSpec, SignalSpec
from dt.twin.quality import Quality, Reason, pack, quality_of, reason_of, score_of
from dt.twin.quantities import PerSecond, Seconds

NOW = 1_763_700_000_000
TWIN = """\
@id: dt:Box_001
signals:
  t: {unit: Cel, range: [-40, 80], max_rate: 1.0/min, stuck_after: 300s}
  soil: {unit: "%", calibration: [[200, 0], [2000, 100]]}
  quiet: {deadband: 0.5}
derived: {warm: {formula: "t > 25"}}
"""


@pytest.fixture
def box():
    twin = reader.read(TWIN, "box/twin.yaml")
    ids = {twin.full_name(n): 7 + i for i, n in enumerate(("t", "soil", "quiet", "warm"))}
    return Processor.of(twin, ids, {"t": Origin(raw_unit="[degF]", resolution=0.18)})


def _one(processor, index, value, s=0, **options):
    at = np.array([NOW + s * 1000], np.int64)
    return processor.process(np.array([index], np.int32), at, np.array([value]), **options)


def test_a_twin_is_processed_from_its_description(box):
    at = np.full(3, NOW, np.int64)
    out = box.process(np.array([1, 0, 2], np.int32), at, np.array([1100.0, 86.0, 3.0]))
    assert out.signal.tolist() == [8, 7, 9, 10]
    assert out.value.tolist() == pytest.approx([50.0, 30.0, 3.0, 1.0])
    assert out.code.tolist() == [0, 0, 0, 0]
    assert box.index("dt:Box_001/soil") == 1


def test_readings_keep_the_order_of_arrival_whatever_their_times(box):
    index = np.array([1, 0, 1, 0], np.int32)
    at = np.array([NOW + 5, NOW + 3, NOW + 1, NOW + 2])
    out = box.process(index, at, np.array([200.0, 50.0, 2000.0, 50.0]))
    assert out.signal.tolist()[:4] == [8, 7, 8, 7]
    assert out.observed_at.tolist()[:4] == at.tolist()
    assert out.value.tolist()[::2][:2] == [0.0, 100.0]


def test_the_drivers_resolution_is_allowed_on_top_of_the_rate(box):
    _one(box, 0, 68.0)
    code = int(_one(box, 0, 68.2, s=1).code[0])
    assert quality_of(code) is Quality.GOOD
    code = int(_one(box, 0, 68.6, s=2).code[0])
    assert reason_of(code) is Reason.RATE_OF_CHANGE


def test_units_that_do_not_fit_and_wrong_formulas_are_refused_at_once():
    lamp = Measured(signal=1, name="t/a", spec=SignalSpec(unit="lx"), raw_unit="Cel")
    with pytest.raises(UnitError):
        Processor([lamp])
    names = {"a": "t/a"}
    wrong = Computed(signal=2, name="t/b", spec=DerivedSpec(formula="a +"), names=names)
    with pytest.raises(FormulaError):
        Processor([Measured(signal=1, name="t/a", spec=SignalSpec())], [wrong])


def _said(*codes):
    return np.array(codes, np.uint16)


def test_what_the_source_says_counts_if_it_is_worse(box):
    uncertain = pack(Quality.UNCERTAIN, Reason.NONE, score=0.7)
    code = int(_one(box, 1, 1100.0, code=_said(uncertain)).code[0])
    assert (quality_of(code), reason_of(code)) == (Quality.UNCERTAIN, Reason.SOURCE_SAID)
    assert score_of(code) == pytest.approx(0.7)
    out = _one(box, 1, 1100.0, code=_said(pack(Quality.BAD, Reason.CHECKSUM)))
    assert np.isnan(out.value[0])
    assert reason_of(int(out.code[0])) is Reason.CHECKSUM


def test_what_we_see_counts_if_it_is_worse_than_what_the_source_says(box):
    code = int(_one(box, 0, 999.0, code=_said(pack(Quality.UNCERTAIN))).code[0])
    assert (quality_of(code), reason_of(code)) == (Quality.BAD, Reason.OUT_OF_RANGE)
    code = int(_one(box, 1, 1100.0, code=_said(pack(Quality.GOOD))).code[0])
    assert code == 0


def test_the_deadband_drops_what_did_not_change_but_derives_from_all(box):
    at = NOW + np.arange(3) * 1000
    out = box.process(np.array([2, 2, 2], np.int32), at, np.array([1.0, 1.2, 1.6]))
    assert out.value.tolist() == [1.0, 1.6]


def test_a_new_calibration_holds_at_once_and_is_no_jump(box):
    _one(box, 1, 1100.0)
    box.reconfigure({"dt:Box_001/soil": Calibration(points=((0.0, 0.0), (2000.0, 100.0)))})
    assert _one(box, 1, 1000.0).value[0] == pytest.approx(50.0)
    box.reconfigure({"dt:Box_001/soil": None})
    assert _one(box, 1, 1100.0).value[0] == pytest.approx(50.0)
    box.reconfigure({"dt:Box_001/t": Calibration(points=((212.0, 60.0),))})
    out = _one(box, 0, 212.0, s=1)
    assert (out.value[0], out.code[0]) == (pytest.approx(60.0), 0)
    with pytest.raises(KeyError):
        box.reconfigure({"dt:Box_001/none": None})


def test_a_calibration_that_gives_no_number_is_the_reason(box):
    box.reconfigure({"dt:Box_001/soil": Calibration(polynomial=(0.0, 0.0, 1.0))})
    code = int(_one(box, 1, 1e200).code[0])
    assert (quality_of(code), reason_of(code)) == (Quality.BAD, Reason.CALIBRATION)
    assert reason_of(int(_one(box, 1, np.inf).code[0])) is Reason.NOT_A_NUMBER


def test_times_of_a_clock_that_is_not_trusted_are_not_the_future(box):
    code = int(_one(box, 1, 1100.0, s=9999, now_ms=NOW, unsynced=True).code[0])
    assert (quality_of(code), code & 0x80) == (Quality.GOOD, 0x80)
    code = int(_one(box, 1, 1100.0, s=99999, now_ms=NOW + 10_000_000).code[0])
    assert reason_of(code) is Reason.FUTURE


def test_a_signal_that_was_lost_is_bad_once_and_stuck_starts_anew(box):
    _one(box, 0, 68.0)
    out = box.lost([0], NOW + 1000, Reason.TIMEOUT)
    assert out.signal.tolist() == [7, 10]
    assert _one(box, 0, 68.0, s=400).code[0] == 0


def test_an_empty_batch_gives_nothing(box):
    out = box.process(np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0))
    assert len(out) == 0


def test_the_callers_columns_are_not_changed(box):
    index, at = np.array([0, 0], np.int32), np.array([NOW, NOW + 1])
    raw, code = np.array([9999.0, 50.0]), _said(0, pack(Quality.BAD))
    box.process(index, at, raw, code=code)
    assert raw.tolist() == [9999.0, 50.0]
    assert code.tolist() == _said(0, pack(Quality.BAD)).tolist()


@given(
    rows=st.lists(
        st.tuples(
            st.integers(0, 2),
            st.integers(-(10**12), 10**13),
            st.floats(allow_nan=True, allow_infinity=True),
            st.integers(0, 0xFFFF).filter(lambda c: c & 3 < 3 and c >> 8 <= 100),
        ),
        max_size=30,
    )
)
def test_any_columns_give_readings_whose_value_is_missing_exactly_where_bad(rows):
    twin = reader.read(TWIN, "box/twin.yaml")
    ids = {twin.full_name(n): i for i, n in enumerate(("t", "soil", "quiet", "warm"))}
    processor = Processor.of(twin, ids)
    index = np.array([r[0] for r in rows], np.int32)
    at = np.array([r[1] for r in rows], np.int64)
    raw = np.array([r[2] for r in rows], np.float64)
    code = np.array([r[3] for r in rows], np.uint16)
    out = processor.process(index, at, raw, code=code, now_ms=NOW)
    assert (np.isnan(out.value) == ((out.code & 3) == 2)).all()
    assert np.isfinite(out.value[(out.code & 3) != 2]).all()
    for one in out.code.tolist():
        assert 0.0 <= score_of(one) <= 1.0


def _bench(signals):
    """Return readings/s of batches of 1,000 over so many signals, best of three."""
    spec = SignalSpec(
        unit="Cel",
        range=(-40.0, 80.0),
        max_rate=PerSecond(0.5),
        stuck_after=Seconds(300),
    )
    measured = [
        Measured(signal=i, name=f"t/{i}", spec=spec, raw_unit="K") for i in range(signals)
    ]
    processor = Processor(measured)
    index = np.tile(np.arange(signals, dtype=np.int32), 1000 // signals)
    step = np.repeat(np.arange(1000 // signals) * 1000, signals)
    rng = np.random.default_rng(1)
    best = 0.0
    for turn in range(3):
        batches = [
            (NOW + (turn * 20 + k) * 1_000_000 + step, 293.0 + rng.normal(0, 0.01, 1000))
            for k in range(20)
        ]
        start = time.process_time()
        for at, raw in batches:
            processor.process(index, at, raw, now_ms=int(at[-1]))
        best = max(best, 20_000 / (time.process_time() - start))
    return best


@pytest.mark.slow
@pytest.mark.parametrize(("signals", "least"), [(8, 1_500_000), (1000, 500_000)])
def test_whole_batches_are_judged_at_once(signals, least):
    assert _bench(signals) > least
