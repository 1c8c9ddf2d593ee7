"""Who owns what root makes; only root can see it."""

import os

import pytest

from dt import config as configuration
from dt.clock import SystemClock
from dt.store.appliance import Appliance
from dt.store.log import Log

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
SERVICE = 64_123


def test_what_root_makes_belongs_to_the_data_folders_owner(tmp_path):
    data, live = tmp_path / "data", tmp_path / "live"
    data.mkdir()
    os.chown(data, SERVICE, SERVICE)
    config = configuration.Config(
        data=str(data), store=configuration.Store(live_dir=str(live))
    )
    appliance = Appliance.open(config)
    log = Log.open(config, SystemClock("always"))
    try:
        files = [live, *live.iterdir(), *data.iterdir()]
        foreign = [path.name for path in files if path.stat().st_uid != SERVICE]
        assert len(files) > 5
        assert foreign == []
    finally:
        log.close()
        appliance.close()
