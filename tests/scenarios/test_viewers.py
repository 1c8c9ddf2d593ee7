"""Many viewers see every reading once, and are let go at once when they leave."""

import time

import pytest

from dt.bench.viewer import Viewer

pytestmark = [pytest.mark.slow, pytest.mark.server]


@pytest.mark.parametrize("server", ["eventlet", "threading"])
def test_viewers_come_see_all_and_go(make_appliance, numbered, server):
    source = numbered("a", batch=1, pause_s=0.02)
    appliance = make_appliance({"a": source.twin}, server=server)
    appliance.start()
    appliance.wait_ready()
    token = appliance.token("viewer")
    viewers = [Viewer(appliance.url, token, [source.signal]) for _ in range(20)]
    fed = lambda: all(viewer.readings > 60 for viewer in viewers)  # noqa: E731
    appliance.wait(fed, "feeds its viewers", 60)
    begin = time.monotonic()
    for viewer in viewers:
        viewer.close()
    assert time.monotonic() - begin < 2
    appliance.stop()
    taken = len(source.taken())
    assert taken > 60
    for viewer in viewers:
        assert 60 < viewer.readings == len(set(viewer.delays_ms)) <= taken
    said = appliance.log.read_text(errors="replace")
    assert "level=error" not in said
    assert "level=warning" not in said
