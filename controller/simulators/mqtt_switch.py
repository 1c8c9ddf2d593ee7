"""A switch at a broker, for tests: it does what it is told and tells its state.

It hangs on no pin, so a simulated world does not feel it.
"""

from collections.abc import Callable
from typing import ClassVar

from dt.hardware.loads import Load


class MqttSwitch(Load):
    """The far end of the topics.

    Args:
        act: Takes the share 0–1.
        high: Of the pin of its relay.
    """

    ACTS: ClassVar[str] = ""

    def __init__(self, act: Callable[[float], None], *, high: bool = True) -> None:
        super().__init__(act, high=high)
        self.on = False

    def hear(self, word: str) -> str:
        """Take what was published on its command topic; return what it tells.

        Source: Zigbee2MQTT, topic ``zigbee2mqtt/NAME/set``; other words change nothing.
        """
        if word in {"ON", "OFF"}:
            self.on = word == "ON"
            self.dim(float(self.on))
        return '{"state": "' + ("ON" if self.on else "OFF") + '"}'
