"""Speaks to /dev/i2c-1 as unmodified Blinka does, then as our own bus does; prints JSON.

python i2c_client.py WORLD_FILE
"""

import json
import sys
import time
from pathlib import Path

import adafruit_bh1750
import board
from adafruit_seesaw.seesaw import Seesaw

from dt import plugins
from dt.clock import SystemClock
from dt.errors import DtError
from dt.hardware.linux import LinuxBuses

from collector.seam import Context  # isort: skip

WORLD = Path(sys.argv[1])


def say(text):
    WORLD.write_text(text, encoding="utf-8")
    time.sleep(0.3)  # the device file looks ten times a second, the light takes 0.18 s


def blinka():
    bus = board.I2C()
    light = adafruit_bh1750.BH1750(bus)
    soil = Seesaw(bus, addr=0x36)
    yield "scan", [hex(address) for address in bus.scan()]
    yield "lux", light.lux
    yield "moisture", soil.moisture_read()
    yield "soil temperature", soil.get_temp()
    say("values: {light: 12.5}")
    yield "dark", light.lux
    say("faults: {i2c-1/0x23: [{kind: absent}]}")
    try:
        yield "unplugged", light.lux
    except OSError as error:
        yield "unplugged", error.errno
    say("")


def ours():
    buses = LinuxBuses()
    bus = buses.i2c(1)
    yield "our scan", [hex(address) for address in bus.scan()]
    yield "chip id", bus.write_read(0x77, b"\xd0", 1).hex()
    context = Context(twin="dt:X", sensor="s", reads={}, media_dir="", twin_dir="")
    for kind in ("bh1750", "stemma_soil", "sht31", "bme280"):
        driver = plugins.load("dt.sensors", kind)
        sensor = driver(driver.Options(), buses, SystemClock(), context)
        sensor.open()
        raw = sensor.read()
        yield kind, dict(zip(raw.quantities, raw.value.tolist(), strict=True))
    for name, fault in (("absent", "absent"), ("held", "stuck_bus")):
        say(f"faults: {{i2c-1: [{{kind: {fault}}}]}}")
        try:
            yield name, bus.read(0x44, 6).hex()
        except DtError as error:
            yield name, error.code
    buses.close()


if __name__ == "__main__":
    print(json.dumps({**dict(blinka()), **dict(ours())}))
