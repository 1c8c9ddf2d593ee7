"""Every address of the API, put together."""

from flask import Flask

from webapp.api import (
    alerts,
    audit,
    automation,
    calibrations,
    commands,
    control,
    events,
    export,
    health,
    me,
    media,
    notes,
    openapi,
    people,
    plant,
    push,
    readings,
    signals,
    twins,
)


def register(app: Flask) -> None:
    """Add every address of the API to the app."""
    for module in (
        twins,
        signals,
        readings,
        push,
        export,
        notes,
        events,
        commands,
        control,
        alerts,
        automation,
        audit,
        calibrations,
        me,
        people,
        media,
        health,
        plant,
        openapi,
    ):
        app.register_blueprint(module.blueprint)
