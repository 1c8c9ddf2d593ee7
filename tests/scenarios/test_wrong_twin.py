"""A wrong twin.yaml stops nobody: not at start, and not while all run."""

import time

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.server]

TICKING = """\
"@id": dt:Ticking_%03d
name: Ticking
signals: {count: {unit: "1"}}
sensors: {tick: {driver: ticking, every: 100ms, reads: {count: count}}}
"""
WRONG = {
    "rubbish": "\x00\xff{{{",
    "nothing": "",
    "list": "- 1\n- 2\n",
    "typing": TICKING.replace("every", "evry") % 90,
    "unit": TICKING.replace('unit: "1"', "unit: parrots") % 91,
    "signal": TICKING.replace("reads: {count: count}", "reads: {count: cuont}") % 92,
    "driver": TICKING.replace("driver: ticking", "driver: tickling") % 93,
    "twice": TICKING % 1,
    "bomb": "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b]\n",
}


def test_wrong_twins_stop_nobody_at_start(make_appliance, newest):
    appliance = make_appliance({"good": TICKING % 1, **WRONG})
    appliance.start("run", "collector")
    ticks = newest(appliance, "dt:Ticking_001/count")
    appliance.wait(lambda: (ticks() or 0) > 5, "ticks", 30)
    said = appliance.log.read_text(errors="replace")
    for name in WRONG.keys() - {"driver", "twice"}:
        assert f"{name}/twin.yaml" in said, name
    assert "tickling" in said
    assert "evry" in said
    assert "every" in said.split("evry", 1)[1], "the nearest known key is not named"
    assert appliance.stop() < 3


def test_a_twin_that_becomes_wrong_runs_on_and_others_come_and_go(
    make_appliance, newest, stored
):
    appliance = make_appliance({"a": TICKING % 1, "b": TICKING % 2})
    appliance.start("run", "collector")
    first = newest(appliance, "dt:Ticking_001/count")
    second = newest(appliance, "dt:Ticking_002/count")
    third = newest(appliance, "dt:Ticking_003/count")
    appliance.wait(lambda: (second() or 0) > 5, "ticks", 30)
    for text in WRONG.values():
        appliance.write_twin("b", text)
        before = first(), time.monotonic()
        appliance.wait(lambda before=before: first() >= before[0] + 8, "ticks on", 10)
        assert time.monotonic() - before[1] < 2, "the other twin was held up"
    appliance.write_twin("c", TICKING % 3)
    appliance.wait(lambda: (third() or 0) > 5, "takes a new twin", 20)
    appliance.write_twin("b", TICKING % 2)
    before = second()
    appliance.wait(lambda: second() != before, "ticks again", 20)
    assert appliance.stop() < 3
    counts = stored(appliance.config).numbers["dt:Ticking_001/count"]
    assert counts == [float(n) for n in range(len(counts))]
