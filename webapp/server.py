"""Which web server runs the app. The one module that names eventlet, or patches for it.

``web.server: eventlet`` serves everybody in one thread that switches when it waits;
``threading`` gives each request a thread. The rest of the face uses `threading` and
`time` as ever and cannot tell them apart; what computes long goes through `offloader`.
"""

import logging
import os
import socket
import sys
import threading
import time
import warnings
from collections.abc import Callable
from typing import Any

from dt.config import Web
from dt.errors import ServiceError
from dt.service import Life

log = logging.getLogger(__name__)

Wsgi = Callable[..., Any]
EVENTLET = "eventlet"
_BACKLOG = 128
_CONNECTIONS = 512
_SOCKET_TIMEOUT_S = 75


def prepare(kind: str) -> None:
    """Make this process ready for a kind of server, before anything else is imported."""
    # The server of Socket.IO comes with a client, which would load this: saves 3 MB.
    sys.modules.setdefault("requests", None)  # type: ignore[arg-type]
    if kind == EVENTLET:
        os.environ["EVENTLET_NO_GREENDNS"] = "yes"  # we resolve no names: saves 7 MB
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it says at each import that it is old
            import eventlet  # noqa: PLC0415 - the other server does without
        eventlet.monkey_patch()


def offloader(kind: str) -> Callable[..., Any]:
    """Return what calls a pure function so that other clients are served meanwhile.

    The function must take no lock that a view may hold: it runs in a real thread.
    """
    if kind == EVENTLET:
        from eventlet import tpool  # noqa: PLC0415

        execute: Callable[..., Any] = tpool.execute
        return execute
    return _called


def pauser() -> Callable[[], None]:
    """Return what lets other clients be served, in the midst of a long answer."""
    return lambda: time.sleep(0)


def _called(function: Callable[..., Any], *arguments: Any) -> Any:
    return function(*arguments)


def bind(web: Web) -> socket.socket:
    """Return a listening socket.

    Raises:
        ServiceError: The address cannot be had.
    """
    family = socket.AF_INET6 if ":" in web.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # accepted sockets inherit it: else the end of an answer waits 40 ms for an ACK
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind((web.host, web.port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise ServiceError(
            f"cannot listen on {web.host} port {web.port}: {error.strerror}",
            hint="choose another by web.port or --port, or end what uses it",
        ) from error
    return listener


def serve(kind: str, app: Wsgi, listener: socket.socket, life: Life) -> None:
    """Answer requests until the process is told to stop."""
    wake_out, wake_in = os.pipe()
    life.on_stop.append(lambda: _write(wake_in))
    stop = _green(app, listener) if kind == EVENTLET else _threaded(app, listener)
    life.ready()
    try:
        if not life.stop.is_set():
            _wait(kind, wake_out)
    finally:
        stop()
        listener.close()


def _write(pipe: int) -> None:
    os.write(pipe, b"!")


def _wait(kind: str, pipe: int) -> None:
    """Wait until something is in the pipe; it may be written by any thread or handler."""
    if kind == EVENTLET:
        from eventlet import hubs  # noqa: PLC0415

        hubs.trampoline(pipe, read=True)
    else:
        os.read(pipe, 1)


def _green(app: Wsgi, listener: socket.socket) -> Callable[[], None]:
    import eventlet  # noqa: PLC0415
    from eventlet import wsgi  # noqa: PLC0415
    from eventlet.greenio import GreenSocket  # noqa: PLC0415

    if not isinstance(listener, GreenSocket):
        listener = GreenSocket(listener)
    thread = eventlet.spawn(
        wsgi.server,
        listener,
        app,
        log_output=False,
        log=logging.getLogger("eventlet.wsgi"),
        max_size=_CONNECTIONS,
        socket_timeout=_SOCKET_TIMEOUT_S,
        debug=False,
    )

    def stop() -> None:
        thread.kill()

    return stop


def _threaded(app: Wsgi, listener: socket.socket) -> Callable[[], None]:
    from werkzeug.serving import WSGIRequestHandler, make_server  # noqa: PLC0415

    class Handler(WSGIRequestHandler):
        """Keeps connections open and says nothing about itself."""

        protocol_version = "HTTP/1.1"
        timeout = _SOCKET_TIMEOUT_S

        def run_wsgi(self) -> None:
            """Answer one request; what was a WebSocket is no HTTP afterwards."""
            super().run_wsgi()
            if self.headers.get("Upgrade", "").lower() == "websocket":
                self.close_connection = True

        def version_string(self) -> str:
            """Return what the Server header says."""
            return "dt"

        def log_request(self, *_: Any, **__: Any) -> None:
            """Log no request: each one is told by whoever answers it."""

    host, port = listener.getsockname()[:2]
    server = make_server(
        host, port, app, threaded=True, request_handler=Handler, fd=listener.fileno()
    )
    threading.Thread(target=server.serve_forever, name="web", daemon=True).start()
    return server.shutdown
