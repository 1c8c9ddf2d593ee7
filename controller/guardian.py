"""A second process that makes everything safe when the controller dies or hangs.

It is forked before the controller has threads, does nothing but wait, and so needs next
to no memory. A pipe tells it all: a byte now and then means that the controller works,
the end of the pipe that it died. Then the guardian drives every actuator into its safe
state at once: nobody has to start Python first. systemd's ``ExecStopPost`` and the next
start of the controller do the same again.
"""

import logging
import os
import select
import signal
from collections.abc import Callable
from contextlib import suppress

from dt import memory
from dt.errors import DtError

log = logging.getLogger(__name__)

PATIENCE_S = 10.0
_ALIVE, _DONE = b".", b"q"


class Guardian:
    """The controller's end of the pipe.

    Args:
        make_safe: Called in the other process when the controller is gone: reads the
            twins by itself, drives all actuators, returns how many.
        patience_s: A controller that is silent for so long hangs, and is killed.
    """

    def __init__(
        self, make_safe: Callable[[], int], patience_s: float = PATIENCE_S
    ) -> None:
        self._make_safe = make_safe
        self._patience_s = patience_s
        self._pipe = -1
        self.pid = 0

    def start(self) -> None:
        """Fork the guardian; the process must not have threads yet."""
        memory.settle()
        out, into = os.pipe2(os.O_CLOEXEC)
        parent = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(into)
            with suppress(BaseException):
                self._guard(out, parent)
            os._exit(0)
        os.close(out)
        os.set_blocking(into, False)
        self._pipe = into

    def alive(self) -> None:
        """Tell that the controller works."""
        self._tell(_ALIVE)

    def release(self) -> None:
        """End the guardian: the controller has made everything safe by itself."""
        self._tell(_DONE)
        if self._pipe >= 0:
            os.close(self._pipe)
            self._pipe = -1
        with suppress(ChildProcessError):
            os.waitpid(self.pid, 0)

    def _tell(self, what: bytes) -> None:
        # A full pipe has enough signs of life in it.
        with suppress(BlockingIOError, BrokenPipeError, OSError):
            os.write(self._pipe, what)

    def _guard(self, out: int, parent: int) -> None:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        while True:
            ready, _, _ = select.select([out], [], [], self._patience_s)
            said = os.read(out, 4096) if ready else b""
            if said.endswith(_DONE):
                return
            if said:
                continue
            if not ready:
                log.error("controller hangs", extra={"pid": parent})
                with suppress(ProcessLookupError):
                    os.kill(parent, signal.SIGKILL)
                select.select([out], [], [], 1.0)  # its pins are free when it is gone
            self._save()
            return

    def _save(self) -> None:
        try:
            count = self._make_safe()
        except DtError as error:
            log.error(  # noqa: TRY400 - an expected error needs no traceback
                "not all is safe", extra={"code": error.code, "error": str(error)}
            )
        else:
            log.error("controller ended, all made safe", extra={"actuators": count})
