"""Socket.IO: the one module on this side that knows it. Who gets what: `webapp.feed`.

``/live`` is for our own pages; the default namespace is for plant clients.
`docs/live.md` describes every event.
"""

import logging
import threading
import time
from contextlib import suppress
from http.cookies import CookieError, SimpleCookie
from typing import Any

import msgspec
from flask import Flask
from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import SocketIO

from dt.errors import DtError, RequestError, StoreError
from dt.store.events import Event
from dt.store.users import Role
from dt.twin.readings import Readings
from webapp import overview, plants
from webapp.auth import identity, policy
from webapp.auth.policy import Access
from webapp.batches import newest_of_each
from webapp.changes import Changes
from webapp.context import Context
from webapp.errors import problem_of
from webapp.feed import EVERY_S, Feed

log = logging.getLogger(__name__)

LIVE = "/live"
PLANT = "/"
TICK_S = 0.02
HEALTH_S = 5.0
EVENTS_S = 1.0
CHANGES_S = 0.1
GREET_S = 0.05
_MOST_CLIENTS = 200
_MOST_BYTES = 200_000


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """What ``subscribe`` carries: which signals, and the last that the client has."""

    signals: list[str]
    since: str | int | None = None


class _Json:
    """Writes JSON for Socket.IO quickly; NaN becomes null."""

    @staticmethod
    def dumps(value: Any, **_: Any) -> str:
        return msgspec.json.encode(value).decode()

    @staticmethod
    def loads(text: str, **_: Any) -> Any:
        return msgspec.json.decode(text)


class _Secrets(msgspec.Struct, frozen=True, kw_only=True):
    """How a client proved who it is; looked at again and again."""

    authorization: str
    session: str


class Live:
    """The Socket.IO server and the thread that feeds it.

    Args:
        app: The rest of the face.
        context: Store, clock and configuration.
        mode: ``eventlet`` or ``threading``.

    Attributes:
        wsgi: The app, which has Socket.IO in front of it from now on.
    """

    def __init__(self, app: Flask, context: Context, mode: str) -> None:
        self._context = context
        # the server itself is used for handlers and emits: nothing here needs a request
        # context for each event, nor a copy of the browser's session
        self._server = SocketIO(
            app,
            async_mode=mode,
            manage_session=False,
            json=_Json,
            namespaces=[LIVE, PLANT],
            max_http_buffer_size=_MOST_BYTES,
            cors_allowed_origins=None,
            logger=False,
            engineio_logger=False,
        ).server
        self.wsgi = app
        self._feed = Feed(context.log, self, context.clock.monotonic)
        self._clients: dict[tuple[str, str], _Secrets] = {}
        self._somebody = threading.Event()
        self._to_greet: list[tuple[float, str]] = []
        self._plant_next_at = 0.0
        self._plant_waiting: list[Readings] = []
        self._health_at = self._events_at = self._changes_at = 0.0
        self._changes = Changes(context.appliance)
        self._last_event = 0
        self._add_handlers()

    def start(self) -> None:
        """Feed the clients from now on, until the process ends."""
        threading.Thread(target=self._run, name="live", daemon=True).start()

    def facts(self) -> dict[str, str]:
        """Return what the health page tells of the live feed."""
        return {"clients": str(len(self._clients)), "merged": str(self._feed.merged)}

    def send(self, to: str, event: str, data: object) -> None:
        """Send an event to one client or room of ``/live``."""
        self._server.emit(event, msgspec.to_builtins(data), to=to, namespace=LIVE)

    def join(self, viewer: str, group: str) -> None:
        """Put a client into a room; one that has left meanwhile is in none."""
        with suppress(ValueError):
            self._server.enter_room(viewer, group, namespace=LIVE)

    def leave(self, viewer: str, group: str) -> None:
        """Take a client out of a room."""
        self._server.leave_room(viewer, group, namespace=LIVE)

    def backlog(self, viewer: str) -> int:
        """Return how many packets wait for a client."""
        line = self._server.manager.eio_sid_from_sid(viewer, LIVE)
        found = self._server.eio.sockets.get(line)
        return 0 if found is None else int(found.queue.qsize())

    def _add_handlers(self) -> None:
        on = self._server.on
        on("connect", self._connected, namespace=LIVE)
        on("disconnect", self._left, namespace=LIVE)
        on("subscribe", self._subscribed, namespace=LIVE)
        on("connect", self._plant_connected, namespace=PLANT)
        on("disconnect", self._plant_left, namespace=PLANT)

    def _connected(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        self._admit(LIVE, sid, environ, auth)

    def _plant_connected(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        self._admit(PLANT, sid, environ, auth)
        # not yet: a client that is not told so itself drops what comes before
        self._to_greet.append((self._context.clock.monotonic() + GREET_S, sid))

    def _admit(self, space: str, sid: str, environ: dict[str, Any], auth: Any) -> None:
        if len(self._clients) >= _MOST_CLIENTS:
            raise Refused(
                {"code": "auth.throttled", "message": f"{_MOST_CLIENTS} clients are here"}
            )
        secrets = _secrets(environ, auth, identity.session_cookie(self._context.config))
        try:
            self._check(secrets)
        except DtError as error:
            problem = msgspec.to_builtins(problem_of(error))
            raise Refused(problem) from error
        self._clients[space, sid] = secrets
        self._somebody.set()

    def _check(self, secrets: _Secrets) -> None:
        who = identity.find(self._context, secrets.authorization, secrets.session)
        policy.check(Access(role=Role.VIEWER), who)

    def _left(self, sid: str, _reason: str = "") -> None:
        self._feed.leave(sid)
        self._clients.pop((LIVE, sid), None)

    def _plant_left(self, sid: str, _reason: str = "") -> None:
        self._clients.pop((PLANT, sid), None)

    def _subscribed(self, sid: str, data: Any = None) -> dict[str, Any]:
        """Answer ``subscribe``; the answer is the acknowledgement."""
        try:
            asked = msgspec.convert(data, Subscription)
        except msgspec.ValidationError as error:
            wrong = RequestError(f"subscribe: {error}"[:300])
            refused: dict[str, Any] = msgspec.to_builtins(problem_of(wrong))
            return refused
        try:
            told = self._feed.subscribe(sid, asked.signals, asked.since or "")
        except StoreError as error:
            failed: dict[str, Any] = msgspec.to_builtins(problem_of(error))
            return failed
        if (LIVE, sid) not in self._clients:
            self._feed.leave(sid)  # it left while we looked: nobody else tells the feed
        answer: dict[str, Any] = msgspec.to_builtins(told)
        return answer

    def _run(self) -> None:
        failing = False
        while True:
            if not self._clients:
                self._somebody.clear()
                if not self._clients:
                    self._somebody.wait()
                self._feed.skip()
                self._changes.skip()
            try:
                self.tick()
                failing = False
            except Exception as error:  # the one place: the feed outlives any fault
                if not failing:
                    log.exception("live feed failed", extra={"error": repr(error)})
                failing = True
            time.sleep(1.0 if failing else TICK_S)

    def tick(self) -> None:
        """Send what is due now."""
        now = self._context.clock.monotonic()
        while self._to_greet and self._to_greet[0][0] <= now:
            _, sid = self._to_greet.pop(0)
            told = {"connected": True}
            self._server.emit("connection_status", told, to=sid, namespace=PLANT)
        self._tell_plants(self._feed.pump(), now)
        if now - self._changes_at >= CHANGES_S:
            self._changes_at = now
            for change in self._changes.new(now):
                data = msgspec.to_builtins(change.data)
                self._server.emit(change.event, data, namespace=LIVE)
        if now - self._events_at >= EVENTS_S:
            self._events_at = now
            self._tell_events()
        if now - self._health_at >= HEALTH_S:
            self._health_at = now
            self._check_all()
            if any(space == LIVE for space, _ in self._clients):
                health = msgspec.to_builtins(overview.of(self._context))
                self._server.emit("health", health, namespace=LIVE)

    def _check_all(self) -> None:
        """Part with clients whose session or token has ended."""
        for (space, sid), secrets in list(self._clients.items()):
            try:
                self._check(secrets)
            except DtError:
                self._server.disconnect(sid, namespace=space)

    def _tell_events(self) -> None:
        if not self._last_event:
            newest = self._context.appliance.events.newest(1)
            self._last_event = newest[0].id if newest else -1
        found: list[Event] = self._context.appliance.events.after(self._last_event, 100)
        for event in found:
            self._last_event = event.id
            self._server.emit("event", msgspec.to_builtins(event), namespace=LIVE)

    def _tell_plants(self, readings: Readings, now: float) -> None:
        if not any(space == PLANT for space, _ in self._clients):
            self._plant_waiting.clear()
            return
        if len(readings):
            self._plant_waiting.append(readings)
        if not self._plant_waiting or now < self._plant_next_at:
            return
        self._plant_next_at = now + EVERY_S
        newest = newest_of_each(Readings.join(self._plant_waiting))
        self._plant_waiting.clear()
        settled = self._context.appliance.settings.get(plants.SETTING, {"": ""})
        kinds = plants.mapping(self._context.log.signals().values(), settled)
        for kind, row in kinds.items():
            for index in (newest.signal == row.id).nonzero()[0].tolist():
                value = float(newest.value[index])
                if value == value:  # noqa: PLR0124 - a bad reading has no value
                    told = {"value": value, "time": int(newest.observed_at[index])}
                    self._server.emit(kind, told, namespace=PLANT)


def _secrets(environ: dict[str, Any], auth: Any, cookie: str) -> _Secrets:
    """Return how a client proves who it is: token in `auth` or header, or a cookie."""
    authorization = str(environ.get("HTTP_AUTHORIZATION", ""))
    if isinstance(auth, dict) and isinstance(auth.get("token"), str):
        authorization = f"Bearer {auth['token']}"
    try:
        cookies = SimpleCookie(str(environ.get("HTTP_COOKIE", "")))
    except CookieError:
        cookies = SimpleCookie()
    found = cookies.get(cookie)
    return _Secrets(
        authorization=authorization, session=found.value if found is not None else ""
    )
