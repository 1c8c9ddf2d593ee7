"""The app factory: here, and nowhere else, the parts of the face are put together."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from dt.clock import Clock, SystemClock
from dt.config import Config
from dt.errors import ConfigError
from webapp import assets, compress, errors, intake, pages, security
from webapp.api import routes
from webapp.auth import csrf, first_run, identity, policy, views
from webapp.context import Context
from webapp.ops import health, metrics

_ROLES = ("dashboard",)


def create_app(
    config: Config,
    role: str = "dashboard",
    *,
    clock: Clock | None = None,
    context: Context | None = None,
) -> Flask:
    """Return the WSGI app of a role, with its store open.

    Args:
        config: Everything that dt.yaml says.
        role: ``dashboard``, the face of an appliance.
        clock: Another clock, for tests.
        context: An open context; else one is opened from `config`.

    Raises:
        ConfigError: There is no such role.
        StoreError: The store cannot be opened.
    """
    if role not in _ROLES:
        raise ConfigError(f"role is {role!r}: expected {', '.join(_ROLES)}")
    app = Flask("webapp")
    app.config["MAX_CONTENT_LENGTH"] = int(config.web.max_body)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.extensions["dt"] = context or Context.open(
        config, clock or SystemClock(config.clock.trust)
    )
    errors.install(app)
    security.install(app, https=config.web.secure_cookies)
    assets.install(app)
    compress.install(app)
    identity.install(app, config)
    policy.install(app)
    csrf.install(app, config)
    app.register_blueprint(views.views)
    intake.install(app)
    routes.register(app)
    app.register_blueprint(health.ops)
    app.register_blueprint(metrics.ops)
    pages.register(app)
    first_run.prepare(app.extensions["dt"])
    if config.web.behind_proxy:
        hops = config.web.behind_proxy
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops
        )
    return app
