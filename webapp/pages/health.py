"""``/health``: processes, sensors, store and flash life, clock: what is well, in words."""

from flask import Blueprint, render_template

from dt.store.users import Role
from webapp import overview
from webapp.auth.policy import requires
from webapp.context import current
from webapp.show import health as show

health = Blueprint("health", __name__)


@health.get("/health")
@requires(Role.VIEWER, tokens=False)
def page() -> str:
    """Show how the appliance does."""
    context = current()
    whole = overview.of(context)
    now = context.clock.now_ms()
    processes = show.process_rows(whole.processes, now)
    sensors = show.sensor_rows(whole.sensors, context.twins())
    broken = [file.file for file in context.twin_files() if file.error]
    return render_template(
        "health.html",
        whole=whole,
        processes=processes,
        sensors=sensors,
        troubles=show.troubles(processes, sensors, whole.store, broken),
        store=whole.store,
        life=show.life_text(whole.store),
        loss=show.loss_sentence(whole.store),
        clock_word=show.clock_word(whole.clock.trusted),
        clock_hint=show.clock_hint(whole.clock.trusted),
        facts=show.store_facts(whole.store, show.collector_seconds(whole.processes)),
        budget=show.budget(whole.store),
    )
