"""One tick of the controller: what is new is read, judged, written down and switched."""

import logging
import os
import time
from collections.abc import Mapping, Sequence

import msgspec

from controller import plant as plants
from controller.doubts import Doubts
from controller.fitting import Fitted
from controller.history import History
from controller.inputs import Newest
from controller.limits import Inputs
from controller.loop_desk import LoopDesk
from controller.lost import Lost
from controller.plant import Plant
from controller.reasoning import Reasoner
from controller.reconcile import Reconciler, Wish
from controller.retries import Retries, Waiting
from controller.routine_desk import Due, RoutineDesk
from controller.scale import Scale
from controller.switch import Switch
from controller.told import Board
from dt.clock import Clock
from dt.config import Config
from dt.errors import StoreError
from dt.hardware.proc import rss_bytes
from dt.notify.notifier import Notifier
from dt.rules.description import Firing
from dt.store.appliance import Appliance
from dt.store.log import Log
from dt.store.records import ProcessState
from dt.twin.command import Verb
from dt.twin.description import TwinDescription
from dt.twin.readings import Logged

log = logging.getLogger(__name__)

BACKLOG = 50_000
"""More unread readings than this are no news: rules go on at the end of the log."""
_READ = 2_000
_SLOWLY_S = 1.0
_BEAT_S = 10.0
_PRUNE_S = 86_400.0


class Work:
    """The controller's work, tick by tick. One thread uses it.

    Args:
        config: Of this appliance.
        clock: Of this machine.
        store: Where readings are.
        appliance: Where commands, alerts and what people wrote are.

    Attributes:
        switch: The actuators.
    """

    def __init__(
        self, config: Config, clock: Clock, store: Log, appliance: Appliance
    ) -> None:
        self._config = config
        self._clock = clock
        self._store = store
        self._appliance = appliance
        self._started_at = clock.now_ms()
        self._scale = Scale(clock, store.stamp)
        self.switch = Switch(clock.monotonic, {})
        self._reconciler = Reconciler(appliance, self._scale, self.switch)
        now = self._scale.now()
        self._reasoner = Reasoner(appliance, store.end(), self._scale.utc(now), now)
        self._newest = Newest({}, {})
        self._plant = Plant()
        self._fitted: dict[str, Fitted] = {}
        self._loops = LoopDesk(appliance, self._scale)
        self._routines = RoutineDesk(config, appliance, self._scale)
        self._retries = Retries(appliance)
        self._lost = Lost(appliance)
        self._doubts = Doubts(appliance)
        self._notifier = Notifier(config, appliance, clock)
        self._notifier.step()  # what comes from now on is news
        self._history = History(store)
        self._board = Board(appliance, self._history, self._scale)
        self._silent: list[int] = []
        self._known = -1
        self._version = -1
        self._failing = False
        self._due = {"slowly": now, "beat": now, "prune": now + _PRUNE_S}

    def load(self, twins: Sequence[TwinDescription], fitted: Mapping[str, Fitted]) -> None:
        """Take up what is to be controlled; actuators that stay the same go on.

        Args:
            twins: As their files declare them.
            fitted: Their actuators, by ``<twin>/<name>``.
        """
        entries = self._appliance.automation.current()
        rows = {row.id: name for name, row in self._store.signals().items()}
        told = {rows[number] for number in self._store.latest()}
        self._silent = [number for number, name in rows.items() if name not in told]
        new = plants.plant(twins, entries, self._config.control.budget, told)
        able = tuple(
            msgspec.structs.replace(s, commands=s.commands & fitted[s.actuator].verbs)
            for s in new.limits.actuators
            if s.actuator in fitted
        )
        limits = msgspec.structs.replace(new.limits, actuators=able)
        if limits != self._reconciler.limits or fitted != self._fitted:
            if self._fitted:
                self._reconciler.make_safe()
            why = "its declaration changed" if self._fitted else "the controller ended"
            self.switch.replace({key: one.actuator for key, one in fitted.items()})
            self._reconciler.begin(limits, why)
            self._fitted = dict(fitted)
        self._tell_problems(new)
        self._plant = new
        self._history.begin(History.rows(new))
        ids = {name: row.id for name, row in self._store.signals().items()}
        fresh = Newest(new.ages, ids)
        fresh.keep(self._newest)
        self._newest = fresh
        self._reasoner.load(new.rules, ids, self._scale.utc(self._scale.now()))
        pwm = {key for key, one in fitted.items() if Verb.SET_PWM in one.verbs}
        self._loops.load(new, limits, pwm)
        self._loops.place = self._routines.place
        self._routines.load(new.routines)
        self._board.begin(limits)
        self._known = len(ids)
        self._version = -1

    def news(self) -> bool:
        """Tell whether signals came up that were not there when twins were loaded."""
        known = len(self._store.signals())
        return known != self._known or bool(
            self._silent and self._store.latest(self._silent)
        )

    def tick(self) -> None:
        """Do what is to be done now.

        Raises:
            StoreError: What must be written down cannot be.
        """
        if self._failing:
            self._reconciler.mend()
            self._failing = False
            log.info("store is back")
        now = self._scale.now()
        slowly = self._is_due("slowly", now, _SLOWLY_S)
        if slowly:
            self._follow_clock()
        asked = self._look(slowly=slowly)
        logged = self._read(slowly=slowly)
        fresh = self._newest.take(logged, self._scale.monotonic, now)
        inputs = self._newest.usable(now)
        forced = self._reconciler.force(inputs)
        for one in forced:
            self._loops.forget(one.actuator)
        wishes = self._reason(logged, inputs, slowly=slowly, asked=asked)
        self._carry_out(wishes)
        if fresh or slowly or wishes:
            self._loops.step(self._reconciler, self._newest, inputs, fresh, slowly=slowly)
        moved = self._reconciler.changed or bool(wishes or forced)
        self._save()
        if moved or slowly:
            self._tell(inputs)
        if slowly:
            self._keep_house(now)

    def fail_safe(self, error: StoreError) -> None:
        """Make everything safe, since nothing can be written down."""
        if not self._failing:
            log.error(
                "store cannot be written, all made safe",
                extra={"code": error.code, "error": str(error)},
            )
        self._failing = True
        self._reconciler.make_safe()
        self._version = -1

    def end(self) -> None:
        """Make everything safe, write down what is known, let go of the hardware."""
        self._reconciler.make_safe()
        self.switch.stop()
        self._notifier.end()
        try:
            with self._appliance.database.transaction():
                self._reconciler.save()
                self._reasoner.save(self._scale.now())
        except StoreError as error:
            log.warning("the last state is not saved", extra={"code": error.code})

    def _is_due(self, what: str, now: float, every_s: float) -> bool:
        if now < self._due[what]:
            return False
        self._due[what] = now + every_s
        return True

    def _follow_clock(self) -> None:
        moved = self._scale.moved()
        if moved:
            self._reasoner.shift(moved)
            log.info("clock was set", extra={"by_ms": moved})

    def _look(self, *, slowly: bool) -> bool:
        """See whether somebody wrote something; tell whether commands wait."""
        version = self._appliance.database.version()
        if version == self._version and not slowly:
            return False
        if version != self._version:
            self._version = version
            modes = self._appliance.control.modes()
            self._reconciler.modes = {twin: row.mode for twin, row in modes.items()}
            self._reconciler.lock(self._appliance.control.lockouts())
            self._loops.wishes = self._appliance.control.wishes()
        return bool(self._appliance.commands.queued(1))

    def _read(self, *, slowly: bool) -> list[Logged]:
        if not self._store.changed() and not slowly:
            return []
        cursor = self._reasoner.cursor
        logged = self._store.tail(cursor, _READ)
        if sum(len(part) for part in logged) < _READ:
            return logged
        end = self._store.end()
        if end.epoch != cursor.epoch or end.seq - cursor.seq > BACKLOG:
            log.warning("readings left out by the rules", extra={"seq": end.seq})
            self._reasoner.skip_to(end)
            return []
        return logged

    def _reason(
        self, logged: Sequence[Logged], inputs: Inputs, *, slowly: bool, asked: bool
    ) -> list[Wish]:
        now = self._scale.now()
        firings: tuple[Firing, ...] = ()
        if logged or slowly:
            firings = self._reasoner.step(logged, self._scale.utc(now))
        slots: Sequence[Due] = ()
        if slowly:
            now_ms = self._scale.utc(now)
            self._lost.look(self._store.sensors(), now_ms)
            self._appliance.alerts.unshelve_due(now_ms)
            slots = self._routines.due(self._reconciler.modes)
        again = self._retry(inputs) if slowly else []
        if not (firings or slots or again or asked or self._reasoner.to_be_saved(now)):
            return []
        try:
            return self._decide(firings, slots, again, inputs)
        except StoreError:
            self._reasoner.back()
            raise

    def _retry(self, inputs: Inputs) -> list[Waiting]:
        return self._retries.due(self._reconciler, inputs, self._plant.needs)

    def _decide(
        self,
        firings: Sequence[Firing],
        slots: Sequence[Due],
        again: Sequence[Waiting],
        inputs: Inputs,
    ) -> list[Wish]:
        """Write down all that follows in one transaction; return what is to be switched."""
        with self._appliance.database.transaction():
            self._reasoner.follow(firings)
            self._routines.follow(slots)
            self._retries.follow(firings)
            self._retries.ask(again)
            queued = self._appliance.commands.queued()
            judged = [self._reconciler.judge(row, inputs) for row in queued]
            for row, _ in judged:
                self._retries.note(row)
            self._reconciler.save()
            self._reasoner.save(self._scale.now())
        return [wish for _, wish in judged if wish is not None]

    def _carry_out(self, wishes: Sequence[Wish]) -> None:
        for wish in wishes:
            self._reconciler.carry_out(wish)
            for actuator in wish.after:
                self._loops.forget(actuator)

    def _save(self) -> None:
        if self._reconciler.changed:
            with self._appliance.database.transaction():
                self._reconciler.save()

    def _tell(self, inputs: Inputs) -> None:
        self._board.tell(self._reconciler, self.switch, inputs, self._loops.of_actuator)
        now = self._scale.now()
        for signal, value in self._loops.told():
            self._history.tell(signal, value, now)
        self._history.flush()

    def _tell_problems(self, new: Plant) -> None:
        for twin, problems in new.problems.items():
            if problems == self._plant.problems.get(twin):
                continue
            for problem in problems:
                log.warning("not controlled", extra={"twin": twin, "error": str(problem)})

    def _keep_house(self, now: float) -> None:
        self._doubts.look(self._reconciler, self.switch, now, self._scale.utc(now))
        self._notifier.step()
        if self._is_due("beat", now, _BEAT_S):
            self._store.beat(
                ProcessState(
                    name="controller",
                    pid=os.getpid(),
                    started_at=self._started_at,
                    beat_at=self._clock.now_ms(),
                    rss_bytes=rss_bytes(),
                    cpu_s=time.process_time(),
                    detail={"rules": str(len(self._plant.rules))},
                )
            )
        if self._is_due("prune", now, _PRUNE_S):
            self._appliance.commands.prune()
