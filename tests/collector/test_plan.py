import threading
from pathlib import Path

import pytest

from collector.plan import Shop, plan
from collector.seam import BusKind
from dt import plugins
from dt.errors import PluginError
from dt.twin.reader import read

TEXT = """
"@id": dt:T
signals:
  air.temperature: {unit: K}
  air.humidity: {unit: "%"}
  light: {unit: lx}
  load: {unit: "%"}
sensors:
  climate: {driver: dht22, pin: 23, reads: {temperature: air.temperature}}
  climate2: {driver: sht31, bus: 3, timeout: 9s, reads: {humidity: air.humidity}}
  light: {driver: bh1750, reads: {illuminance: light}}
  self: {driver: host, every: 1s, reads: {cpu.0: load}}
  file: {driver: csv_replay, file: a.csv, pace: 60, reads: {t: air.temperature}}
"""


@pytest.fixture
def shop(clock, tmp_path):
    return Shop(
        driver=lambda name: plugins.load("dt.sensors", name),
        buses=lambda driver, twin: None,
        clock=clock,
        media_dir=tmp_path,
    )


def made(text, shop):
    return plan(read(text, "twins/T/twin.yaml"), shop)


def test_sensors_of_one_bus_share_it_and_others_have_their_own(shop):
    posts = made(TEXT, shop).posts
    buses = {name: post.seat.bus for name, post in posts.items() if post.seat}
    assert buses == {
        "climate": "gpio-23",
        "climate2": "i2c-3",
        "light": "i2c-1",
        "self": "dt:T/self",
    }
    assert posts["file"].stand is not None
    assert posts["file"].seat is None


def test_every_and_timeout_come_from_the_twin_and_else_from_the_driver(shop):
    posts = made(TEXT, shop).posts
    assert posts["climate2"].seat.timeout_s == 9
    assert posts["self"].seat.every_s == 1
    assert posts["climate"].seat.min_interval_s == 2.0


def test_drivers_get_their_options_with_the_right_types(shop):
    driver = made(TEXT, shop).posts["file"].stand.make()
    assert driver._options.pace == 60.0


def test_the_unit_of_a_driver_goes_to_the_signal_it_reads(shop):
    origins = made(TEXT, shop).origins
    assert origins["air.temperature"].raw_unit == "Cel"
    assert origins["load"].raw_unit == "%"


def test_full_names_are_known_for_each_sensor(shop):
    reads = made(TEXT, shop).reads()
    assert reads["dt:T/climate"] == {"temperature": "dt:T/air.temperature"}


@pytest.mark.parametrize(
    ("sensor", "message"),
    [
        ("{driver: dht22, pinn: 23}", r"sensors\.x\.pinn: saw an unknown key.*mean pin\?"),
        (
            "{driver: dht22, pin: 99}",
            r"sensors\.x\.pin: saw 99, expected a whole number of 0 to 27",
        ),
        ("{driver: dht22, pin: [1]}", r"sensors\.x\.pin: saw \[1\], expected"),
        ("{driver: csv_replay}", r"sensors\.x\.file: saw nothing, expected this key"),
        ("{driver: dht22, reads: {temprature: light}}", "did you mean temperature"),
        ("{driver: dth22}", "has no 'dth22'"),
    ],
)
def test_a_wrong_sensor_is_told_with_its_place_and_stops_no_other(shop, sensor, message):
    found = made(TEXT + f"  x: {sensor}\n", shop)
    assert set(found.posts) == {"climate", "climate2", "light", "self", "file"}
    with pytest.raises(type(found.problems["x"]), match=message):
        raise found.problems["x"]


def test_a_driver_that_others_push_to_needs_no_thread(shop, tmp_path):
    class Pushed:
        DESCRIPTION = plugins.load("dt.sensors", "csv_replay").DESCRIPTION
        Options = plugins.load("dt.sensors", "dht22").Options

    assert Pushed.DESCRIPTION.bus is BusKind.NONE
    shop = Shop(
        driver=lambda name: Pushed,
        buses=shop.buses,
        clock=shop.clock,
        media_dir=Path(tmp_path),
    )
    text = '"@id": dt:T\nsignals: {a: {}}\nsensors: {web: {driver: http, reads: {a: a}}}\n'
    post = made(text, shop).posts["web"]
    assert (post.seat, post.stand) == (None, None)
    assert threading.active_count() < 50


def test_a_missing_driver_is_a_plugin_error(shop):
    text = '"@id": dt:T\nsignals: {a: {}}\nsensors: {x: {driver: no, reads: {a: a}}}\n'
    assert isinstance(made(text, shop).problems["x"], PluginError)
