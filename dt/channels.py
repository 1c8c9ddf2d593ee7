"""What ``notify:`` in dt.yaml may say: where messages about alerts go, when, and which.

A channel's address is a URL as Apprise reads it. It holds passwords and topics that are
as good as passwords: nothing here shows more of it than its kind and its host.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

import msgspec

from dt.twin.document import Node, Reader

SCHEMES: Mapping[str, str] = MappingProxyType(
    {
        "mailto": "e-mail",
        "mailtos": "e-mail",
        "json": "webhook",
        "jsons": "webhook",
        "form": "webhook",
        "forms": "webhook",
        "xml": "webhook",
        "xmls": "webhook",
        "ntfy": "ntfy",
        "ntfys": "ntfy",
        "mqtt": "MQTT",
        "mqtts": "MQTT",
        "discord": "Discord",
        "gotify": "Gotify",
        "gotifys": "Gotify",
        "matrix": "Matrix",
        "matrixs": "Matrix",
        "pover": "Pushover",
        "slack": "Slack",
        "tgram": "Telegram",
    }
)
"""What a URL may begin with, and what people call it."""
SEVERITIES = ("info", "notice", "warning", "critical")
_SHOWS_HOST = frozenset({"e-mail", "webhook", "MQTT", "Gotify", "Matrix"})
_QUIET = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\s*-\s*([01]\d|2[0-3]):([0-5]\d)")
_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,30}[a-z0-9])?")


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """One way to reach people.

    Attributes:
        url: Where to; a secret. Or else:
        url_file: File whose first line is it.
        severity: The least that is sent.
        quiet: ``22:00-06:00``: local time in which nothing is sent; empty: none.
        quiet_critical: Critical alerts wait in quiet hours too.
        cleared: Tell also when an alert wants nobody any more.
        twins: Only alerts of these twins; ``*`` stands for anything. Empty: of all.
        alerts: Only alerts with these keys; ``*`` stands for anything. Empty: all.
    """

    url: str = ""
    url_file: str = ""
    severity: str = "warning"
    quiet: str = ""
    quiet_critical: bool = False
    cleared: bool = False
    twins: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()


class Notify(msgspec.Struct, frozen=True, kw_only=True):
    """Who is told of alerts, beside the dashboard.

    Attributes:
        channels: By name.
        language: Of the messages.
        link: Where people reach the dashboard; stands in each message. Empty: nowhere.
    """

    channels: dict[str, Channel] = {}
    language: str = "en"
    link: str = ""


def scheme_of(url: str) -> str:
    """Return what a URL begins with, in small letters; empty: it is none."""
    scheme, colon, _ = url.strip().partition("://")
    return scheme.lower() if colon else ""


def shown(url: str) -> str:
    """Return what of a channel's URL may be seen: its kind, and a host that is no secret.

    In ``ntfy://topic`` the topic stands where others have a host, and a topic is as good
    as a password.
    """
    scheme = scheme_of(url)
    kind = SCHEMES.get(scheme, "unknown")
    try:
        parts = urlsplit(url.strip())
        host, path = parts.hostname or "", parts.path.strip("/")
    except ValueError:
        return kind
    if host and (kind in _SHOWS_HOST or (kind == "ntfy" and path)):
        return f"{kind} {host}"
    return kind


def quiet_minutes(text: str) -> tuple[int, int] | None:
    """Return begin and end of quiet hours in minutes of the day; None: there are none."""
    found = _QUIET.fullmatch(text.strip())
    if found is None:
        return None
    begin, begin_min, end, end_min = map(int, found.groups())
    return begin * 60 + begin_min, end * 60 + end_min


def without_secrets(notify: Notify) -> Notify:
    """Return the same with each URL as it may be shown to anybody."""
    return msgspec.structs.replace(
        notify,
        channels={
            name: msgspec.structs.replace(one, url=shown(one.url) if one.url else "")
            for name, one in notify.channels.items()
        },
    )


def rooted(notify: Notify, folder: str) -> Notify:
    """Return the same with the files of secrets taken from a folder."""
    return msgspec.structs.replace(
        notify,
        channels={
            name: msgspec.structs.replace(
                one, url_file=one.url_file and f"{Path(folder) / one.url_file}"
            )
            for name, one in notify.channels.items()
        },
    )


def check(reader: Reader, root: Node, notify: Notify) -> None:
    """Note what is wrong with ``notify:``, without telling what is secret."""
    node = _below(root, "notify")
    if notify.language not in {"en", "de"}:
        line = _below(node, "language").line
        reader.report(line, "notify.language", repr(notify.language), "one of en, de")
    if notify.link and scheme_of(notify.link) not in {"http", "https"}:
        line = _below(node, "link").line
        expected = "an address like https://box.example.org"
        reader.report(line, "notify.link", repr(notify.link), expected)
    nodes = _below(node, "channels")
    for name, channel in notify.channels.items():
        _check_channel(reader, _below(nodes, name), name, channel)


def _check_channel(reader: Reader, node: Node, name: str, channel: Channel) -> None:
    path = f"notify.channels.{name}"
    if not _NAME.fullmatch(name):
        reader.report(node.line, path, repr(name), "a slug of 1 to 32 letters like phone")
    if bool(channel.url) == bool(channel.url_file):
        seen = "both" if channel.url else "neither"
        reader.report(node.line, path, seen, "one of url, url_file")
    scheme = scheme_of(channel.url)
    if channel.url and scheme not in SCHEMES:
        seen = f"a URL of {scheme!r}" if scheme else "no URL (not shown, for it is secret)"
        line = _below(node, "url").line
        reader.report(line, f"{path}.url", seen, f"one of {_schemes()}")
    if channel.severity not in SEVERITIES:
        line, seen = _below(node, "severity").line, repr(channel.severity)
        reader.report(line, f"{path}.severity", seen, f"one of {', '.join(SEVERITIES)}")
    times = quiet_minutes(channel.quiet)
    if channel.quiet and (times is None or times[0] == times[1]):
        line, seen = _below(node, "quiet").line, repr(channel.quiet)
        reader.report(line, f"{path}.quiet", seen, "two times like 22:00-06:00")


def _schemes() -> str:
    return ", ".join(f"{scheme}://" for scheme in SCHEMES)


def _below(node: Node, key: str) -> Node:
    if isinstance(node.value, dict) and isinstance(node.value.get(key), Node):
        found: Node = node.value[key]
        return found
    return Node(None, node.line)
