"""Sends one message to one address, with Apprise. Imported in short-lived processes only.

Apprise with all that it loads is 40 MB; no process that stays pays for it.
"""

import logging
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from dt.channels import SCHEMES, Channel, scheme_of, shown
from dt.errors import ConfigError
from dt.notify.message import Message

TIMEOUT_S = 20
_LONGEST_ERROR = 200
_KINDS: Mapping[str, str] = MappingProxyType({"warning": "warning", "critical": "failure"})
_PRIORITIES: Mapping[str, str] = MappingProxyType({"warning": "high", "critical": "max"})
_HARMLESS = frozenset({"1883", "8883", "insecure", "starttls", "default", "html", "text"})


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a message.

    Attributes:
        error: Why it was not sent, without secrets; empty: it was.
        partly: With an error: some of the address's recipients have it all the same.
    """

    error: str = ""
    partly: bool = False


def address_of(name: str, channel: Channel) -> str:
    """Return the URL of a channel.

    Raises:
        ConfigError: Its file cannot be read, or says none that is known.
    """
    url = channel.url
    if channel.url_file:
        try:
            lines = Path(channel.url_file).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it is not text"
            raise ConfigError(
                f"cannot read url_file of channel {name!r}, {channel.url_file!r}: {why}",
                hint="its first line is the URL; let the service's user read it",
            ) from error
        url = lines[0].strip() if lines else ""
    if scheme_of(url) not in SCHEMES:
        raise ConfigError(
            f"channel {name!r} has an address of an unknown kind",
            hint=f"it begins with one of {', '.join(SCHEMES)}, then ://",
        )
    return url


def post(url: str, message: Message, sender: str) -> Outcome:
    """Send a message; return what became of it.

    Args:
        url: Where to.
        message: What to say.
        sender: What people call this appliance.
    """
    try:
        import apprise  # noqa: PLC0415 - see the module
    except ImportError as error:
        return Outcome(error=f"{error}: install dt-appliance[edge]")
    _silence()
    asset = apprise.AppriseAsset(
        app_id=sender, app_desc=sender, app_url="", image_url_mask="", image_url_logo=""
    )
    service = apprise.Apprise(asset=asset)
    try:
        return _sent(service, url, message)
    except Exception as error:  # noqa: BLE001 - plug-ins of a library may raise anything
        return Outcome(error=redacted(f"{type(error).__name__}: {error}", url))


def _sent(service: Any, url: str, message: Message) -> Outcome:
    if not service.add(_completed(url, message)):
        kind = scheme_of(url)
        return Outcome(error=f"no address of {kind}://: see docs/notifications.md")
    result = service.notify(
        title=message.title,
        body=message.body,
        notify_type=_KINDS.get(message.severity, "info"),
        body_format="text",
        timeout=TIMEOUT_S,
        log_level=logging.INFO,
    )
    if result:
        return Outcome()
    partly = any(str(entry.message).startswith("Sent ") for entry in result.logs())
    return Outcome(error=redacted(_reason(result), url), partly=partly)


def redacted(text: str, url: str) -> str:
    """Return a text without anything of a URL that may be secret."""
    hidden = text.replace(url, "…")
    for secret in sorted(_secrets(url), key=len, reverse=True):
        hidden = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", "…", hidden)
    return hidden[:_LONGEST_ERROR]


def _secrets(url: str) -> set[str]:
    """Return user, password, path, values and, where it may be a topic, the host."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return {url}
    found = {parts.netloc.rpartition("@")[0], *parts.path.split("/")}
    found |= {parts.username or "", parts.password or ""}
    found |= {value for _, value in parse_qsl(parts.query)}
    if parts.hostname and not shown(url).endswith(parts.hostname):
        found |= {parts.netloc, parts.hostname}
    found |= {unquote(one) for one in found}
    return {one for one in found if len(one) > 2} - _HARMLESS


def _completed(url: str, message: Message) -> str:
    """Return a URL with what makes a message arrive surely, and loudly if it matters."""
    scheme = scheme_of(url)
    if scheme in {"mqtt", "mqtts"}:
        return _with(url, "qos", "1")
    if scheme in {"ntfy", "ntfys"} and message.severity in _PRIORITIES:
        return _with(url, "priority", _PRIORITIES[message.severity])
    return url


def _with(url: str, key: str, value: str) -> str:
    if re.search(rf"[?&]{key}=", url):
        return url
    return f"{url}{'&' if '?' in url else '?'}{key}={value}"


def _reason(result: Any) -> str:
    said = [str(entry.message) for entry in result.logs() if entry.level != "INFO"]
    return said[-1] if said else f"not sent: {result.status.name.lower()}"


def _silence() -> None:
    """Keep what libraries log of addresses out of the log."""
    logger = logging.getLogger("apprise")
    logger.propagate = False
    logger.addHandler(logging.NullHandler())
    for noisy in ("urllib3", "requests"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)
