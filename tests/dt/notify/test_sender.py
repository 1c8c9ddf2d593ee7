"""Messages are sent in order, tried again, held in quiet hours, and given up in the end."""

from contextlib import suppress

import pytest

from dt.channels import Channel
from dt.config import Config
from dt.notify.notifier import Notifier
from dt.notify.posting import Outcome
from dt.notify.sender import GIVE_UP_AFTER_MS, WORK_S, Sender
from dt.rules.description import Severity
from tests.dt.notify.conftest import KEY, alert, configured


class Server:
    """Stands for what is outside: takes messages, unless it is away."""

    def __init__(self):
        self.away, self.refuses, self.got = False, (), []

    def __call__(self, url, message, sender):
        if self.away or any(word in message.title for word in self.refuses):
            return Outcome(error="connection refused")
        self.got.append(message.title)
        return Outcome()


@pytest.fixture
def server():
    return Server()


@pytest.fixture
def house(tmp_path, appliance, clock, server):
    return House(tmp_path, appliance, clock, server)


class House:
    def __init__(self, folder, appliance, clock, server):
        self.folder, self.appliance, self.clock, self.server = (
            folder,
            appliance,
            clock,
            server,
        )
        self.with_channels(phone={})

    def with_channels(self, **channels):
        self.config = configured(self.folder, **channels)
        self.notifier = Notifier(self.config, self.appliance, self.clock, _never)
        self.notifier._not_before = float("inf")
        self.notifier.step()

    def raises(self, name, **changes):
        key = f"dt:Box/rules/{name}"
        fresh = alert(key, self.clock.now_ms(), text=name, **changes)
        self.appliance.alerts.raise_(fresh)
        self.notifier.step()

    def send(self):
        return Sender(self.config, self.appliance, self.clock, self.server).run()

    def names(self):
        return [title.rpartition(" ")[2] for title in self.server.got]


def _never(*_):
    raise AssertionError("a process is started")


def test_messages_are_sent_once(house):
    house.raises("a")
    assert (house.send(), house.send()) == (1, 0)
    assert house.server.got == ["Warning: dt:Box: a"]
    assert [row.sent for row in house.appliance.deliveries.newest("phone")] == [True]


def test_what_is_kept_while_offline_comes_later_in_order(house):
    house.server.away = True
    for name in "abc":
        house.raises(name)
        house.send()
        house.clock.advance(5)
    assert house.names() == []
    house.server.away = False
    house.clock.advance(3600)
    assert house.send() == 3
    assert house.names() == ["a", "b", "c"]


def test_nothing_is_tried_before_its_pause_is_over(house):
    house.server.away = True
    house.raises("a")
    house.send()
    house.server.away = False
    house.clock.advance(7)
    assert not house.appliance.deliveries.any_due(house.clock.now_ms())
    assert house.send() == 0
    house.clock.advance(6)
    assert house.send() == 1


def test_something_new_is_tried_at_once_and_takes_the_older_along(house):
    house.server.away = True
    house.raises("a")
    house.send()
    house.server.away = False
    house.raises("b")
    assert house.send() == 2
    assert house.names() == ["a", "b"]


def test_a_message_that_is_always_refused_lets_the_others_pass(house):
    house.server.refuses = ("poison",)
    house.raises("poison")
    house.raises("good")
    for _ in range(3):
        assert house.send() == 0
        house.clock.advance(7200)
    assert house.send() == 1
    assert house.names() == ["good"]


def test_a_dead_channel_holds_up_no_other(house, server):
    house.with_channels(dead={}, phone={})
    house.raises("a")
    tried = []

    def post(url, message, sender):
        tried.append(house.clock.monotonic())
        return Outcome(error="no answer" if len(tried) % 2 else "")

    sender = Sender(house.config, house.appliance, house.clock, post)
    assert sender.run() == 1
    assert len(house.appliance.deliveries.waiting()) == 1


def test_a_channel_that_takes_all_the_time_lets_the_others_go_first_next_time(house):
    house.with_channels(dead={}, phone={})
    house.raises("a")
    sent = []

    def post(url, message, sender):
        first = not sent and house.appliance.deliveries.waiting("dead")[0].attempts == 1
        sent.append("dead" if first else "phone")
        house.clock.advance(WORK_S)
        return Outcome(error="no answer" if first else "")

    for _ in range(2):
        Sender(house.config, house.appliance, house.clock, post).run()
        house.clock.advance(60)
    assert sent == ["dead", "phone"]
    assert [row.channel for row in house.appliance.deliveries.newest()] == ["phone"]


def test_quiet_hours_hold_what_failed_before_them_and_let_critical_pass(house):
    house.with_channels(phone={"quiet": "16:14-06:00"})  # it is 16:13:20
    house.server.away = True
    house.raises("early")
    house.send()
    house.server.away = False
    house.clock.advance(60)
    house.raises("late")
    assert house.send() == 0
    house.raises("fire", severity=Severity.CRITICAL)
    assert house.send() == 1
    assert house.names() == ["fire"]
    house.clock.advance(14.5 * 3600)
    assert house.send() == 2
    assert house.names() == ["fire", "early", "late"]


def test_after_three_days_it_is_given_up_and_told(house):
    house.server.away = True
    house.raises("a")
    while house.clock.now_ms() <= house.appliance.alerts.get(KEY[:-7] + "a").raised_at + (
        GIVE_UP_AFTER_MS
    ):
        house.send()
        house.clock.advance(4600)
    house.send()
    rows = house.appliance.deliveries.newest("phone")
    assert [(row.sent, row.error) for row in rows] == [(False, "connection refused")]
    assert house.appliance.events.newest()[0].kind == "NotificationGivenUp"
    assert not house.appliance.deliveries.waiting()


def test_an_address_that_takes_a_message_in_part_gets_it_three_times_at_most(house):
    sent = []

    def post(url, message, sender):
        sent.append(message.title)
        return Outcome(error="no such user", partly=True)

    house.raises("a")
    for _ in range(10):
        Sender(house.config, house.appliance, house.clock, post).run()
        house.clock.advance(7200)
    assert len(sent) == 3
    said = house.appliance.events.newest()[0].text
    assert "only some of the recipients have it: no such user" in said


def test_a_message_that_ends_every_sender_holds_up_no_other_and_is_given_up(house):
    class KilledError(BaseException):
        pass

    sent = []

    def post(url, message, sender):
        if "deadly" in message.title:
            raise KilledError
        sent.append(message.title)
        return Outcome()

    house.raises("deadly")
    house.raises("good")

    def run(times):
        for _ in range(times):
            with suppress(KilledError):
                Sender(house.config, house.appliance, house.clock, post).run()
            house.clock.advance(4600)

    run(4)
    assert sent == ["Warning: dt:Box: good"]
    run(80)
    assert len(sent) == 1
    assert house.appliance.deliveries.waiting() == []
    assert house.appliance.events.newest()[0].kind == "NotificationGivenUp"


def test_a_clock_that_is_set_gives_nothing_up(house):
    house.server.away = True
    house.raises("a")
    house.send()
    house.clock.ms += 56 * 365 * 86_400_000
    house.send()
    house.server.away = False
    house.clock.advance(60)
    assert house.send() == 1


def test_a_clock_that_is_set_back_makes_nothing_wait_for_years(house):
    house.clock.ms += 365 * 86_400_000
    house.server.away = True
    house.raises("a")
    house.send()
    house.server.away = False
    house.clock.ms -= 365 * 86_400_000
    assert house.send() == 1


def test_a_channel_that_is_gone_is_given_up_quietly(house):
    house.raises("a")
    house.config = Config(data=house.config.data)
    assert house.send() == 0
    assert house.appliance.deliveries.newest()[0].error == "the channel is gone"


def test_a_secret_file_that_cannot_be_read_is_told_and_tried_again(house, tmp_path):
    gone = Channel(url_file=str(tmp_path / "gone"))
    house.raises("a")
    house.config.notify.channels["phone"] = gone
    assert house.send() == 0
    error = house.appliance.deliveries.waiting()[0].error
    assert "cannot read url_file" in error
    (tmp_path / "gone").write_text("jsons://hook.example/a\n")
    house.clock.advance(15)
    assert house.send() == 1


def test_a_sender_that_dies_between_sending_and_noting_repeats_one_message(house):
    class PowerCutError(BaseException):
        pass

    house.raises("a")
    house.raises("b")

    def post(url, message, sender):
        house.server(url, message, sender)
        raise PowerCutError

    with pytest.raises(PowerCutError):
        Sender(house.config, house.appliance, house.clock, post).run()
    house.clock.advance(15)
    assert house.send() == 2
    assert house.names() == ["a", "a", "b"]
