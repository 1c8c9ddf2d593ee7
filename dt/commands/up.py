"""``dt up``: every process of a role under one supervisor."""

import errno
import os
import socket
import time
from pathlib import Path
from typing import Any, NoReturn

import click
import msgspec

from dt import config as configuration
from dt import logs, plugins, service
from dt.cli import Settings
from dt.config import Config, Web, notify_socket
from dt.errors import ConfigError, ServiceError
from dt.up import Orders, become

EDGE = ("collector", "controller", "ai", "web", "sync")
DEMO_TWINS = ("plant", "host")


@click.command("up")
@click.option("--role", type=click.Choice(["edge"]), default="edge", show_default=True)
@click.option("--demo", is_flag=True, help="A simulated plant and this computer.")
@click.option("--config", "file", type=click.Path(path_type=Path), help="dt.yaml.")
@click.option("--data", type=click.Path(path_type=Path), help="Folder of the data.")
@click.option("--host", help="Address to listen on; 0.0.0.0: all.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port of the dashboard.")
@click.pass_obj
def up(settings: Settings, /, role: str, *, demo: bool, **options: Any) -> None:
    """Run every process of a role until Ctrl-C; print where the dashboard is."""
    settings.file = options["file"] or settings.file
    settings.data = options["data"] or settings.data
    config = settings.load(
        host=options["host"],
        port=options["port"],
        twins=_demo_twins() if demo else None,
        hardware="sim" if demo else None,
    )
    if demo:
        config = msgspec.structs.replace(config, demo=True)
    logs.set_up(config.log.level)
    with service.only_one(config.data_dir, "up") as lock:
        _see_port(config.web)
        _supervise(role, config, lock.fileno())


def _demo_twins() -> tuple[str, ...]:
    folder = Path(__file__).absolute().parents[2] / "twins"
    found = tuple(str(folder / name) for name in DEMO_TWINS)
    if not all(Path(name).is_dir() for name in found):
        raise ConfigError(
            f"the demo twins are not in {str(folder)!r}",
            hint="run the demo from a checkout, or name twins in dt.yaml",
        )
    return found


def _see_port(web: Web) -> None:
    """Raise ServiceError while another program listens where the dashboard would.

    Else the readiness of that program would be taken for ours. For a few seconds it may
    be the dashboard of a `dt up` that was killed.
    """
    family = socket.AF_INET6 if ":" in web.host else socket.AF_INET
    for left in reversed(range(15)):
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((web.host, web.port))
            except OSError as error:
                if error.errno == errno.EADDRINUSE and left:
                    time.sleep(0.2)
                    continue
                raise ServiceError(
                    f"cannot listen on {web.host} port {web.port}: {error.strerror}",
                    hint="choose another by web.port or --port, or end what uses it",
                ) from error
            return


def _supervise(role: str, config: Config, lock: int) -> NoReturn:
    known = plugins.names("dt.services")
    effective = config.data_dir / "effective.json"
    write_effective(config, effective)
    web = config.web
    become(
        Orders(
            lock=lock,
            role=role,
            level=config.log.level,
            host="127.0.0.1" if web.host in {"0.0.0.0", "::"} else web.host,  # noqa: S104
            port=web.port,
            listener=notify_socket() or "",
            config=effective,
            names=tuple(name for name in EDGE if name in known),
        )
    )


def write_effective(config: Config, path: Path) -> None:
    """Write the configuration that the processes of this call read, owner only."""
    text = configuration.effective(config)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as f:
        f.write(text)
