import time

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dt import plugins
from dt.rules.description import Happening
from dt.rules.dry_run import Column, dry_run
from dt.rules.engine import Engine, State, shifted
from dt.rules.reading import rules_of
from dt.twin.document import Reader
from dt.twin.quality import Quality, Reason, pack
from dt.twin.reader import read
from dt.twin.readings import Logged, Readings

KINDS = {name: plugins.load("dt.rules", name)() for name in plugins.names("dt.rules")}
IDS = {"dt:Box_001/a": 1, "dt:Box_001/b": 2}
BAD = 2


def log(*rows, first=1):
    """Return logged readings of (signal a|b, at in s, value or None, code?)."""
    signal = [1 if row[0] == "a" else 2 for row in rows]
    value = [np.nan if row[2] is None else row[2] for row in rows]
    code = [row[3] if len(row) > 3 else BAD if row[2] is None else 0 for row in rows]
    return Logged(
        epoch=1,
        seq=np.arange(first, first + len(rows), dtype=np.int64),
        readings=Readings(
            signal=np.array(signal, np.int32),
            observed_at=np.array([round(row[1] * 1000) for row in rows], np.int64),
            value=np.array(value, np.float64),
            code=np.array(code, np.uint16),
        ),
    )


FIRED, CLEARED, REPEATED = Happening.FIRED, Happening.CLEARED, Happening.REPEATED
UNCERTAIN = pack(Quality.UNCERTAIN, Reason.STUCK)


def run(rules, *rows, now=None):
    engine = Engine(rules, IDS)
    end = rows[-1][1] * 1000 if now is None else now * 1000
    _, firings = engine.step(engine.start(0), [log(*rows)], round(end))
    return firings


def told(firings):
    return [(f.happening, f.at / 1000) for f in firings]


def steps(values, every=5, signal="a"):
    return [(signal, i * every, value) for i, value in enumerate(values)]


def test_a_rule_fires_once_and_clears_when_its_condition_ends(compiled):
    rules = compiled("id: r, when: a < 30")
    assert told(run(rules, *steps([31, 29, 28, 31]))) == [(FIRED, 5), (CLEARED, 15)]


def test_it_fires_only_after_holding_for_as_long_as_said(compiled):
    rules = compiled("id: r, when: a < 30, for: 10s")
    assert told(run(rules, *steps([29, 31, 29, 29, 29, 29]))) == [(FIRED, 20)]


def test_missing_data_does_not_fulfil_the_time(compiled):
    rules = compiled("id: r, when: a < 30, for: 60s, max_age: 15s")
    assert told(run(rules, ("a", 0, 29), ("a", 90, 29), ("a", 100, 29))) == []
    bad = [("a", 5 * i, None if i == 7 else 29.0) for i in range(14)]
    assert told(run(rules, *bad)) == []


def test_a_bad_value_never_fires_and_never_clears(compiled):
    rules = compiled("id: r, when: a < 30")
    assert told(run(rules, ("a", 0, None))) == []
    assert told(run(rules, ("a", 0, 1), ("a", 5, None))) == [(FIRED, 0)]
    assert told(run(rules, ("a", 0, 1.0, 2))) == []


def test_an_uncertain_value_counts_unless_only_good_ones_shall(compiled):
    either, good = "id: r, when: a < 30", "id: r, when: a < 30, good_only: true"
    assert told(run(compiled(either), ("a", 0, 1.0, UNCERTAIN))) == [(FIRED, 0)]
    assert told(run(compiled(good), ("a", 0, 1.0, UNCERTAIN))) == []


def test_clearing_has_a_condition_of_its_own(compiled):
    rules = compiled("id: r, when: a < 30, clear: a > 35")
    firings = run(rules, *steps([29, 31, 29, 34, 36, 29]))
    assert told(firings) == [(FIRED, 0), (CLEARED, 20), (FIRED, 25)]


def test_cooldown_keeps_it_from_firing_again(compiled):
    rules = compiled("id: r, when: a < 30, cooldown: 20s")
    firings = run(rules, *steps([29, 31, 29, 31, 29, 31]))
    assert told(firings) == [(FIRED, 0), (CLEARED, 5), (FIRED, 20), (CLEARED, 25)]


def test_persistence_counts_readings_in_a_row(compiled):
    rules = compiled("id: r, when: a < 30, persistence: 3")
    assert told(run(rules, *steps([29, 29, 31, 29, 29, 29]))) == [(FIRED, 25)]


def test_repeat_acts_again_while_it_holds(compiled):
    rules = compiled("id: r, when: a < 30, repeat: 10s")
    firings = run(rules, *steps([29, 29, 29, 29, 29, 31]))
    expected = [(FIRED, 0), (REPEATED, 10), (REPEATED, 20), (CLEARED, 25)]
    assert told(firings) == expected


def test_signals_are_combined_and_each_must_be_fresh(compiled):
    rules = compiled("id: r, when: a < 30 and b > 5, max_age: 15s")
    assert told(run(rules, ("a", 0, 1), ("b", 5, 9))) == [(FIRED, 5)]
    assert told(run(rules, ("a", 0, 1), ("b", 30, 9))) == []


def test_a_late_reading_is_ignored(compiled):
    rules = compiled("id: r, when: a < 30")
    assert told(run(rules, ("a", 10, 31), ("a", 5, 29))) == []


def test_silence_fires_at_its_moment_and_clears_with_the_next_value(compiled):
    rules = compiled("id: r, kind: no_data, signal: a, after: 20s")
    rows = [("a", 0, 1), ("a", 10, None), ("a", 50, 1)]
    assert told(run(rules, *rows)) == [(FIRED, 20), (CLEARED, 50)]
    assert told(run(rules, ("b", 0, 1), now=19)) == []
    assert told(run(rules, ("b", 0, 1), now=21)) == [(FIRED, 20)]


def test_silence_repeats_while_it_lasts(compiled):
    rules = compiled("id: r, kind: no_data, signal: a, after: 20s, repeat: 30s")
    firings = run(rules, ("a", 0, 1), now=81)
    assert told(firings) == [(FIRED, 20), (REPEATED, 50), (REPEATED, 80)]


def test_a_score_below_its_limit_fires(compiled):
    rules = compiled("id: r, kind: quality, signal: a, below: 0.6")
    rows = [("a", 0, 1), ("a", 5, 1.0, UNCERTAIN), ("a", 10, 1)]
    assert told(run(rules, *rows)) == [(FIRED, 5), (CLEARED, 10)]


def test_a_rate_fires_where_the_value_runs(compiled):
    rules = compiled("id: r, kind: rate, signal: a, falling: 6/min")
    firings = run(rules, ("a", 0, 50), ("a", 10, 49.5), ("a", 20, 45), ("a", 30, 45))
    assert told(firings) == [(FIRED, 20), (CLEARED, 30)]


@pytest.mark.parametrize(
    ("entry", "values"),
    [
        ("kind: threshold, signal: a, above: 28, margin: 1", [28, 29, 27.5, 27]),
        ("kind: threshold, signal: a, below: 28, margin: 1", [28, 27, 28.5, 29]),
        ("kind: range, signal: a, low: 10, high: 20, margin: 1", [10, 9, 10.5, 12]),
        ("kind: range, signal: a, low: 10, high: 20, margin: 1", [20, 21, 19.5, 19]),
    ],
)
def test_limits_have_a_margin_for_clearing(compiled, entry, values):
    firings = run(compiled(f"id: r, {entry}"), *steps(values))
    assert told(firings) == [(FIRED, 5), (CLEARED, 15)]


def test_a_rule_that_is_not_enabled_never_fires(compiled):
    assert run(compiled("id: r, when: a < 30, enabled: false"), ("a", 0, 1)) == ()


def test_a_firing_tells_what_why_and_what_follows(compiled):
    rules = compiled(
        'id: dry, when: "a < 30 and b > 5 / 2", for: 5s, severity: critical, latch: true,'
        ' message: "Dry: {a:.1f} % of {b}, {a}",'
        " then: [{actuator: pump, command: ON, duration: 10s}]"
    )
    (firing,) = run(rules, ("b", 0, 7), ("a", 1, 28.25), ("a", 6, 28.25))
    assert firing.message == "Dry: 28.2 % of 7, 28.25"
    assert (firing.rule, firing.twin, firing.at) == ("dry", "dt:Box_001", 6000)
    assert (firing.severity, firing.latch) == ("critical", True)
    (action,) = firing.actions
    assert (action.actuator, str(action.command), action.duration_s) == ("pump", "ON", 10)
    trace = firing.trace
    assert [(c.text, c.held) for c in trace.clauses] == [
        ("a < 30.0", True),
        ("b > 5.0 / 2.0", True),
    ]
    assert (trace.since, trace.count, trace.epoch, trace.seq) == (1000, 2, 1, 3)
    assert trace.why == "a < 30 and b > 5 / 2 held for 5 s in 2 readings"
    assert [(s.signal, s.value, s.observed_at) for s in trace.inputs] == [
        ("a", 28.25, 6000),
        ("b", 7.0, 0),
    ]


def test_a_cleared_rule_asks_for_nothing_and_says_how_long_it_held(compiled):
    rules = compiled("id: r, when: a < 30, then: [{actuator: pump, command: ON}]")
    _, cleared = run(rules, *steps([29, 29, 31]))
    assert cleared.actions == ()
    assert (cleared.trace.since, cleared.trace.count) == (0, 2)
    assert cleared.trace.why == "a < 30 does not hold any more"


def test_a_missing_value_is_a_dash_in_the_message(compiled):
    rules = compiled(
        'id: r, kind: no_data, signal: a, after: 20s, message: "{a} lost", max_age: 5s'
    )
    (firing,) = run(rules, ("a", 0, 1), now=30)
    assert firing.message == "– lost"
    assert firing.trace.why == "no value for 20 s"
    assert (firing.trace.epoch, firing.trace.seq) == (0, 0)


def test_nothing_changes_while_nothing_comes(compiled):
    engine = Engine(compiled("id: r, when: a < 30"), IDS)
    state = engine.start(0)
    assert engine.step(state, [], 99_000)[0] is state
    assert engine.step(state, [log(("b", 0, 1))], 0)[0] is state


def test_a_state_moves_with_the_clock(compiled):
    rules = compiled("id: r, when: a < 30, for: 10s", "id: s, when: rate(a) > 1")
    engine = Engine(rules, IDS)
    state, _ = engine.step(engine.start(0), [log(("a", 0, 1), ("a", 5, 1))], 5000)
    moved = shifted(state, 3_600_000)
    _, firings = engine.step(moved, [log(("a", 3610, 1))], 3_610_000)
    assert told(firings) == [(FIRED, 3610)]


ENTRIES = (
    "id: r1, when: a < 3, for: 4s, cooldown: 9s, repeat: 6s",
    "id: r2, when: a < 3 and b > 2 or a == b, persistence: 2, clear: a > 4, max_age: 12s",
    "id: r3, kind: no_data, signal: a, after: 6s, cooldown: 20s, repeat: 9s",
    "id: r4, kind: rate, signal: a, rising: 0.5, falling: 0.3, max_age: 30s",
    "id: r5, when: a / b > 1 or delta(b) > 1, clear: rate(a) < 0, max_age: 8s",
    "id: r6, kind: quality, signal: b, below: 0.6, for: 3s, good_only: true",
    "id: r7, when: a < 3, good_only: true, persistence: 3, for: 2s, max_age: 5s",
    "id: r8, kind: range, signal: b, low: 1, high: 4, margin: 0.5, repeat: 3s",
)
READING = st.tuples(
    st.sampled_from("ab"),
    st.integers(0, 9),
    st.one_of(st.none(), st.integers(0, 5).map(float)),
    st.sampled_from([0, UNCERTAIN]),
)


def history(parts):
    at, rows = 0, []
    for signal, gap, value, code in parts:
        at += gap
        rows.append((signal, at, value, 2 if value is None else code))
    return rows


def ordered(firings):
    return sorted(firings, key=lambda f: (f.rule, f.at, f.happening))


@settings(max_examples=60, deadline=None)
@given(parts=st.lists(READING, min_size=1, max_size=60), data=st.data())
def test_batches_do_not_matter_and_a_state_survives_being_stored(parts, data):
    rules = _rules()
    engine = Engine(rules, IDS)
    rows = history(parts)
    _, whole = engine.step(engine.start(0), [log(*rows)], rows[-1][1] * 1000)
    cuts = data.draw(st.sets(st.integers(0, len(rows))))
    state, pieces = engine.start(0), []
    for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(rows)], strict=True):
        now = rows[end - 1][1] * 1000 if end else 0
        piece = log(*rows[start:end], first=start + 1)
        state, firings = engine.step(state, [piece], now)
        state = msgspec.json.decode(msgspec.json.encode(state), type=State)
        pieces += firings

    def plain(firing):  # a silence told by time has no reading that ended it
        if firing.rule != "r3":
            return firing
        trace = msgspec.structs.replace(firing.trace, epoch=0, seq=0, inputs=(), clauses=())
        return msgspec.structs.replace(firing, trace=trace, message="")

    assert [plain(f) for f in ordered(pieces)] == [plain(f) for f in ordered(whole)]


@settings(max_examples=60, deadline=None)
@given(parts=st.lists(READING, min_size=1, max_size=60))
def test_a_dry_run_fires_where_the_engine_fires(parts):
    rules = _rules()
    rows = sorted(history(parts), key=lambda row: (row[1], row[0]))
    now = rows[-1][1] * 1000
    engine = Engine(rules, IDS)
    _, live = engine.step(engine.start(0), [log(*rows)], now)
    columns = []
    for signal in "ab":
        chosen = log(*[row for row in rows if row[0] == signal]).readings
        columns.append(
            Column(
                signal=f"dt:Box_001/{signal}",
                at=chosen.observed_at,
                value=chosen.value,
                code=chosen.code,
            )
        )
    dry = [firing for rule in rules for firing in dry_run(rule, columns, 0, now)]

    def plain(firing):
        trace = msgspec.structs.replace(firing.trace, epoch=0, seq=0)
        if firing.rule == "r3":
            trace = msgspec.structs.replace(trace, inputs=(), clauses=())
            firing = msgspec.structs.replace(firing, message="")
        return msgspec.structs.replace(firing, trace=trace)

    assert [plain(f) for f in ordered(dry)] == [plain(f) for f in ordered(live)]


def _rules():
    text = '"@id": dt:Box_001\nsignals: {a: {}, b: {}}\nrules:\n'
    text += "".join(f"  - {{{entry}}}\n" for entry in ENTRIES)
    twin = read(text, "twin.yaml")
    reader = Reader("twin.yaml")
    rules = rules_of(twin, KINDS, reader)
    assert len(rules) == len(ENTRIES), reader.problems
    return rules


def test_a_dry_run_of_nothing_fires_nothing(compiled):
    (rule,) = compiled("id: r, when: a < 30")
    assert dry_run(rule, [], 0, 1000) == ()


@pytest.mark.slow
def test_a_year_of_minutes_is_run_dry(compiled, record_property):
    (rule,) = compiled(
        "id: r, when: a < 30 and b > 0, for: 5min, clear: a > 35, max_age: 3min"
    )
    n = 525_600
    at = np.arange(n, dtype=np.int64) * 60_000
    value = 32 + 6 * np.sin(np.arange(n) / 229.0) + np.random.default_rng(1).normal(0, 1, n)
    code = np.zeros(n, np.uint16)
    columns = [Column(signal=name, at=at, value=value, code=code) for name in IDS]
    began = time.perf_counter()
    firings = dry_run(rule, columns, 0, n * 60_000)
    took = time.perf_counter() - began
    record_property("took_s", took)
    print(f"dry run of 2 x {n} readings: {took:.2f} s, {len(firings)} firings")
    assert 300 < len(firings) < 2000


@pytest.mark.slow
def test_a_thousand_rules_run_over_two_hundred_signals(compiled, record_property):
    signals = ", ".join(f"s{i}: {{}}" for i in range(200))
    entries = [
        f"id: r{i}, when: s{i % 200} < 30 and s{(i * 7 + 1) % 200} > 2, for: 60s"
        for i in range(1000)
    ]
    rules = compiled(*entries, signals=signals)
    ids = {f"dt:Box_001/s{i}": i for i in range(200)}
    engine = Engine(rules, ids)
    state = engine.start(0)
    rng = np.random.default_rng(2)
    seconds = 20
    began = time.process_time()
    for tick in range(seconds * 60):  # one reading at a time: the dearest way
        part = log(("a", tick / 60, float(rng.normal(31, 3))))
        part.readings.signal[:] = tick % 200
        state, _ = engine.step(state, [part], round(tick / 60 * 1000))
    share = (time.process_time() - began) / seconds
    record_property("share_of_a_core", share)
    print(f"1,000 rules, 200 signals, 60 readings/s: {share:.2%} of a core")
    assert len(state.rules) == 1000
