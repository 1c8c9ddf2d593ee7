"""What goes wrong is told without anything of an address."""

import pytest

from dt.notify.message import Message
from dt.notify.posting import _completed, redacted

SECRET = "s3cret-word"


@pytest.mark.parametrize(
    "url",
    [
        f"jsons://me:{SECRET}@host/{SECRET}?token={SECRET}",
        f"ntfys://{SECRET}",
        f"mqtt://{SECRET}:pw@host/a/{SECRET}",
        f"mailto://me:{SECRET}@host?to=a@b.example",
        f"tgram://{SECRET}/42",
        f"slack://{SECRET}/b/c",
    ],
)
def test_no_part_of_an_address_is_told(url):
    for said in (f"cannot reach {url} now", f"{SECRET} refused", f"wrong: {SECRET}!"):
        assert SECRET not in redacted(said, url)


def test_the_rest_of_the_text_is_kept():
    said = "Failed to send JSON notification: error=500."
    assert redacted(said, "jsons://me:pw@host/a") == said


@pytest.mark.parametrize(
    ("url", "severity", "after"),
    [
        ("mqtt://h/t", "info", "mqtt://h/t?qos=1"),
        ("mqtt://h/t?qos=0", "info", "mqtt://h/t?qos=0"),
        ("ntfy://h/t", "critical", "ntfy://h/t?priority=max"),
        ("ntfy://h/t?tags=x", "warning", "ntfy://h/t?tags=x&priority=high"),
        ("ntfy://h/t?priority=low", "critical", "ntfy://h/t?priority=low"),
        ("ntfy://h/t", "notice", "ntfy://h/t"),
    ],
)
def test_an_address_is_completed_unless_it_says_so_itself(url, severity, after):
    assert _completed(url, Message(title="", body="", severity=severity)) == after
