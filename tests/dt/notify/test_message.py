"""What a message says, in the appliance's language and time."""

from dt.notify.facts import facts_of, style_of
from dt.notify.message import written
from dt.rules.alerts import Change, Note
from dt.rules.description import Firing, Happening, Seen, Severity, Trace
from dt.store.commands import NewCommand, Source
from dt.store.twins import Twin
from dt.twin.description import SignalSpec, TwinDescription
from tests.dt.notify.conftest import KEY, NOW, alert, configured


def fire(appliance, commands):
    trace = Trace(
        text="soil.moisture < 25",
        why="",
        since=NOW,
        count=1,
        inputs=(Seen(signal="soil.moisture", value=18.25), Seen(signal="gone")),
    )
    firing = Firing(
        rule="too-dry",
        twin="dt:Box",
        happening=Happening.FIRED,
        at=NOW,
        severity=Severity.WARNING,
        latch=False,
        message="Soil is dry",
        trace=trace,
    )
    appliance.firings.add(firing, commands)


def told(appliance, tmp_path, language="en"):
    config = configured(tmp_path)
    notify = type(config.notify)(language=language, link="https://box.example")
    config = type(config)(appliance=config.appliance, notify=notify)
    step = appliance.alerts.steps(1)[0]
    return written(facts_of(appliance, step), style_of(config, appliance))


def plant(appliance):
    box = TwinDescription(
        id="dt:Box",
        name="Plant box",
        signals={"soil.moisture": SignalSpec(unit="%")},
        actuators={"pump": {"driver": "relay"}},
    )
    appliance.twins.replace([Twin(file="a", id="dt:Box", description=box)])


def test_it_says_what_since_when_what_was_seen_and_what_is_done(appliance, tmp_path):
    plant(appliance)
    new = NewCommand(
        twin="dt:Box", actuator="pump", command="ON", duration_s=10.0, source=Source.RULE
    )
    appliance.alerts.raise_(alert())
    fire(appliance, [appliance.commands.submit(new).id])
    message = told(appliance, tmp_path)
    assert message.title == "Warning: Plant box: Soil is dry"
    assert message.body.splitlines() == [
        "Soil is dry",
        "",
        "Since 2026-09-21 16:13",
        "Seen: soil.moisture 18.25\u00a0%",
        "Done about it: pump ON for 10 s, queued",
        "https://box.example",
    ]


def test_it_speaks_german(appliance, tmp_path):
    appliance.alerts.raise_(alert())
    message = told(appliance, tmp_path, "de")
    assert message.title == "Warnung: dt:Box: Soil is dry"
    assert "Seit 21.09.2026 16:13" in message.body
    assert "Von selbst wird nichts unternommen." in message.body


def test_the_end_says_who_ended_it_and_why(appliance, tmp_path):
    appliance.alerts.raise_(alert())
    note = Note(at=NOW + 60_000, by="ada", why="on my way")
    appliance.alerts.change(KEY, Change.ACKNOWLEDGE, note)
    message = told(appliance, tmp_path)
    assert message.title == "Acknowledged: dt:Box: Soil is dry"
    assert "Acknowledged: 2026-09-21 16:14 by ada\non my way" in message.body


def test_a_message_that_waited_says_that_it_is_over(appliance, tmp_path):
    step = appliance.alerts.raise_(alert())
    appliance.alerts.end(KEY, NOW + 3_600_000)
    config = configured(tmp_path)
    begun = appliance.alerts.steps(2)[1]
    body = written(facts_of(appliance, begun), style_of(config, appliance)).body
    assert step.raised_at == NOW
    assert "Over since 2026-09-21 17:13" in body


def test_a_title_is_one_line_whatever_the_text_is(appliance, tmp_path):
    appliance.alerts.raise_(alert(text="Soil is dry\nBcc: me\r\n"))
    assert told(appliance, tmp_path).title == "Warning: dt:Box: Soil is dry Bcc: me"


def test_a_long_text_makes_no_longer_title(appliance, tmp_path):
    appliance.alerts.raise_(alert(text="x" * 500))
    message = told(appliance, tmp_path)
    assert len(message.title) == 160
    assert "x" * 500 in message.body
