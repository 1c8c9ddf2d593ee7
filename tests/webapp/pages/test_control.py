"""The Control page, what its forms do, and what Now shows of hands."""

import html
import re
import runpy
from pathlib import Path

import msgspec
import pytest

from dt.store.automation import Kind
from dt.store.commands import State
from dt.store.twins import Twin

TWIN = "dt:PlantBox_001"
HANDS = runpy.run_path(str(Path(__file__).parents[1] / "browser" / "hands.py"))


@pytest.fixture
def house(house):
    plant = house.context.appliance.twins.all()[0]
    description = HANDS["with_hands"](plant.description)
    twin = Twin(file=plant.file, id=plant.id, description=description)
    house.context.appliance.twins.replace([twin])
    house.clock.advance(2)
    HANDS["furnish"](house.context)
    return house


def page(house, path="/control", role="operator", **headers):
    return house.client(role, accept="text/html", **headers).get(path)


def words(answer):
    text = re.sub(r"<script.*?</script>|<[^>]+>", " ", answer.text, flags=re.S)
    return re.sub(r"\s+", " ", html.unescape(text))


def send(house, form, /, role="operator", accept="text/html", **fields):
    client = house.client(role, accept=accept)
    return client.post(f"/control/{form}", data={"twin": TWIN, **fields})


def audited(house):
    return house.context.appliance.audit.newest(1)[0].action


def test_control_shows_every_actuator_with_what_limits_it(house):
    text = words(page(house))
    for said in (
        "may run again in 8 min · 20 of 120 s this hour",
        "wanted: off, by rule too-dry",
        "at most 30 s at a time · rests 10 min between runs",
        "safe: leaf temperature is lost",
        "40 %",
        "locked out by anna: nozzle is blocked",
        "every day at 22:00 · Grow light off",
        "30 min before sunrise",
        "PID · Air temperature by Heater",
        "22.5 °C",
        "gain 0.310, integral 7 min",
        "Rules, routines and loops decide; people may always act.",
        "Rule too-dry : Pump on for 10 s refused",
    ):
        assert said in text, said
    german = words(page(house, accept_language="de"))
    assert "darf in 8 min wieder laufen · 20 von 120 s in dieser Stunde" in german


def test_now_shows_the_alert_what_is_done_about_it_and_what_happened(house):
    text = words(page(house, "/"))
    assert "Soil is dry 29.6 % for 2 min · the pump may water again in 8 min" in text
    assert "automatic · last watering" in text
    assert "Rule too-dry asked the pump for 10 s: refused" in re.sub(" +", " ", text)
    assert (
        'action="/alerts/dt%3APlantBox_001/rules/too-dry/acknowledge"'
        in page(house, "/").text
    )
    marks = html.unescape(page(house, "/?range=1h").text)
    assert "watered 10 s · rule too-dry" in marks


def test_a_signal_that_an_alert_tells_of_has_no_second_notice(house):
    dry = msgspec.structs.replace(
        house.context.twins()[TWIN].signals["soil.moisture"], limits=(30, None)
    )
    plant = house.context.appliance.twins.all()[0]
    signals = {**plant.description.signals, "soil.moisture": dry}
    known = msgspec.structs.replace(plant.description, signals=signals)
    house.context.appliance.twins.replace(
        [Twin(file=plant.file, id=plant.id, description=known)]
    )
    house.clock.advance(2)
    house.log(f"{TWIN}/soil.moisture", [29.6], start=house.clock.ms - 1000)
    assert "is low" not in words(page(house, "/"))
    house.context.appliance.alerts.end(f"{TWIN}/rules/too-dry", house.clock.ms)
    assert "is low" in words(page(house, "/"))


def test_a_form_asks_for_a_command_and_leads_back(house):
    answer = send(house, "command", actuator="pump", command="ON", duration="5", next="/")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    row = house.context.appliance.commands.newest(1)[0]
    assert (row.command, row.duration_s, row.by) == ("ON", 5.0, "operator")
    assert audited(house) == "command.ask"
    send(house, "command", actuator="fan", command="SET_PWM", share="35", duration="1min")
    row = house.context.appliance.commands.newest(1)[0]
    assert (row.command, row.duration_s) == ("SET_PWM:0.35", 60.0)
    send(house, "command", actuator="light", command="OFF", next="https://evil.example")
    assert house.context.appliance.commands.newest(1)[0].duration_s is None


def test_what_a_form_says_wrongly_is_told_on_the_page(house):
    for fields, said in (
        ({"actuator": "siren", "command": "ON"}, "has no actuator 'siren'"),
        ({"actuator": "pump", "command": "GO"}, "No command: saw 'GO'"),
        ({"actuator": "pump", "command": "ON", "duration": "x"}, "Duration is 'x'"),
        ({"actuator": "fan", "command": "SET_PWM", "share": "x"}, "Share is 'x'"),
    ):
        answer = send(house, "command", **fields)
        assert answer.status_code in {404, 422}
        assert said in words(answer)
    assert send(house, "mode", mode="wild").status_code == 422
    assert send(house, "loop", loop="warmth", what="dance").status_code == 422
    assert send(house, "loop", loop="warmth", what="manual", share="150").status_code == 422
    assert send(house, "mode", twin="dt:Nobody", mode="manual").status_code == 404


def test_a_script_gets_no_page_but_the_problem_itself(house):
    json = "application/json"
    good = send(house, "command", accept=json, actuator="light", command="OFF")
    assert (good.status_code, good.data) == (204, b"")
    bad = send(house, "command", accept=json, actuator="siren", command="ON")
    assert (bad.status_code, bad.json["code"]) == (404, "request.not_found")


def test_a_refusal_of_ones_own_is_a_sentence_with_the_time_left(house):
    send(house, "command", actuator="pump", command="ON", duration="5")
    answer = page(house)
    assert "asked; the controller answers at once" in words(answer)
    assert 'http-equiv="refresh"' in answer.text  # for browsers without scripts
    house.clock.advance(11)
    assert 'http-equiv="refresh"' not in page(house).text
    row = house.context.appliance.commands.newest(1)[0]
    soon = house.clock.ms + 470_000
    house.context.appliance.commands.move(
        row.id, State.REFUSED, "x", interlock="min_off", allowed_at=soon
    )
    text = words(page(house, "/"))
    assert "Refused, it rests 10 min between runs, 8 min left" in text


def test_lock_outs_and_modes_are_changed_by_forms(house):
    send(house, "lockout", actuator="pump", what="lock", why="hose off")
    assert "locked out by operator: hose off" in words(page(house))
    send(house, "lockout", actuator="pump", what="unlock")
    assert "hose off" not in words(page(house))
    send(house, "mode", mode="manual")
    text = words(page(house))
    assert "chosen by operator" in text
    assert "manual · last watering" in words(page(house, "/"))


def test_a_loop_is_led_by_forms(house):
    control = house.context.appliance.control
    send(house, "loop", loop="warmth", what="manual", share="40")
    wish = control.wish(TWIN, "warmth")
    assert (wish.mode, wish.output, wish.setpoint) == ("manual", 0.4, 22.5)
    send(house, "loop", loop="warmth", what="setpoint", setpoint="21,5")
    wish = control.wish(TWIN, "warmth")
    assert (wish.mode, wish.output, wish.setpoint) == ("manual", 0.4, 21.5)
    send(house, "loop", loop="warmth", what="setpoint", setpoint="")
    assert control.wish(TWIN, "warmth").setpoint is None
    send(house, "loop", loop="warmth", what="autotune")
    assert control.wish(TWIN, "warmth").mode == "autotune"
    assert "autotune" in words(page(house))


def test_the_result_of_an_autotune_is_used_once(house):
    assert "Use these settings" in words(page(house))
    send(house, "loop", loop="warmth", what="apply")
    entry = house.context.appliance.automation.get(TWIN, Kind.LOOP, "warmth")
    assert (entry.body["gain"], entry.body["integral"]) == (0.31, 420.0)
    assert "Use these settings" not in words(page(house))
    assert send(house, "loop", loop="warmth", what="apply").status_code == 404


def test_a_viewer_sees_no_buttons_and_is_refused(house):
    text = page(house, role="viewer").text
    main = text[text.index("<main") : text.index("</main>")]
    assert not re.search(r"<form|<button", main)
    now = page(house, "/", role="viewer").text
    main = now[now.index("<main") : now.index("</main>")]
    assert not re.search(r"<form|<button", main)
    for what in ("command", "lockout", "mode", "loop"):
        assert send(house, what, role="viewer", actuator="pump").status_code == 403
    assert house.context.appliance.commands.queued() == []


@pytest.mark.parametrize(
    "name", ["banner", "controls", "actuators", "happened", "asked", "mode"]
)
def test_a_piece_says_what_its_page_says(house, name):
    answer = page(house, f"/parts/{name}?twin={TWIN}")
    assert answer.status_code == 200
    whole = words(page(house, "/")) + words(page(house))
    assert words(answer).strip()[:60] in whole


def test_a_piece_that_does_not_exist_is_told(house):
    assert page(house, f"/parts/roof?twin={TWIN}").status_code == 404
    assert page(house, "/parts/banner?twin=dt:Nobody").status_code == 404


def test_a_twin_without_hands_says_how_to_add_some(house):
    plant = house.context.appliance.twins.all()[0]
    bare = msgspec.structs.replace(plant.description, actuators={}, loops={})
    house.context.appliance.twins.replace(
        [Twin(file=plant.file, id=plant.id, description=bare)]
    )
    house.clock.advance(2)
    assert "No twin on this appliance has actuators" in words(page(house))
    text = words(page(house, f"/control?twin={TWIN}"))
    assert "This twin has no actuators" in text


def test_a_phone_finds_the_rest_behind_more(house):
    text = page(house, "/more").text
    assert 'href="/twins"' in text
    assert 'href="/health"' in text
    bottom = page(house, "/health").text.partition('<nav class="bottom"')[2]
    assert re.search(r'href="/more" aria-current="page"', bottom)
