"""What the rest of the product says, in the reader's language.

Messages of errors are English and exact (an address, a file). For other readers their
codes become sentences here, and the few texts that never vary have a translation.
"""

from webapp import language
from webapp.language import _


def cause(code: str, message: str) -> str:
    """Return why something failed: the message itself, or what its code means.

    Args:
        code: Of the error; empty: it has none.
        message: Of the error, English.
    """
    if language.locale() == "en":
        return message or _by_code(code)
    return _by_code(code) or message


def _by_code(code: str) -> str:
    found = {
        "hardware.failed": _("the chip or its bus failed"),
        "hardware.absent": _("nothing answers at its address"),
        "hardware.bus_stuck": _("a line of its bus is held low"),
        "hardware.checksum": _("what it sent arrived damaged"),
        "hardware.timeout": _("it did not answer in time"),
        "source.failed": _("the source gave no data"),
        "plugin.failed": _("its driver is missing or broken"),
        "twin.invalid": _("its declaration in the twin file is wrong"),
        "twin.unit": _("its unit does not fit"),
        "store.failed": _("the store could not do it"),
        "store.busy": _("another program holds the store"),
        "store.full": _("there is no room on the disk or in the budget"),
        "store.corrupt": _("stored bytes are damaged"),
        "store.schema": _("the file is of a newer version"),
    }
    return found.get(code, "")


def told(text: str) -> str:
    """Return a message or hint in the reader's language, if it is one that never varies."""
    return constants().get(text, text)


def constants() -> dict[str, str]:
    """Return the texts of errors that never vary, and their translations."""
    return {
        "name or password is wrong": _("name or password is wrong"),
        "try again": _("try again"),
        "too many wrong attempts": _("too many wrong attempts"),
        "the present password is wrong": _("the present password is wrong"),
        "the one-time code is wrong": _("the one-time code is wrong"),
        "the code does not fit": _("the code does not fit"),
        "see that the phone's time is right": _("see that the phone's time is right"),
        "wait for the next one, or use a recovery code": _(
            "wait for the next one, or use a recovery code"
        ),
        "the sign-in took too long": _("the sign-in took too long"),
        "begin again": _("begin again"),
        "the clock of the appliance is not trusted yet": _(
            "the clock of the appliance is not trusted yet"
        ),
        "codes depend on the time: connect to a network, then try again": _(
            "codes depend on the time: connect to a network, then try again"
        ),
        "this account has a second factor already": _(
            "this account has a second factor already"
        ),
        "the form carries no proof that it is ours": _(
            "the form carries no proof that it is ours"
        ),
        "load the page again and repeat what you did": _(
            "load the page again and repeat what you did"
        ),
        "password is the user's name: expected something else": _(
            "password is the user's name: expected something else"
        ),
        "password is among those that are tried first: expected a rarer one": _(
            "password is among those that are tried first: expected a rarer one"
        ),
        "three or four words in a row are good": _("three or four words in a row are good"),
        "the appliance could not answer this": _("the appliance could not answer this"),
        "nobody is signed in": _("nobody is signed in"),
        "make another user an admin first": _("make another user an admin first"),
    }
