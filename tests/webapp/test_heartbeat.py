"""This process tells that it lives."""

import os

from webapp.heartbeat import Heartbeat


def test_a_beat_is_in_the_store_with_what_the_live_feed_tells(house):
    fed = []
    Heartbeat(house.context, lambda: {"clients": "3"}, lambda: fed.append(1)).beat()
    found = {one.name: one for one in house.context.log.processes()}["web"]
    assert (found.pid, found.detail) == (os.getpid(), {"clients": "3"})
    assert found.beat_at == house.clock.ms
    assert found.rss_bytes > 1_000_000
    assert fed == [1]


def test_a_store_that_is_closed_is_told_once_and_does_not_end_the_process(house, caplog):
    heart = Heartbeat(house.context, dict, lambda: None)
    house.context.log.close()
    heart.beat()
    heart.beat()
    assert [record.message for record in caplog.records] == ["heartbeat lost"]
