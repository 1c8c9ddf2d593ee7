"""WCAG 2.2 AA on every page: axe in both themes and sizes, keyboard, targets, zoom."""

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = [pytest.mark.server, pytest.mark.slow]

SIGNAL = "dt:PlantBox_001/soil.moisture"
PAGES = {
    "now": "/",
    "charts": "/charts?range=1h",
    "control": "/control",
    "twins": "/twins",
    "twin": "/twins/dt:PlantBox_001",
    "twin registered only": "/twins/dt:Site_001",
    "broken twin": "/broken-twin?file=twins/odd/twin.yaml",
    "signal": f"/signals/{SIGNAL}?range=1h",
    "calibrate": f"/calibrate/{SIGNAL}",
    "health": "/health",
    "alerts": "/alerts",
    "shelved alerts": "/alerts?tab=shelved",
    "history of alerts": "/alerts?tab=history",
    "alert": "/alerts/dt:PlantBox_001/rules/too-dry",
    "alert of a sensor": "/alerts/dt:PlantBox_001/sensors/leaf",
    "rules": "/rules",
    "rule": "/rules/dt:PlantBox_001/too-dry",
    "new rule": "/rules/new?twin=dt:PlantBox_001",
    "routines": "/routines",
    "routine": "/routines/dt:PlantBox_001/dawn",
    "new routine": "/routines/new?twin=dt:PlantBox_001",
    "audit": "/audit",
    "more": "/more",
    "settings": "/settings/",
    "people": "/settings/people/",
    "tokens": "/settings/tokens/",
    "notifications": "/settings/notifications",
    "keeping": "/settings/keeping",
    "twin files": "/settings/twins",
    "about": "/settings/about",
    "second factor": "/settings/second-factor/",
    "not found": "/nothing-here",
}
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
}

_FOCUS = """() => {
  const e = document.activeElement, tile = e.closest("dt-tile");
  const has = (x) => x && getComputedStyle(x).outlineStyle !== "none";
  const text = (e.textContent || "").trim().slice(0, 40);
  return [e.tagName, e.className, text, Boolean(has(e) || has(tile))];
}"""
_SMALL = """() => {
  const plain = ["hidden", "radio", "checkbox"].map(t => `:not([type=${t}])`).join("");
  const all = `button, a.button, .bottom a, .seg a, select, input${plain}`;
  return [...document.querySelectorAll(all)]
    .filter(e => e.checkVisibility() && !e.closest(".mark"))
    .filter(e => e.getBoundingClientRect().height < 43.5)
    .map(e => location.pathname + " " + e.outerHTML.slice(0, 90));
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_has_no_violation(window, site, theme, width):
    page = window(width=width, theme=theme)
    found = []
    for name, path in PAGES.items():
        page.goto(site.url + path)
        page.wait_for_load_state("networkidle") if name == "now" else None
        answer = Axe().run(page, options=RULES).response
        for problem in answer["violations"]:
            found += [
                f"{name}: {problem['id']}: {node['target']}: {node['html'][:120]}"
                for node in problem["nodes"]
            ]
    assert found == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_question_has_no_violation_and_escape_takes_it_away(window, site, theme):
    page = window(width=390, theme=theme)
    page.goto(site.url + "/control")
    question = '[id="ask-dt-PlantBox-001-pump"]'
    page.click('[id="on-dt-PlantBox-001-pump"]')
    found = Axe().run(page, context=question, options=RULES).response["violations"]
    assert [one["id"] for one in found] == []
    page.keyboard.press("Escape")
    page.wait_for_selector(question, state="hidden")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_doors_have_no_violation(chromium, site, bare_site, theme):
    context = chromium.new_context(color_scheme=theme)
    page = context.new_page()
    found = []
    for url in (site.url + "/sign-in", bare_site.url + "/setup"):
        page.goto(url)
        found += [v["id"] for v in Axe().run(page, options=RULES).response["violations"]]
    context.close()
    assert found == []


def test_the_keyboard_reaches_everything_and_shows_where_it_is(window, site):
    page = window()
    page.goto(site.url + "/")
    page.wait_for_selector(".pane.ready")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    seen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.append(page.evaluate(_FOCUS))
    words = {entry[2] for entry in seen}
    assert {"Charts", "Health", "Air temperature", "1 h"} <= words
    assert any("pane" in entry[1] for entry in seen)
    assert [entry for entry in seen if entry[0] != "BODY" and not entry[3]] == []


def test_targets_on_a_phone_are_44_pixels(window, site):
    page = window(width=390, height=844, is_mobile=True, has_touch=True)
    small = []
    pages = ("alerts", "alert", "rules", "rule", "routines", "routine", "audit")
    more = ["/control", *(PAGES[name] for name in pages)]
    for path in ("/", "/charts?range=1h", "/settings/", f"/calibrate/{SIGNAL}", *more):
        page.goto(site.url + path)
        small += page.evaluate(_SMALL)
    assert small == []


@pytest.mark.parametrize("width", [390, 640, 1280])
def test_nothing_is_cut_off_sideways_even_when_zoomed(window, site, width):
    page = window(width=width // 2 if width == 640 else width)
    for path in PAGES.values():
        page.goto(site.url + path)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
