"""The page of channels: what was told, what waits and why, a test; never a secret."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import msgspec
import pytest

from dt.channels import Channel, Notify

SECRET = "s3cret-word-that-nobody-may-see"
PAGE = "/settings/notifications"


@pytest.fixture
def channels(house):
    """Give the appliance channels; `house.context.config` is what the page reads."""

    def give(**found):
        made = {name: Channel(**one) for name, one in found.items()}
        config = house.context.config
        house.context.config = msgspec.structs.replace(config, notify=Notify(channels=made))
        return house.context.appliance.deliveries

    return give


@pytest.fixture
def admin(house):
    return house.client("admin", accept="text/html")


@pytest.fixture
def web():
    """A web server that takes everything."""

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join(10)


def test_without_channels_it_says_how_to_add_one(admin):
    page = admin.get(PAGE).text
    assert "Nobody is told yet" in page
    assert "url_file: /etc/dt/secrets/phone" in page


def test_each_channel_shows_what_was_sent_and_never_its_address(house, channels, admin):
    deliveries = channels(
        phone={"url": f"ntfys://{SECRET}", "quiet": "22:00-06:00", "cleared": True},
        hook={"url": f"jsons://me:{SECRET}@hook.example/{SECRET}"},
    )
    deliveries.add(1, "phone", 0)
    deliveries.succeeded(deliveries.waiting("phone")[0])
    page = admin.get(PAGE).text
    assert SECRET not in page
    assert "webhook hook.example" in page
    assert "22:00 – 06:00, not for critical ones" in page
    assert "warning, and when they end" in page
    assert "sent <dt-age" in page


def test_what_waits_is_told_with_its_reason(house, channels, admin):
    deliveries = channels(hook={"url": "jsons://hook.example/a"})
    deliveries.add(1, "hook", 0)
    row = deliveries.begin(deliveries.waiting()[0], 0.5)
    deliveries.failed(row, "no answer from hook.example")
    page = admin.get(PAGE).text
    assert "No answer from hook.example" in page
    assert "Tried 1 time; next time" in page


def test_what_waits_for_the_end_of_quiet_hours_says_until_when(house, channels, admin):
    deliveries = channels(hook={"url": "jsons://hook.example/a", "quiet": "00:01-23:59"})
    deliveries.add(1, "hook", house.clock.now_ms() + 3_600_000)
    assert "It is quiet until" in admin.get(PAGE).text


def test_a_secret_file_that_is_gone_is_told(house, channels, admin, tmp_path):
    channels(phone={"url_file": str(tmp_path / "gone")})
    page = admin.get(PAGE).text
    assert "Cannot read url_file of channel" in page
    assert "<button disabled>" in page


def test_a_test_is_sent_told_and_audited(house, channels, admin, web):
    channels(hook={"url": f"json://127.0.0.1:{web}/{SECRET}"})
    page = admin.post(f"{PAGE}/hook/test", data={}).text
    assert "The test on hook was sent in" in page
    assert f'<a href="{PAGE}" aria-current="page">' in page
    assert house.context.appliance.audit.newest(1)[0].action == "notify.test"


def test_a_test_that_fails_says_why_without_secrets(house, channels, admin):
    channels(hook={"url": f"json://127.0.0.1:9/{SECRET}"})
    page = admin.post(f"{PAGE}/hook/test", data={}).text
    assert "The test on hook was not sent" in page
    assert "onnection error" in page
    assert SECRET not in page


def test_only_admins_test_and_only_channels_that_are_there(house, channels, admin):
    channels(hook={"url": "jsons://hook.example/a"})
    assert house.client("operator").post(f"{PAGE}/hook/test", data={}).status_code == 403
    assert house.client("operator").get(PAGE).status_code == 403
    assert admin.post(f"{PAGE}/other/test", data={}).status_code == 404
