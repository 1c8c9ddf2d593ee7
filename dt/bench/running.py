"""An appliance of its own in a folder, run as a user runs it: ``dt up`` or ``dt run``."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from dt.bench.meter import tree
from dt.clock import SystemClock
from dt.commands.up import write_effective
from dt.config import Config, runtime_dir, with_changes
from dt.errors import ConflictError, ServiceError
from dt.store.appliance import Appliance

READY_WITHIN_S = 60.0
STOPPED_WITHIN_S = 15.0


class Running:
    """The processes of one appliance; a context manager that ends them all.

    Args:
        config: Its configuration; its data folder is made if need be.
        twins: Folder name to text of its twin.yaml.
        plugins: Folders with plug-in packages to add to those that are installed.
        folder: Where its dt.yaml and its output go; by default beside the data.

    Attributes:
        config: The configuration in use, with the port that was chosen.
        url: Of its dashboard, without a slash at the end.
        started_at: UTC in s when `start` was called.
    """

    def __init__(
        self,
        config: Config,
        twins: Mapping[str, str],
        plugins: Sequence[Path] = (),
        folder: Path | None = None,
    ) -> None:
        self.config = with_changes(config, port=_free_port())
        self.folder = folder or self.config.data_dir.parent
        self.url = f"http://127.0.0.1:{self.config.web.port}"
        self.started_at = 0.0
        self._plugins = plugins
        self._processes: list[subprocess.Popen[bytes]] = []
        self.config.data_dir.mkdir(parents=True, exist_ok=True)
        for name, text in twins.items():
            self.write_twin(name, text)
        self.file = self.folder / "dt.yaml"
        write_effective(self.config, self.file)

    def __enter__(self) -> "Running":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        self.forget()

    @property
    def log(self) -> Path:
        """The file with everything that the processes print."""
        return self.folder / "processes.log"

    def write_twin(self, name: str, text: str) -> Path:
        """Write one twin.yaml and return its path."""
        path = Path(self.config.twins[0]) / name / "twin.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """Start ``dt up``, or the command given (``"run", "collector"``)."""
        where = ("--config", str(self.file))
        line = [*where, *command] if command else ["up", *where]
        path = [f"PYTHONPATH={':'.join(map(str, self._plugins))}"] if self._plugins else []
        self.started_at = time.time()
        with self.log.open("ab") as out:
            process = subprocess.Popen(  # noqa: S603 - our own program
                ["/usr/bin/env", *path, sys.executable, "-P", "-m", "dt", *line],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        self._processes.append(process)
        return process

    def pids(self) -> list[int]:
        """Return all processes that live, supervisors included."""
        return [pid for process in self._processes for pid in tree(process.pid)]

    def pids_of(self, service: str) -> list[int]:
        """Return the processes that run one service."""
        return [pid for pid in self.pids() if _runs(pid, service)]

    def wait_ready(self, page: str = "/readyz", within_s: float = READY_WITHIN_S) -> float:
        """Wait until a page answers 200; return how long after `start`, in s.

        Raises:
            ServiceError: It did not in time; with the end of the log.
        """
        self.wait(lambda: self.get_status(page) == 200, f"answers {page}", within_s)
        return time.time() - self.started_at

    def get_status(self, path: str) -> int:
        """Return the HTTP status of a page, or 0 if nobody answers."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as answer:  # noqa: S310
                return int(answer.status)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code
        except OSError:
            return 0

    def wait(self, true: Callable[[], bool], what: str, within_s: float) -> None:
        """Wait until something is true.

        Raises:
            ServiceError: It did not become true in time; with the end of the log.
        """
        deadline = time.monotonic() + within_s
        while not true():
            if time.monotonic() > deadline:
                end = self.log.read_text(errors="replace")[-3000:]
                raise ServiceError(
                    f"the appliance should be one that {what}, but is not:\n{end}"
                )
            time.sleep(0.02)

    def token(self, role: str = "admin") -> str:
        """Return the secret of a new token."""
        appliance = Appliance.open(self.config, SystemClock("always"))
        try:
            for number in range(1, 100):
                try:
                    return appliance.tokens.add(f"bench {number}", role)[1]
                except ConflictError:
                    continue
            raise ServiceError(
                "a hundred tokens of the bench exist: expected a fresh folder"
            )
        finally:
            appliance.close()

    def stop(self) -> float:
        """Ask all processes to end, and see to it; return how long it took, in s."""
        begin = time.monotonic()
        for process in self._processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self._processes:
            try:
                process.wait(max(begin + STOPPED_WITHIN_S - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                kill(tree(process.pid))
                process.wait()
        took = time.monotonic() - begin
        self._processes.clear()
        return took

    def kill(self) -> None:
        """End all processes at once, as a power cut does, but keep what they wrote."""
        kill(self.pids())
        for process in self._processes:
            process.wait()
        self._processes.clear()

    def forget(self) -> None:
        """Remove the live log, as a reboot does."""
        forget(self.config)


def forget(config: Config) -> None:
    """Remove the live log of an appliance that does not run, as a reboot does."""
    shutil.rmtree(runtime_dir(config), ignore_errors=True)


def kill(pids: Sequence[int]) -> None:
    """End processes at once; those that are gone already do not matter."""
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def _runs(pid: int, service: str) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return b"run" in words and service.encode() in words


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
