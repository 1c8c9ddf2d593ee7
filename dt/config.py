"""``dt.yaml`` becomes frozen structs, once, at start; the only reader of the environment.

Environment: ``DT_CONFIG`` (the file), ``DT_HARDWARE=sim`` (simulated buses), and
``${VAR}`` or ``${VAR:-default}`` inside the YAML. `dt/dt.sample.yaml` documents each key.
"""

import os
import re
import socket
import zlib
from pathlib import Path

import msgspec

from dt import channels
from dt.channels import Notify
from dt.errors import ConfigError
from dt.twin.document import Node, Reader, plain_nodes
from dt.twin.quantities import Bytes, Seconds

_SLUG = re.compile(r"[a-z0-9]([a-z0-9.-]{0,62}[a-z0-9])?")
_RETAIN = {
    "raw": Seconds(365 * 86400),
    "1min": Seconds(2 * 31556952),
    "15min": Seconds(5 * 31556952),
    "1h": Seconds(20 * 31556952),
    "1day": Seconds(50 * 31556952),
}
_CHOICES = {
    "clock.trust": ("auto", "always", "ntp"),
    "web.server": ("eventlet", "threading"),
    "log.level": ("debug", "info", "warning", "error"),
    "hardware": ("real", "sim"),
}


class Appliance(msgspec.Struct, frozen=True, kw_only=True):
    """Who this appliance is."""

    id: str = ""
    title: str = ""
    timezone: str = ""
    latitude: float | None = None
    longitude: float | None = None


class Store(msgspec.Struct, frozen=True, kw_only=True):
    """How readings are kept."""

    live_dir: str = "auto"
    durable_every: Seconds = Seconds(1)
    seal_every: Seconds = Seconds(900)
    live_keep: Seconds = Seconds(900)
    live_max: int = 50_000
    budget: Bytes = Bytes(4_000_000_000)
    ballast: Bytes = Bytes(16_000_000)
    retain: dict[str, Seconds] = msgspec.field(default_factory=lambda: dict(_RETAIN))


class Collector(msgspec.Struct, frozen=True, kw_only=True):
    """How drivers are run."""

    window: Seconds = Seconds(0.02)
    quarantine_after: int = 3
    retry_first: Seconds = Seconds(5)
    retry_last: Seconds = Seconds(300)


class Control(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for all actuators together."""

    budget: float | None = None


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """When the clock is believed."""

    trust: str = "auto"


class Web(msgspec.Struct, frozen=True, kw_only=True):
    """How the dashboard is served."""

    host: str = "127.0.0.1"
    port: int = 8080
    server: str = "eventlet"
    session: Seconds = Seconds(14 * 86400)
    behind_proxy: int = 0
    secure_cookies: bool = False
    max_body: Bytes = Bytes(16_000_000)


class Log(msgspec.Struct, frozen=True, kw_only=True):
    """What is logged."""

    level: str = "info"


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that dt.yaml may say, at its defaults."""

    appliance: Appliance = Appliance()
    data: str = "data"
    twins: tuple[str, ...] = ("twins",)
    hardware: str = "real"
    demo: bool = False
    store: Store = Store()
    collector: Collector = Collector()
    control: Control = Control()
    clock: Clock = Clock()
    notify: Notify = Notify()
    web: Web = Web()
    log: Log = Log()

    @property
    def data_dir(self) -> Path:
        """Folder of the databases and media, absolute."""
        return Path(self.data).absolute()

    @property
    def media_dir(self) -> Path:
        """Folder of stills and other files that are too large for the log."""
        return self.data_dir / "media"


def load(path: Path | None = None) -> Config:
    """Return the configuration of a file, of ``DT_CONFIG``, or the defaults.

    Raises:
        ConfigError: The file is missing, or a key or value in it is wrong.
    """
    name = os.environ.get("DT_CONFIG")
    path = path or (Path(name) if name else None)
    config, folder = Config(), Path.cwd()
    if path is not None:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(
                f"cannot read the configuration {str(path)!r}: {error}",
                hint="give its path by --config or DT_CONFIG",
            ) from error
        config, folder = parse(text, str(path)), path.absolute().parent
    return _with_environment(_rooted(config, folder))


def _rooted(config: Config, folder: Path) -> Config:
    """Return the configuration with its paths taken from a folder, all absolute.

    Another process may read them, from a file that lies elsewhere: see `dt up`.
    """
    store = config.store
    if store.live_dir != "auto":
        store = msgspec.structs.replace(store, live_dir=str(folder / store.live_dir))
    return msgspec.structs.replace(
        config,
        data=str(folder / config.data),
        store=store,
        twins=tuple(str(folder / name) for name in config.twins),
        notify=channels.rooted(config.notify, str(folder)),
    )


def parse(text: str, file: str = "dt.yaml") -> Config:
    """Return the configuration that a YAML text says.

    Raises:
        ConfigError: With file, line, path, value seen and expected, for each problem.
    """
    reader = Reader(file, os.environ)
    root = _json(text) or reader.parse(text)
    config = reader.struct(Config, root)
    if config is not None:
        for path, allowed in _CHOICES.items():
            value: object = config
            for part in path.split("."):
                value = getattr(value, part)
            if value not in allowed:
                reader.report(1, path, repr(value), f"one of {', '.join(allowed)}")
        _ranges(reader, config)
        channels.check(reader, root, config.notify)
    reader.finish(ConfigError, "see dt/dt.sample.yaml for every key")
    return config or Config()


def _json(text: str) -> Node | None:
    """Return a configuration that another process wrote, or None: a person wrote it."""
    if not text.startswith("{") or "${" in text:
        return None
    try:
        return plain_nodes(msgspec.json.decode(text))
    except msgspec.DecodeError:
        return None


def effective(config: Config) -> bytes:
    """Return what `parse` reads as this configuration, for a process that is started.

    It holds secrets, and paths as they stand.
    """
    return msgspec.json.encode(config, enc_hook=_number)


def _number(value: object) -> object:
    if isinstance(value, float):
        return float(value)
    if isinstance(value, int):
        return int(value)
    raise TypeError(f"cannot write a {type(value).__name__}")


def _ranges(reader: Reader, config: Config) -> None:
    if config.appliance.id and not _SLUG.fullmatch(config.appliance.id):
        seen = repr(config.appliance.id)
        reader.report(1, "appliance.id", seen, "a slug like plantbox-1")
    if not 0 <= config.web.port <= 65535:
        reader.report(1, "web.port", repr(config.web.port), "0 to 65535")
    if not 0.05 <= config.store.durable_every <= 3600:
        seen = repr(float(config.store.durable_every))
        reader.report(1, "store.durable_every", seen, "50ms to 1h")
    for key, most in (("latitude", 90), ("longitude", 180)):
        value = getattr(config.appliance, key)
        if value is not None and not -most <= value <= most:
            reader.report(1, f"appliance.{key}", f"{value:g}", f"-{most} to {most}")
    if config.control.budget is not None and not config.control.budget > 0:
        seen = f"{config.control.budget:g}"
        reader.report(1, "control.budget", seen, "A above 0, or null")
    if config.store.live_max < 1000:
        reader.report(1, "store.live_max", repr(config.store.live_max), "1000 or more")


def _with_environment(config: Config) -> Config:
    if os.environ.get("DT_HARDWARE") == "sim":
        config = msgspec.structs.replace(config, hardware="sim")
    if not config.appliance.id:
        name = re.sub(r"[^a-z0-9.-]+", "-", socket.gethostname().lower()).strip("-.")
        appliance = msgspec.structs.replace(config.appliance, id=name[:63] or "dt")
        config = msgspec.structs.replace(config, appliance=appliance)
    return config


def runtime_dir(config: Config) -> Path:
    """Return where the live log goes: ``store.live_dir``, /run, /dev/shm, or data.

    It depends on nothing but the data folder and its owner: a command typed by root, or
    from another folder with ``--data ../data``, or through a link, must find the live log
    of a service that runs. Two live logs of one folder would be two epochs.
    """
    if config.store.live_dir != "auto":
        return Path(config.store.live_dir).absolute()
    data = Path(os.path.normpath(config.data_dir))
    if data.parent == Path("/var/lib") and (Path("/run") / data.name).is_dir():
        return Path("/run") / data.name
    memory = Path("/dev/shm")  # noqa: S108 - memory is the point
    if memory.is_dir() and os.access(memory, os.W_OK):
        owner = data.stat().st_uid if data.exists() else os.getuid()
        return memory / f"dt-{owner}-{_folder_tag(config.data_dir.resolve())}"
    return data / "live"


def _folder_tag(folder: Path) -> str:
    return f"{zlib.crc32(str(folder).encode()):08x}"


def notify_socket() -> str | None:
    """Return systemd's notification socket, if it started this process."""
    return os.environ.get("NOTIFY_SOCKET")


def watchdog_s() -> float | None:
    """Return how often systemd wants a sign of life, in s, or None."""
    usec = os.environ.get("WATCHDOG_USEC")
    return int(usec) / 2e6 if usec and usec.isdigit() else None


def with_changes(
    config: Config,
    *,
    data: Path | None = None,
    port: int | None = None,
    host: str | None = None,
    twins: tuple[str, ...] | None = None,
    hardware: str | None = None,
) -> Config:
    """Return the configuration with what the command line says instead."""
    web = {"port": port, "host": host}
    top = {
        "data": str(data.absolute()) if data is not None else None,
        "twins": twins,
        "hardware": hardware,
        "web": msgspec.structs.replace(
            config.web, **{k: v for k, v in web.items() if v is not None}
        ),
    }
    return msgspec.structs.replace(
        config, **{k: v for k, v in top.items() if v is not None}
    )
