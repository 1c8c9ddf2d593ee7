"""The process of the face: ``dt run web``.

The server's kind is prepared first, before anything that it may have to change is
imported; that is why the app is imported inside.
"""

from dt.clock import SystemClock
from dt.config import Config
from dt.service import Life
from webapp import server


def run(config: Config, life: Life) -> None:
    """Serve the dashboard until told to stop.

    Raises:
        ServiceError: The port cannot be had.
        StoreError: The store cannot be opened.
    """
    kind = config.web.server
    server.prepare(kind)
    from webapp.app import create_app  # noqa: PLC0415
    from webapp.context import Context  # noqa: PLC0415
    from webapp.heartbeat import Heartbeat  # noqa: PLC0415
    from webapp.live import Live  # noqa: PLC0415

    context = Context.open(config, SystemClock(config.clock.trust))
    context.offload = server.offloader(kind)
    context.pause = server.pauser()
    try:
        app = create_app(config, context=context)
        live = Live(app, context, kind)
        heartbeat = Heartbeat(context, live.facts, life.alive)
        heartbeat.start()
        live.start()
        server.serve(kind, live.wsgi, server.bind(config.web), life)
    finally:
        context.close()
