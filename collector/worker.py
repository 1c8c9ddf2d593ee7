"""One thread that runs what may hang, and can be left to itself when it does.

Nobody can stop a thread that is stuck in a driver. So a worker is *disowned*: what it
has not begun goes to a fresh one, whatever it still returns is thrown away, and its
thread (a daemon) ends when the driver lets go of it.
"""

import dataclasses
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from dt.errors import DtError, HardwareError
from dt.twin.readings import Raw

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """One thing to do with one sensor.

    Attributes:
        name: Of the sensor.
        owner: Who wants to know the result; a replaced sensor has the same name.
        run: Does it; returns what was read, if it was a read.
        close: Called in the worker's own thread when it was disowned meanwhile.
        timeout_s: After which it counts as hung.
    """

    name: str
    owner: object
    run: Callable[[], Raw | None]
    close: Callable[[], None]
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Result:
    """How a task ended, and when in monotonic s."""

    task: Task
    began: float
    ended: float
    raw: Raw | None = None
    error: DtError | None = None


class Worker:
    """Runs tasks one after the other in a daemon thread.

    Args:
        name: Of the thread.
        monotonic: Seconds that never step.
        report: Called in the thread with each result, unless disowned before.
    """

    def __init__(
        self, name: str, monotonic: Callable[[], float], report: Callable[[Result], None]
    ) -> None:
        self._monotonic = monotonic
        self._report = report
        self._tasks: deque[Task] = deque()
        self._running: tuple[Task, float] | None = None
        self._disowned = False
        self._ending = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def give(self, tasks: Iterable[Task]) -> None:
        """Add tasks; they are run in this order."""
        with self._changed:
            self._tasks.extend(tasks)
            self._changed.notify_all()

    def running(self) -> tuple[Task, float] | None:
        """Return the task under way and when it began, in monotonic s."""
        with self._changed:
            return self._running

    def deadline(self) -> float | None:
        """Return when what is to be done counts as hung, monotonic; None: idle."""
        with self._changed:
            if self._running is not None:
                task, began = self._running
                return began + task.timeout_s
            if self._tasks:
                return self._monotonic() + self._tasks[0].timeout_s
            return None

    def idle(self) -> bool:
        """Tell whether there is nothing to do."""
        with self._changed:
            return self._running is None and not self._tasks

    def disown(self, task: Task) -> list[Task] | None:
        """Leave the thread to itself, if `task` is still what it does.

        Returns:
            The tasks not begun; None: the task ended meanwhile, nothing was done.
        """
        with self._changed:
            if self._running is None or self._running[0] is not task:
                return None
            self._disowned = True
            left = list(self._tasks)
            self._tasks.clear()
            return left

    def inside(self) -> bool:
        """Tell whether the thread is still there."""
        return self._thread.is_alive()

    def end(self) -> None:
        """Let the thread end when its tasks are done."""
        with self._changed:
            self._ending = True
            self._changed.notify_all()

    def wait_idle(self, timeout_s: float) -> bool:
        """Wait until there is nothing to do; return whether that came to be."""
        with self._changed:
            return self._changed.wait_for(
                lambda: self._running is None and not self._tasks, timeout_s
            )

    def _work(self) -> None:
        while (task := self._next()) is not None:
            result = self._run(task)
            with self._changed:
                disowned = self._disowned
                if not disowned:
                    self._report(result)
                self._running = None
                self._changed.notify_all()
            if disowned:
                self._leave(task)
                return

    def _next(self) -> Task | None:
        with self._changed:
            self._changed.wait_for(lambda: self._tasks or self._ending)
            if not self._tasks:
                return None
            task = self._tasks.popleft()
            self._running = (task, self._monotonic())
            return task

    def _run(self, task: Task) -> Result:
        began = self._monotonic()
        raw, error = None, None
        try:
            raw = task.run()
        except DtError as known:
            error = known
        except Exception as unknown:
            seen = f"{type(unknown).__name__}: {unknown}"
            error = HardwareError(f"the driver of {task.name} broke: {seen}")
            log.debug("driver broke", exc_info=unknown, extra={"sensor": task.name})
        return Result(task, began, self._monotonic(), raw, error)

    def _leave(self, task: Task) -> None:
        """Let go of the chip, long after everybody gave up waiting for it."""
        end = dataclasses.replace(task, run=task.close)
        log.info("hung driver returned", extra={"sensor": task.name})
        self._run(end)
