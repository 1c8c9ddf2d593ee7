"""What actuators were told, from the reading that decided to what came of it."""

from collections.abc import Mapping

import msgspec

from dt.store.commands import CommandRow, Source
from dt.store.firings import FiringRow
from webapp.show import commands, times, traces
from webapp.show.commands import Thing
from webapp.show.signals import Signal
from webapp.show.traces import Told


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """One command and why it came.

    Attributes:
        row: The command.
        who: Who asked; see `webapp.show.rich` for its marks.
        wanted: What was asked, with the actuator's title in front.
        told: The firing that it followed from; None: no rule asked.
        reading: ``<epoch>:<seq>`` of the reading that decided; empty: none did.
        word, pill: What came of it.
        took: For how long it ran; empty: it did not.
    """

    row: CommandRow
    who: str
    wanted: str
    told: Told | None
    reading: str
    word: str
    pill: str
    took: str

    @property
    def alert(self) -> str:
        """Key of the alert of its rule; empty: no rule asked."""
        return f"{self.row.twin}/rules/{self.row.by}" if self.told is not None else ""


def story(
    row: CommandRow,
    thing: Thing,
    firing: FiringRow | None,
    signals: Mapping[str, Signal],
    now: int,
) -> Story:
    """Return a command for people.

    Args:
        row: The command.
        thing: Its actuator.
        firing: That it followed from.
        signals: Of its twin, by the name within the twin.
        now: UTC ms.
    """
    ran = commands.ran_s(row, row.ended_at or now) if row.started_at else 0.0
    return Story(
        row=row,
        who=commands.who(row),
        wanted=f"{thing.title} {commands.wanted(row)}",
        told=None if firing is None else traces.told(firing, signals),
        reading=row.correlation_id if row.source is Source.RULE else "",
        word=commands.word(row.state),
        pill=commands.pill(row.state),
        took=times.span(ran) if ran >= 1 else "",
    )
