"""Pages are lively: readings move tiles and charts, zoom asks again, notes are written."""

from urllib.parse import parse_qs, urlsplit

import pytest

from dt.twin.quality import Quality, Reason, pack

pytestmark = [pytest.mark.server, pytest.mark.slow]

PLANT = "dt:PlantBox_001"
TILE = 'dt-tile[signal="dt:PlantBox_001/{}"]'

_SHIFTS = """window.shifts = [];
const told = (e) => [e.value, ...e.sources.map(s => s.node?.outerHTML?.slice(0, 80))];
new PerformanceObserver(list => window.shifts.push(...list.getEntries().map(told)))
  .observe({type: "layout-shift", buffered: true});"""


def open_now(window, site, **options):
    page = window(**options)
    page.goto(site.url + "/?range=1h")
    page.wait_for_selector("dt-pill.good")
    return page


def test_a_reading_is_seen_at_once_with_unit_and_age(window, site):
    page = open_now(window, site)
    site.say(f"{PLANT}/air.temperature", 23.456)
    tile = page.locator(TILE.format("air.temperature"))
    page.wait_for_function(
        "tile => tile.querySelector('[data-value]').textContent === '23.5'",
        arg=tile.element_handle(),
    )
    assert tile.locator(".value").inner_text().split() == ["23.5", "°C"]
    assert "just now" in tile.locator("dt-age").inner_text()


def test_the_five_states_are_told_apart_by_words_and_shape(window, site):
    page = open_now(window, site)
    light = page.locator(TILE.format("light"))
    site.say(f"{PLANT}/light", 6100.0, pack(Quality.UNCERTAIN, Reason.STUCK))
    page.wait_for_selector(TILE.format("light") + ".uncertain")
    assert light.locator("[data-about]").inner_text() == "~"
    assert "has not changed for long" in light.inner_text()
    site.say(f"{PLANT}/air.humidity", float("nan"), pack(Quality.BAD, Reason.CHECKSUM))
    page.wait_for_selector(TILE.format("air.humidity") + ".bad")
    humidity = page.locator(TILE.format("air.humidity")).inner_text()
    assert "–" in humidity
    assert "bad" in humidity
    assert "arrived damaged" in humidity
    stale = page.locator(TILE.format("tank.level")).inner_text()
    assert "stale" in stale
    assert "70" in stale
    assert "min ago" in stale
    empty = page.locator(TILE.format("co2")).inner_text()
    assert "no data" in empty
    assert "POST /api/v1/readings" in empty
    lost = page.locator(TILE.format("leaf.temperature")).inner_text()
    assert "no I2C device acknowledges address 0x5a" in lost
    assert "lost" in lost
    site.say(f"{PLANT}/air.humidity", 52.0)
    page.wait_for_selector(TILE.format("air.humidity") + ".good")


def test_a_value_outside_its_limits_gets_a_word(window, site):
    page = open_now(window, site)
    site.say(f"{PLANT}/air.temperature", 29.0)
    page.wait_for_selector(TILE.format("air.temperature") + ".warn")
    assert (
        page.locator(TILE.format("air.temperature") + " [data-badge]").inner_text()
        == "high"
    )
    site.say(f"{PLANT}/air.temperature", 23.0)
    page.wait_for_selector(TILE.format("air.temperature") + ".good:not(.warn)")


def test_zoom_by_keys_and_by_dragging_asks_the_server_again(window, site):
    page = window()
    page.goto(site.url + f"/charts?s={PLANT}/air.temperature&range=1h")
    page.wait_for_selector(".pane.ready")
    with page.expect_response("**/api/v1/readings?*") as answer:
        page.focus(".pane")
        page.keyboard.press("+")
    found = answer.value.json()
    assert found["to"] - found["from"] == pytest.approx(1_800_000, abs=2000)
    assert "from=" in page.url
    assert "range=" not in page.url
    box = page.locator(".u-over").bounding_box()
    with page.expect_response("**/api/v1/readings?*") as answer:
        page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 50)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 60, steps=5)
        page.mouse.up()
    closer = answer.value.json()
    assert closer["to"] - closer["from"] == pytest.approx(900_000, rel=0.05)
    export = page.locator("[data-export] a").first.get_attribute("href")
    assert f"from={closer['from']}" in export
    page.keyboard.press("0")
    page.wait_for_timeout(100)
    page.reload()
    page.wait_for_selector(".pane.ready")


class Fingers:
    """Fingers on a pane of a chart, as the browser's own protocol plays them."""

    def __init__(self, page):
        self.session = page.context.new_cdp_session(page)
        self.box = page.locator(".u-over").bounding_box()

    def _say(self, kind, shares):
        points = [
            {
                "x": self.box["x"] + self.box["width"] * share,
                "y": self.box["y"] + self.box["height"] / 2,
                "id": number,
            }
            for number, share in enumerate(shares)
        ]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def go(self, first, last, steps=8):
        """Put fingers down at shares of the width, move them, and lift them."""
        self._say("touchStart", first)
        for step in range(1, steps + 1):
            part = step / steps
            now = [a + (b - a) * part for a, b in zip(first, last, strict=True)]
            self._say("touchMove", now)
        self._say("touchEnd", [])


def shown(page, span):
    """Return the times that the address says, UTC ms, once they are so long, nearly."""
    page.wait_for_function(
        """span => {
            const said = new URLSearchParams(location.search);
            const now = Number(said.get("to")) - Number(said.get("from"));
            return Math.abs(now - span) < span * 0.15;
        }""",
        arg=span,
        timeout=5000,
    )
    found = parse_qs(urlsplit(page.url).query)
    return int(found["from"][0]), int(found["to"][0])


@pytest.fixture
def phone(window, site):
    """A chart of one hour on a screen that is touched."""
    page = window(390, 844, has_touch=True, is_mobile=True)
    page.goto(site.url + f"/charts?s={PLANT}/air.temperature&range=1h")
    page.wait_for_selector(".pane.ready")
    page.locator(".u-over").scroll_into_view_if_needed()
    return page


def test_two_fingers_apart_show_less_time_and_together_more(phone):
    fingers = Fingers(phone)
    with phone.expect_response("**/api/v1/readings?*"):
        fingers.go([0.4, 0.6], [0.2, 0.8])
    start, end = shown(phone, 1_200_000)
    assert end > start
    fingers.go([0.2, 0.8], [0.4, 0.6])
    shown(phone, 3_600_000)


def test_two_fingers_zoom_around_their_middle(phone):
    with phone.expect_response("**/api/v1/readings?*"):
        Fingers(phone).go([0.1, 0.3], [0.0, 0.4])
    start, end = shown(phone, 1_800_000)
    middle = phone.evaluate("() => Date.now()") - 3_600_000 * 0.8
    assert start + (end - start) * 0.2 == pytest.approx(middle, abs=120_000)


def test_one_finger_moves_in_time_and_keeps_the_span(phone):
    with phone.expect_response("**/api/v1/readings?*"):
        Fingers(phone).go([0.3], [0.8])
    phone.wait_for_function("() => location.search.includes('from=')")
    start, end = shown(phone, 3_600_000)
    now = phone.evaluate("() => Date.now()")
    assert end - start == pytest.approx(3_600_000, rel=0.01)
    assert now - end == pytest.approx(1_800_000, rel=0.15)


def test_the_crosshair_moves_by_keys_and_is_spoken(window, site):
    page = window()
    page.goto(site.url + f"/charts?s={PLANT}/air.temperature&range=1h")
    page.wait_for_selector(".pane.ready")
    page.focus(".pane")
    for _ in range(3):
        page.keyboard.press("Shift+ArrowLeft")
    page.wait_for_function(
        "() => document.querySelector('dt-chart [aria-live]').textContent !== ''"
    )
    assert "Air temperature" in page.locator("dt-chart [aria-live]").inner_text()
    assert page.locator(".legend [data-value]").first.inner_text() != ""


def test_a_note_is_written_by_keyboard_and_stays(window, site):
    page = window()
    address = site.url + f"/charts?s={PLANT}/air.temperature&range=1h"
    page.goto(address)
    page.wait_for_selector(".pane.ready")
    page.focus(".pane")
    page.keyboard.press("n")
    page.wait_for_selector("dialog[open]")
    page.keyboard.type("opened the window")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog", state="detached")
    page.wait_for_selector('.mark button[aria-label*="opened the window"]')
    page.goto(address)
    assert "opened the window" in page.locator("[data-notes-list]").inner_text()


def test_a_chart_never_bridges_a_gap(window, site):
    page = window()
    page.goto(site.url + f"/charts?s={PLANT}/light&range=12h")
    page.wait_for_selector(".pane.ready")
    gaps = page.evaluate(
        "document.querySelector('dt-chart').panes[0].gaps.map(([a, b]) => b - a)"
    )
    assert any(500_000 < gap < 700_000 for gap in gaps)
    nulls = page.evaluate(
        "() => document.querySelector('dt-chart').panes[0].u.data[1]"
        ".filter(v => v === null).length"
    )
    assert nulls >= 1


def test_offline_is_said_and_the_page_catches_up(window, site):
    page = open_now(window, site)
    page.context.set_offline(True)
    page.evaluate("fetch('/healthz').catch(() => 0)")
    page.evaluate(
        """() => document.dispatchEvent(new CustomEvent("dt:line",
        {detail: {state: "offline", since: Date.now()}}))"""
    )
    page.wait_for_selector("dt-offline:not([hidden])", timeout=8000)
    assert "this page catches up by itself" in page.locator("dt-offline").inner_text()
    page.context.set_offline(False)
    page.reload()
    page.wait_for_selector("dt-pill.good")
    assert page.locator("dt-offline").is_hidden()


def test_nothing_shifts_while_a_page_comes_alive(window, site):
    page = window()
    page.add_init_script(_SHIFTS)
    for path in ("/?range=1h", "/charts?range=1h", "/twins", "/health"):
        page.goto(site.url + path)
        page.wait_for_selector("dt-pill.good")
        site.say(f"{PLANT}/air.temperature", 24.0)
        page.wait_for_timeout(600)
        shifts = page.evaluate("window.shifts")
        big = [shift for shift in shifts if shift[0] > 0.0005]
        assert sum(shift[0] for shift in shifts) < 0.005, (path, big)


def test_a_page_weighs_at_most_150_kilobytes_compressed(window, site):
    import gzip

    page = window()
    bodies = []
    page.on("response", lambda answer: bodies.append(answer))  # noqa: PLW0108
    page.goto(site.url + "/")
    page.wait_for_selector(".pane.ready")
    weight = 0
    for answer in bodies:
        kind = answer.headers.get("content-type", "")
        if (
            answer.status == 200
            and "event-stream" not in kind
            and "socket.io/?" not in answer.url
        ):
            weight += len(gzip.compress(answer.body(), 6))
    assert weight <= 150_000


def test_marks_stand_at_their_time_and_keep_the_focus(window, site):
    page = window()
    page.goto(site.url + f"/charts?s={PLANT}/soil.moisture&range=1h")
    page.wait_for_selector(".mark button")
    shares = page.evaluate(
        """() => [...document.querySelectorAll(".mark")].map(
        m => m.offsetLeft / m.parentElement.clientWidth)"""
    )
    assert any(0.4 < share < 0.6 for share in shares)
    page.focus(".mark button")
    page.wait_for_timeout(1500)
    assert page.evaluate("document.activeElement.parentElement.className").startswith(
        "mark"
    )
