"""Hands in a browser: asked by name, shown as reported, live, for those who may."""

import msgspec
import pytest

from dt.store.commands import State
from dt.store.properties import Property

pytestmark = [pytest.mark.server, pytest.mark.slow]

TWIN = "dt:PlantBox_001"
PUMP = '[id="on-dt-PlantBox-001-pump"]'
ASK = '[id="ask-dt-PlantBox-001-pump"]'
PILL = ".hand-row:has(b:text-is('{}')) .pill"


def open_page(window, site, path="/", **options):
    page = window(**options)
    page.goto(site.url + path)
    page.wait_for_selector("dt-pill.good")
    return page


def newest(site, actuator="pump"):
    return site.context.appliance.commands.newest(1, twin=TWIN, actuator=actuator)[0]


def test_on_is_asked_once_by_name_and_becomes_a_command(window, site):
    page = open_page(window, site)
    page.click(PUMP)
    assert "Switch the pump on?" in page.inner_text(ASK)
    assert "rests 10 min between runs" in page.inner_text(ASK)
    page.select_option(f"{ASK} select", "5")
    page.fill(f"{ASK} input[name=reason]", "leaves hang")
    with page.expect_response("**/control/command") as answer:
        page.click(f"{ASK} button.main")
    assert answer.value.status == 204
    row = newest(site)
    assert (row.command, row.duration_s, row.by) == ("ON", 5.0, "anna")
    assert (row.reason, row.state) == ("leaves hang", "queued")
    page.wait_for_selector(".said:has-text('asked')")
    assert page.inner_text(PILL.format("Pump")) == "off"  # nothing reported it yet
    allowed = site.context.clock.now_ms() + 90_000
    site.context.appliance.commands.move(
        row.id, State.REFUSED, "rest", interlock="min_off", allowed_at=allowed
    )
    page.wait_for_selector(".said:has-text('Refused, it rests 10 min between runs, 2 min')")
    page.wait_for_function(
        "() => document.querySelector('p[role=status].unseen:not([data-alert-said])')"
        ".textContent.includes('rests')"
    )


def test_what_is_reported_is_seen_without_loading_again_and_counts_down(window, site):
    page = open_page(window, site)
    page.evaluate("window.same = true")
    before = site.context.appliance.properties.get(TWIN, "fan")
    now = site.context.clock.now_ms()
    later = msgspec.structs.replace(before, reported="ON", desired="ON", until=now + 9000)
    site.context.appliance.properties.put(later)
    page.wait_for_function(
        "() => [...document.querySelectorAll('.hand-row small')]"
        ".some(e => /^on for [5-8] s more/.test(e.textContent))"
    )
    assert page.inner_text(PILL.format("Fan")) == "on"
    site.context.appliance.properties.put(before)
    page.wait_for_selector(f"{PILL.format('Fan')}:has-text('40 %')")
    assert page.evaluate("window.same")


def test_an_open_question_is_not_taken_away(window, site):
    page = open_page(window, site)
    page.click(PUMP)
    page.fill(f"{ASK} input[name=reason]", "half a wo")
    fan = site.context.appliance.properties.get(TWIN, "fan")
    with page.expect_response("**/parts/happened*"):
        row = site.context.appliance.commands.newest(1)[0]
        site.context.appliance.commands.move(row.id, row.state, row.detail)
    changed = msgspec.structs.replace(fan, desired_by="ben")
    site.context.appliance.properties.put(changed)
    page.keyboard.type("rd")
    assert page.input_value(f"{ASK} input[name=reason]") == "half a word"
    with page.expect_response("**/parts/controls*"):
        page.keyboard.press("Escape")
    site.context.appliance.properties.put(fan)


def test_off_is_one_tap_and_the_focus_stays(window, site):
    page = open_page(window, site)
    button = '[id="off-dt-PlantBox-001-light"]'
    page.focus(button)
    with page.expect_response("**/parts/controls*"):
        page.keyboard.press("Enter")
    assert newest(site, "light").command == "OFF"
    page.wait_for_function(
        "() => document.activeElement.id === 'off-dt-PlantBox-001-light'"
    )


def test_a_problem_is_told_on_the_page(window, site):
    page = open_page(window, site, "/control")
    page.evaluate("document.querySelector('.hand input[name=actuator]').value = 'siren'")
    page.click(PUMP)
    page.click(f"{ASK} button.main")
    page.wait_for_selector("[data-problem]:has-text(\"has no actuator 'siren'\")")


def test_without_scripts_the_same_forms_work(window, site):
    page = window(java_script_enabled=False)
    page.goto(site.url + "/control")
    page.click('[aria-label="Grow light"] button:has-text("Off")')
    assert page.url == f"{site.url}/control?twin={TWIN}"
    page.click("#mode-manual")
    assert page.get_attribute("#mode-manual", "aria-pressed") == "true"
    page.click("#mode-automatic")
    page.click(PUMP)  # a question needs no script
    page.click(f"{ASK} button.main")
    assert newest(site).duration_s == 10.0


def test_a_slider_and_its_number_say_the_same(window, site):
    page = open_page(window, site, "/control")
    page.fill("#share-warmth", "35")
    assert page.input_value("dt-slider input[type=range]") == "35"
    page.locator("dt-slider input[type=range]").focus()
    page.keyboard.press("ArrowRight")
    assert page.input_value("#share-warmth") == "36"


def test_a_viewer_sees_all_and_may_press_nothing(chromium, site):
    context = chromium.new_context()
    page = context.new_page()
    page.goto(site.url + "/sign-in")
    page.fill("#name", "vera")
    page.fill("#password", "wet hands and a phone")
    page.click("button.main")
    page.wait_for_url(site.url + "/")
    assert "held off" in page.inner_text(PILL.format("Heater"))
    page.goto(site.url + "/control")
    assert page.locator("main form, main button:not(.mark button)").count() == 0
    context.close()


def test_a_run_is_drawn_into_the_chart_in_words(window, site):
    page = open_page(window, site, "/?range=1h")
    page.wait_for_selector(".mark")
    labels = page.locator(".mark button").evaluate_all(
        "marks => marks.map(m => m.getAttribute('aria-label'))"
    )
    assert any("watered 10 s · rule too-dry" in label for label in labels)


def test_an_unknown_actuator_is_told_as_such(window, site):
    site.context.appliance.properties.put(Property(twin=TWIN, name="mister", reported=""))
    page = open_page(window, site)
    assert page.inner_text(PILL.format("Mister")) == "locked"
