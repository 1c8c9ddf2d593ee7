"""Alerts and rules in a browser: acknowledge, shelve, see errors at fields, dry-run."""

import pytest

from dt.rules.alerts import Alert
from dt.rules.description import Severity

pytestmark = [pytest.mark.server, pytest.mark.slow]

BOX = "dt:PlantBox_001"


def raised(site, name, text, severity=Severity.NOTICE):
    """Raise an alert that is of no rule that there is."""
    now = site.context.clock.now_ms()
    alert = Alert(
        key=f"{BOX}/rules/{name}",
        group=f"{BOX}/rules/{name}",
        twin=BOX,
        severity=severity,
        text=text,
        raised_at=now,
        changed_at=now,
    )
    return site.context.appliance.alerts.raise_(alert)


def row(page, text):
    return page.locator(".alert-row", has_text=text)


def test_an_alert_is_acknowledged_from_the_list_and_says_by_whom(window, site):
    raised(site, "odd-noise", "The pump makes an odd noise")
    page = window()
    page.goto(site.url + "/alerts")
    mine = row(page, "odd noise")
    assert "nobody has seen it yet" in mine.inner_text()
    before = int(page.inner_text("header dt-count"))
    mine.get_by_role("button", name="Acknowledge").click()
    page.wait_for_url("**/alerts?tab=active")
    assert "seen by anna" in row(page, "odd noise").inner_text()
    assert int(page.inner_text("header dt-count")) == before - 1


def test_an_alert_is_shelved_by_keyboard_and_brought_back(window, site):
    raised(site, "smell", "It smells")
    page = window()
    page.goto(site.url + "/alerts")
    opener = row(page, "It smells").locator("summary")
    opener.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    assert not row(page, "It smells").locator("details").get_attribute("open")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/alerts?tab=active")
    assert row(page, "It smells").count() == 0
    page.goto(site.url + "/alerts?tab=shelved")
    assert "shelved by anna until" in row(page, "It smells").inner_text()
    with page.expect_navigation():
        page.get_by_role("button", name="Bring back now").click()
    page.goto(site.url + "/alerts")
    assert row(page, "It smells").count() == 1


def test_a_new_alert_is_seen_counted_and_spoken_without_a_reload(window, site):
    page = window()
    page.goto(site.url + "/alerts")
    page.wait_for_selector("dt-pill.good")
    page.evaluate("window.mine = 'still here'")
    before = int(page.inner_text("header dt-count"))
    raised(site, "leak", "Water on the floor", Severity.CRITICAL)
    page.wait_for_selector(".alert-row.crit >> text=Water on the floor", timeout=8000)
    assert int(page.inner_text("header dt-count")) == before + 1
    assert page.inner_text("[data-alert-said]") == "New alert: Water on the floor"
    assert page.evaluate("window.mine") == "still here"
    assert "Water on the floor" in page.locator(".alert-row").first.inner_text()


def test_a_list_does_not_move_while_somebody_chooses(window, site):
    raised(site, "drip", "It drips")
    page = window()
    page.goto(site.url + "/alerts")
    page.wait_for_selector("dt-pill.good")
    row(page, "It drips").locator("summary").click()
    raised(site, "hum", "It hums")
    page.wait_for_function(
        "() => document.querySelector('[data-alert-said]').textContent.includes('hums')"
    )
    page.wait_for_timeout(600)
    assert row(page, "It hums").count() == 0
    page.keyboard.press("Escape")
    page.wait_for_selector(".alert-row >> text=It hums")


def test_one_alert_tells_why_it_fired_and_what_followed(window, site):
    page = window()
    page.goto(site.url + f"/alerts/{BOX}/rules/too-dry")
    page.wait_for_selector(".pane.ready")
    why = page.inner_text("#why")
    assert "soil.moisture < 30" in why
    assert "held" in why.split()
    assert "29.6 %" in why
    assert "pump ON · 10 s" in why
    assert "refused" in why
    dots = page.locator(".mark button").all()
    assert any("Soil is dry: 29.6" in dot.get_attribute("aria-label") for dot in dots)


def test_what_is_wrong_with_a_rule_stands_at_its_field(window, site):
    page = window()
    page.goto(site.url + f"/rules/{BOX}/too-dry")
    page.fill("#f-for", "soon")
    page.fill("#f-expression-when", "soil.wet < 30")
    page.click("text=Keep this rule")
    page.wait_for_selector("[role=alert]")
    field = page.locator(".field", has=page.locator("#f-for"))
    assert "Saw 'soon', expected a duration like 5s" in field.inner_text()
    assert page.get_attribute("#f-for", "aria-invalid") == "true"
    formula = page.locator(".field", has=page.locator("#f-expression-when"))
    assert "saw 'soil.wet'" in formula.inner_text()
    assert page.input_value("#f-for") == "soon"
    assert site.context.appliance.automation.current() == []


def test_a_dry_run_shows_where_a_rule_would_have_fired_before_it_is_kept(window, site):
    page = window()
    page.goto(site.url + "/rules/new?twin=" + BOX)
    page.fill("#f-id", "too-bright")
    page.check("input[value=threshold]")
    page.select_option("#f-threshold-signal", "light")
    page.fill("#f-threshold-above", "7500")
    page.fill("#f-message", "Bright: {light}")
    page.select_option("#range", "1d")
    page.locator("#rule-form").get_by_text("Show where it would have fired").click()
    page.wait_for_selector("#trial .pane.ready")
    assert "It would have fired" in page.inner_text("#trial h2")
    assert int(page.inner_text("#trial .stat b >> nth=0")) >= 1
    mark = page.locator("#trial .mark button").first.get_attribute("aria-label")
    assert "would fire" in mark
    assert page.input_value("#f-threshold-above") == "7500"
    page.click("text=Keep this rule")
    page.wait_for_url("**/rules/dt:PlantBox_001/too-bright*")
    assert "Kept" in page.inner_text(".notice.good")
    page.click("text=Rules")
    assert "Too bright" in page.inner_text("table")
    page.goto(site.url + f"/rules/{BOX}/too-bright")
    page.click("#versions button.danger")
    page.click("dialog button.danger")
    page.wait_for_url("**/rules")
    assert "Too bright" not in page.inner_text("table")


def test_only_the_fields_of_the_chosen_kind_are_shown(window, site):
    page = window()
    page.goto(site.url + f"/rules/{BOX}/warm")
    assert page.is_visible("#f-threshold-above")
    assert not page.is_visible("#f-range-low")
    page.check("input[value=range]")
    assert page.is_visible("#f-range-low")
    assert not page.is_visible("#f-threshold-above")
