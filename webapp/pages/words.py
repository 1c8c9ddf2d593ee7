"""The words that scripts say, in the reader's language; the page carries them along."""

from dt.twin.quality import Reason
from webapp.language import _
from webapp.show.tiles import reason_text


def words() -> dict[str, str]:
    """Return each text that `words.js` may be asked for, by its key."""
    texts = {
        "y": _("y"),
        "d": _("d"),
        "h": _("h"),
        "min": _("min"),
        "s": _("s"),
        "just now": _("just now"),
        "low": _("low"),
        "high": _("high"),
        "bad": _("bad"),
        "stale": _("stale"),
        "uncertain": _("uncertain"),
        "live": _("live"),
        "catching up": _("catching up"),
        "connecting": _("connecting"),
        "Copy": _("Copy"),
        "Copied": _("Copied"),
        "Cancel": _("Cancel"),
        "Keep": _("Keep"),
        "Add a note": _("Add a note"),
        "What happened": _("What happened"),
        "The appliance cannot be reached": _("The appliance cannot be reached"),
        "single readings · hatched: no data": _("single readings · hatched: no data"),
    }
    return texts | _patterns() | {r.name.lower(): reason_text(r) for r in Reason}


def _patterns() -> dict[str, str]:
    """Return the texts with gaps; each gap stays a gap for the script to fill."""
    return {
        "New alert: %(said)s": _("New alert: %(said)s", said="%(said)s"),
        "%(span)s ago": _("%(span)s ago", span="%(span)s"),
        "lost %(span)s ago": _("lost %(span)s ago", span="%(span)s"),
        "offline since %(time)s": _("offline since %(time)s", time="%(time)s"),
        "offline long": _(
            "since %(time)s: you see what was last known. The appliance goes on"
            " measuring; this page catches up by itself.",
            time="%(time)s",
        ),
        "mean and min–max of %(step)s · hatched: no data": _(
            "mean and min–max of %(step)s · hatched: no data", step="%(step)s"
        ),
    }
