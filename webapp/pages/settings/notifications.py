"""``/settings/notifications``: on which channels people are told of alerts. For admins."""

import msgspec
from flask import Blueprint, render_template

from dt.channels import Channel, shown
from dt.errors import ConfigError, NotFoundError
from dt.notify import child
from dt.notify.child import Tested
from dt.notify.expansion import send_at
from dt.notify.facts import zone_of
from dt.notify.posting import address_of
from dt.store.deliveries import Delivery
from dt.store.users import Role
from webapp.auth import identity
from webapp.auth.policy import requires
from webapp.context import Context, current
from webapp.language import _

notifications = Blueprint("notifications", __name__, url_prefix="/settings")


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A channel as the page shows it.

    Attributes:
        name: Of the channel.
        kind: What of its address may be seen; empty: `wrong` says why.
        wrong: What is wrong with its address.
        channel: What dt.yaml says.
        last: The newest message that was sent or given up.
        waiting: What waits, oldest first.
        quiet_until: UTC ms until which a warning waits; None: it is not quiet.
    """

    name: str
    kind: str
    wrong: str
    channel: Channel
    last: Delivery | None
    waiting: tuple[Delivery, ...]
    quiet_until: int | None


@notifications.get("/notifications")
@requires(Role.ADMIN, tokens=False)
def page() -> str:
    """Show the channels, without their secrets."""
    return _page(None)


@notifications.post("/notifications/<name>/test")
@requires(Role.ADMIN, tokens=False)
def test(name: str) -> str:
    """Send a test message and tell how it went."""
    context = current()
    if name not in context.config.notify.channels:
        raise NotFoundError(f"there is no channel {name!r}")
    found = child.run_test(context.config, name)
    who = identity.known_caller().name
    context.appliance.audit.add(who, "notify.test", name, None, found)
    return _page(found)


def _page(tested: Tested | None) -> str:
    context = current()
    rows = [_row(context, *pair) for pair in context.config.notify.channels.items()]
    return render_template(
        "settings_notifications.html", rows=rows, tested=tested, severities=_severities()
    )


def _severities() -> dict[str, str]:
    """Return the least severity of a channel in words."""
    return {
        "info": _("information"),
        "notice": _("notice"),
        "warning": _("warning"),
        "critical": _("critical"),
    }


def _row(context: Context, name: str, channel: Channel) -> Row:
    kind = wrong = ""
    try:
        kind = shown(address_of(name, channel))
    except ConfigError as error:
        wrong = error.message
    now, deliveries = context.clock.now_ms(), context.appliance.deliveries
    zone = zone_of(context.config, context.appliance)
    until = send_at(channel, "warning", now, zone)
    return Row(
        name=name,
        kind=kind,
        wrong=wrong,
        channel=channel,
        last=next(iter(deliveries.newest(name, 1)), None),
        waiting=tuple(deliveries.waiting(name)),
        quiet_until=until if until > now else None,
    )
