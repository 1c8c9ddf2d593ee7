"""Actions of the audit in words."""

from webapp.language import _


def what(action: str) -> str:
    """Return what somebody did, in words; an unknown action as it is."""
    noun, _dot, verb = action.partition(".")
    nouns = {
        "alert": _("alert"),
        "automation": _("automation"),
        "calibration": _("calibration"),
        "command": _("command"),
        "control": _("control"),
        "lockout": _("lock-out"),
        "loop": _("loop"),
        "mode": _("mode"),
        "note": _("note"),
        "routine": _("routine"),
        "rule": _("rule"),
        "sensor": _("sensor"),
        "session": _("session"),
        "token": _("token"),
        "user": _("person"),
    }
    verbs = {
        "acknowledge": _("acknowledged"),
        "add": _("added"),
        "bind": _("bound"),
        "change": _("changed"),
        "edit": _("changed"),
        "end": _("ended"),
        "end_all": _("all ended"),
        "lock": _("locked"),
        "password": _("new password"),
        "put": _("written"),
        "remove": _("removed"),
        "revoke": _("revoked"),
        "role": _("new role"),
        "save": _("saved"),
        "set": _("set"),
        "shelve": _("shelved"),
        "start": _("begun"),
        "submit": _("asked for"),
        "undo": _("undone"),
        "unlock": _("unlocked"),
        "unshelve": _("brought back"),
    }
    if noun not in nouns:
        return action
    return f"{nouns[noun]} {verbs.get(verb, verb)}".strip()
