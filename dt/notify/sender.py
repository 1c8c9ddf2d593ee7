"""Sends what is due, once, and ends: the work of the short-lived process."""

import logging
import random
import time
from collections.abc import Callable
from itertools import groupby

from dt.clock import Clock
from dt.config import Config
from dt.errors import ConfigError
from dt.notify.expansion import send_at
from dt.notify.facts import facts_of, style_of, title_of
from dt.notify.message import Message, written
from dt.notify.posting import Outcome, address_of, post
from dt.store.alerts import AlertStep
from dt.store.appliance import Appliance
from dt.store.deliveries import NO_ANSWER, Delivery
from dt.store.events import Event, Severity

log = logging.getLogger(__name__)

Post = Callable[[str, Message, str], Outcome]
GIVE_UP_AFTER_MS = 3 * 86_400_000
WORK_S = 30.0
"""No message is begun after so long; what is left is for the next process."""
_GIVE_UP_ATTEMPTS = 10
_STUBBORN = 3


class Sender:
    """Sends what is due.

    Args:
        config: Of this appliance.
        appliance: Where deliveries are.
        clock: Of this machine.
        post: Sends one message, as `dt.notify.posting.post` does.
    """

    def __init__(
        self, config: Config, appliance: Appliance, clock: Clock, post: Post = post
    ) -> None:
        self._config = config
        self._appliance = appliance
        self._clock = clock
        self._post = post
        self._title = title_of(config, appliance)
        self._style = style_of(config, appliance)
        self._until = clock.monotonic() + WORK_S

    def run(self) -> int:
        """Send all that is due, channel by channel; return how many were sent."""
        rows = self._appliance.deliveries.due(self._clock.now_ms())
        by_channel = sorted(rows, key=lambda row: (row.channel, _is_deadly(row)))
        groups = [list(found) for _, found in groupby(by_channel, lambda row: row.channel)]
        groups.sort(key=lambda found: max(row.attempts for row in found))
        return sum(self._send(found) for found in groups)

    def _send(self, rows: list[Delivery]) -> int:
        """Send the messages of a channel, oldest first.

        The first failure ends it, so that they stay in order; a message that failed
        three times lets the next one try.
        """
        sent = failures = 0
        for row in rows:
            if self._clock.monotonic() >= self._until:
                break
            outcome = self._one(row)
            sent += outcome is True
            failures += outcome is False
            if outcome is False and (failures > 1 or row.attempts < _STUBBORN):
                break
        return sent

    def _one(self, row: Delivery) -> bool | None:
        """Send one message; tell whether it was sent, None: it waits or is given up."""
        deliveries, now = self._appliance.deliveries, self._clock.now_ms()
        channel = self._config.notify.channels.get(row.channel)
        step = self._step(row.step)
        if channel is None or step is None:
            what = "channel" if channel is None else "alert"
            deliveries.gave_up(row, f"the {what} is gone")
            return None
        at = send_at(channel, step.severity, now, self._style.zone)
        if at > now:
            deliveries.postpone(row, at)
            return None
        if row.error == NO_ANSWER and self._is_spent(row):
            self._give_up(row, row.error)
            return None
        row = deliveries.begin(row, random.random())  # noqa: S311 - no secret
        message = written(facts_of(self._appliance, step), self._style)
        began = time.monotonic()
        try:
            outcome = self._post(address_of(row.channel, channel), message, self._title)
        except ConfigError as wrong:
            outcome = Outcome(error=wrong.message)
        return self._note(row, outcome, round((time.monotonic() - began) * 1000))

    def _note(self, row: Delivery, outcome: Outcome, took_ms: int) -> bool:
        error = outcome.error
        facts = {"channel": row.channel, "attempt": row.attempts, "took_ms": took_ms}
        if not error:
            self._appliance.deliveries.succeeded(row)
            log.info("message sent", extra=facts)
            return True
        if row.attempts == 1:
            log.warning("message not sent, will try again", extra={**facts, "error": error})
        if self._is_spent(row):
            self._give_up(row, error)
        elif outcome.partly and row.attempts >= _STUBBORN:
            self._give_up(row, f"only some of the recipients have it: {error}")
        else:
            self._appliance.deliveries.failed(row, error)
        return False

    def _give_up(self, row: Delivery, error: str) -> None:
        event = Event(
            kind="NotificationGivenUp",
            severity=Severity.WARNING,
            source="notify",
            text=f"A message on channel {row.channel} was given up: {error}",
            body={"channel": row.channel, "step": row.step, "error": error},
        )
        with self._appliance.database.transaction():
            self._appliance.deliveries.gave_up(row, error)
            self._appliance.events.add(event)
        log.error("message given up", extra={"channel": row.channel, "error": error})

    def _is_spent(self, row: Delivery) -> bool:
        old = self._clock.now_ms() - row.made_at > GIVE_UP_AFTER_MS
        return old and row.attempts >= _GIVE_UP_ATTEMPTS

    def _step(self, step_id: int) -> AlertStep | None:
        found = self._appliance.alerts.steps_after(step_id - 1, 1)
        return found[0] if found and found[0].id == step_id else None


def _is_deadly(row: Delivery) -> bool:
    """Tell whether a message seems to end whoever sends it; such a one goes last."""
    return row.error == NO_ANSWER and row.attempts >= _STUBBORN
