"""What people do: set up, sign in, calibrate, change theme and language, make a token."""

import re

import pyotp
import pytest

from dt import passwords

pytestmark = [pytest.mark.server, pytest.mark.slow]

SIGNAL = "dt:PlantBox_001/air.temperature"


def test_the_first_account_is_made_on_one_page_and_leads_to_now(chromium, bare_site):
    context = chromium.new_context(timezone_id="Europe/Lisbon")
    page = context.new_page()
    page.goto(bare_site.url + "/")
    assert page.url.endswith("/setup") or "/sign-in" in page.url
    page.goto(bare_site.url + "/setup")
    assert page.input_value("#timezone") in {"Europe/Berlin", "Europe/Lisbon"}
    folder = bare_site.context.config.data_dir
    page.fill("#code", "wrong")
    page.fill("#name", "ben")
    page.fill("#password", "rain on a tin roof")
    page.click("button.main")
    assert "The one-time code is wrong." in page.inner_text("[role=alert]")
    page.fill("#code", (folder / "first-sign-in").read_text().strip())
    page.fill("#password", "rain on a tin roof")
    page.click("button.main")
    page.wait_for_url(bare_site.url + "/")
    assert "No twin yet" in page.inner_text("h1")
    assert "dt doctor" in page.inner_text("main")
    context.close()


def test_a_calibration_is_tried_before_it_is_kept_and_can_be_undone(window, site):
    page = window()
    page.goto(site.url + f"/calibrate/{SIGNAL}")
    site.say(SIGNAL, 22.0)
    page.click("button[value='take:0']")
    assert float(page.input_value("#raw0")) == pytest.approx(22.0)
    page.fill("#true0", "21,5")
    page.click("button[value=preview]")
    assert "21.5 °C" in page.inner_text("main")
    page.fill("#reason", "compared with the reference")
    page.click("button[value=save]")
    page.wait_for_url("**/signals/**")
    history = page.locator("#calibration")
    assert "offset −0.50 °C" in history.inner_text()
    assert "compared with the reference" in history.inner_text()
    page.fill("#undo-reason", "wrong probe")
    page.click("#calibration form button")
    assert "as the twin file says" in page.inner_text("#calibration tbody tr:first-child")
    assert "wrong probe" in page.inner_text("#calibration")


def test_a_calibration_without_a_reason_is_refused_in_words(window, site):
    page = window()
    page.goto(site.url + f"/calibrate/{SIGNAL}")
    page.fill("#raw0", "22")
    page.fill("#true0", "twenty")
    page.click("button[value=preview]")
    assert "A true value is 'twenty': expected a number." in page.inner_text("[role=alert]")
    page.fill("#true0", "21")
    page.click("button[value=preview]")
    page.click("button[value=save]")
    assert "The reason is empty" in page.inner_text("[role=alert]")


def test_theme_and_language_are_kept_with_the_person(window, site):
    page = window()
    page.goto(site.url + "/settings/")
    page.select_option("#locale", "de")
    page.select_option("#theme", "dark")
    page.click("form[action$=preferences] button.main")
    assert page.get_attribute("html", "data-theme") == "dark"
    assert page.get_attribute("html", "lang") == "de"
    page.goto(site.url + "/?range=1h")
    assert "Jetzt" in page.inner_text("header nav")
    site.say(SIGNAL, 23.4)
    page.wait_for_function("() => document.body.textContent.includes('23,4')")
    page.goto(site.url + "/settings/")
    page.select_option("#locale", "")
    page.select_option("#theme", "auto")
    page.click("form[action$=preferences] button.main")
    assert page.get_attribute("html", "lang") == "en"


def test_a_token_is_shown_once(window, site):
    page = window()
    page.goto(site.url + "/settings/tokens/")
    page.fill("#name", "greenhouse logger")
    page.check("input[value='readings:write']")
    page.click("form[action$=add] button.main")
    assert re.search(r"dt_[\w-]{40,}", page.inner_text(".notice.good"))
    page.goto(site.url + "/settings/tokens/")
    assert "dt_" not in page.inner_text("main")
    page.click("button.danger")
    page.wait_for_selector("dialog[open]")
    page.click("dialog button.danger")
    page.wait_for_selector("text=revoked")


def test_every_page_is_true_without_scripts(window, site):
    page = window(java_script_enabled=False)
    page.goto(site.url + "/?range=1h")
    tile = page.locator(f'dt-tile[signal="{SIGNAL}"]')
    assert "°C" in tile.inner_text()
    assert page.locator(".pane svg.plot path.line").first.get_attribute("d").startswith("M")
    page.goto(site.url + f"/charts?s={SIGNAL}&range=1h")
    page.click("details.table-view summary")
    assert page.locator("details.table-view tbody tr").count() == 24
    page.check('input[value="dt:PlantBox_001/light"]')
    page.click("[data-without-script]")
    assert page.locator(".pane").count() == 2


def test_a_second_factor_is_set_up_and_asked_for(chromium, bare_site):
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    said = []
    page.on("console", lambda m: said.append(m.text) if m.type == "error" else None)
    hashed = passwords.hashed("three green plants")
    bare_site.context.appliance.users.add("ada", "admin", hashed)

    def sign_in():
        page.goto(bare_site.url + "/sign-in")
        page.fill("#name", "ada")
        page.fill("#password", "three green plants")
        page.click("button.main")

    sign_in()
    page.wait_for_url(bare_site.url + "/")
    page.goto(bare_site.url + "/settings/")
    page.click("text=Set it up")
    page.click("button.main")
    picture = page.locator(".qr-box svg").bounding_box()
    assert picture["width"] == picture["height"] > 120
    secret = page.locator("code.id").inner_text().replace(" ", "")
    page.fill("#code", pyotp.TOTP(secret).now())
    page.click("button.main")
    page.wait_for_selector(".codes")
    code = page.locator(".codes code").first.inner_text()
    assert page.locator(".codes li").count() == 10
    context.clear_cookies()
    sign_in()
    page.wait_for_selector("h1:has-text('Second step')")
    assert page.evaluate("() => document.activeElement.id") == "code"
    page.fill("#code", code)
    page.click("button.main")
    page.wait_for_url(bare_site.url + "/")
    context.close()
    assert said == []
