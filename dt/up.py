"""The process that ``dt up`` becomes: it waits for years, so it holds as little as it can.

The command reads the configuration and checks it with all that this needs; then `become`
puts a fresh interpreter in its place, under the same process id, that has loaded the
supervisor and nothing else: 8 MB instead of 18.
"""

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, NoReturn

from dt import logs, sd_notify
from dt.supervisor import Supervisor


class Orders(NamedTuple):
    """What the command tells the supervisor.

    Attributes:
        lock: File descriptor that holds the lock of ``dt up``; it is kept open.
        role: For the announcement.
        level: Of the log.
        host: Where the dashboard can be reached from here.
        port: Likewise.
        listener: Address of the service manager; empty: nobody listens.
        config: Configuration file for the processes, in the data folder.
        names: Services to run, in the order in which they start.
    """

    lock: int
    role: str
    level: str
    host: str
    port: int
    listener: str
    config: Path
    names: tuple[str, ...]

    @classmethod
    def of(cls, words: Sequence[str]) -> "Orders":
        """Return the orders that `words` said."""
        lock, role, level, host, port, listener, config, *names = words
        return cls(
            int(lock), role, level, host, int(port), listener, Path(config), tuple(names)
        )

    def words(self) -> list[str]:
        """Return the orders as words of a command line."""
        return [*map(str, self[:-1]), *self.names]


def become(orders: Orders) -> NoReturn:
    """Go on as the supervisor; does not return."""
    os.set_inheritable(orders.lock, True)
    sys.stdout.flush()
    command = [sys.executable, "-P", "-m", "dt.up", *orders.words()]
    os.execv(sys.executable, command)  # noqa: S606 - our own program


def main(words: Sequence[str]) -> int:
    """Supervise until told to stop; return the exit code."""
    orders = Orders.of(words)
    os.set_inheritable(orders.lock, False)
    logs.set_up(orders.level)
    supervisor = Supervisor(orders.names, orders.config)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: supervisor.stop())
    signal.signal(signal.SIGCHLD, lambda *_: supervisor.wake())
    threading.Thread(target=_announce, args=(orders,), daemon=True).start()
    return supervisor.run()


def _announce(orders: Orders) -> None:
    """Wait until the dashboard answers, then say where it is and how to sign in."""
    host = f"[{orders.host}]" if ":" in orders.host else orders.host
    url = f"http://{host}:{orders.port}"
    if not _wait_ready(orders.host, orders.port):
        sys.stderr.write(f"dt: {url}/readyz is not ready after 60 s; see the log above\n")
        return
    sd_notify.send(orders.listener, "READY=1")
    code = orders.config.parent / "first-sign-in"
    if code.exists():
        url = f"{url}/setup?code={code.read_text().strip()}"
        sys.stdout.write(f"\n  The {orders.role} runs. First sign-in: {url}\n\n")
    else:
        sys.stdout.write(f"\n  The {orders.role} runs: {url}\n\n")
    sys.stdout.flush()


def _wait_ready(host: str, port: int) -> bool:
    for _ in range(300):
        if _is_ready(host, port):
            return True
        time.sleep(0.2)
    return False


def _is_ready(host: str, port: int) -> bool:
    """Ask the dashboard by hand: an HTTP library is a quarter of this process."""
    question = f"GET /readyz HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n"
    try:
        with socket.create_connection((host, port), timeout=2) as line:
            line.sendall(question.encode())
            return line.recv(64).split()[1:2] == [b"200"]
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
