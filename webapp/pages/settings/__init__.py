"""``/settings``: what a person may change about themselves, and an admin about all."""

from flask import Blueprint

from webapp.pages.settings import me, notifications, people, second, store, tokens


def blueprints() -> list[Blueprint]:
    """Return the blueprints of all settings pages."""
    return [
        me.settings,
        second.factor,
        people.people,
        store.keeping,
        tokens.tokens,
        notifications.notifications,
    ]
