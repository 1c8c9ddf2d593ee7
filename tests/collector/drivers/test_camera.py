import subprocess
import sys
import types
import zlib
from typing import ClassVar

import numpy as np
import pytest

from collector.drivers.camera import Camera, CameraOptions
from collector.seam import Context, Sensor
from collector.simulators.camera import Camera as Garden
from collector.simulators.camera import drawn, png
from collector.stills import green_ratio
from dt.errors import HardwareAbsentError, HardwareError
from dt.twin.readings import pairs

READS = {"size": "image.size", "green_ratio": "leaf.green"}


class Plant:
    green = 20.0
    light = 5000.0

    def value(self, quantity):
        return {"leaf.green": self.green, "light": self.light}[quantity]


@pytest.fixture
def plant():
    return Plant()


@pytest.fixture
def make(clock, tmp_path, plant):
    def build(buses=None, **options):
        context = Context(
            twin="dt:T", sensor="eye", reads=READS, media_dir=str(tmp_path), twin_dir=""
        )
        size = {"width": 320, "height": 240} | options
        driver = Camera(CameraOptions(**size), buses or Garden(plant), clock, context)
        assert isinstance(driver, Sensor)
        return driver

    return build


def values(driver):
    return dict(pairs(driver.read()))


def test_a_still_is_kept_under_the_time_of_its_reading(make, clock, tmp_path):
    driver = make()
    driver.open()
    raw = driver.read()
    path = tmp_path / "dt:T" / "image.size" / f"{clock.now_ms()}.png"
    assert raw.observed_at.tolist() == [clock.now_ms()] * 2
    assert dict(pairs(raw))["size"] == path.stat().st_size
    assert path.read_bytes().startswith(b"\x89PNG")


def test_while_the_clock_is_not_trusted_the_store_gives_the_time(make, clock):
    clock.believed = False
    driver = make()
    driver.open()
    assert driver.read().observed_at is None


@pytest.mark.parametrize("green", [0.0, 5.0, 33.0, 60.0])
def test_the_green_share_is_what_the_leaves_cover(make, plant, green):
    plant.green = green
    driver = make()
    driver.open()
    assert values(driver)["green_ratio"] == pytest.approx(green, abs=1.5)


def test_in_the_dark_nothing_is_said_about_green(make, plant):
    plant.light = 0.0
    driver = make()
    driver.open()
    seen = values(driver)
    assert "green_ratio" not in seen
    assert seen["size"] > 0


def test_grey_is_not_green_whatever_its_brightness():
    for level in (30, 128, 255):
        assert green_ratio(np.full((8, 8, 3), level, np.uint8)) == 0.0
    assert green_ratio(np.zeros((8, 8, 3), np.uint8)) is None


def test_the_oldest_stills_go_when_the_quota_is_reached(make, clock, tmp_path):
    driver = make()
    driver.open()
    size = values(driver)["size"]
    small = make(quota=int(size * 3.5))
    small.open()
    for _ in range(6):
        clock.forward(600)
        small.read()
    kept = sorted(int(p.stem) for p in (tmp_path / "dt:T" / "image.size").iterdir())
    assert kept == [clock.now_ms() - 600_000 * n for n in (2, 1, 0)]


def test_a_folder_that_cannot_be_written_is_an_error(make, tmp_path):
    (tmp_path / "dt:T").write_text("a file in the way")
    driver = make()
    driver.open()
    with pytest.raises(HardwareError, match="cannot keep the still"):
        driver.read()


def test_a_camera_that_is_not_open_is_an_error_and_closing_twice_is_none(make):
    driver = make()
    driver.close()
    driver.close()
    with pytest.raises(HardwareError, match="is not open"):
        driver.read()


def test_the_simulator_writes_what_others_can_read():
    pixels = drawn(37, 23, 30.0, 1000.0)
    file = png(pixels)
    data = b""
    at = 8
    while at < len(file):
        size = int.from_bytes(file[at : at + 4])
        kind, body = file[at + 4 : at + 8], file[at + 8 : at + 8 + size]
        assert zlib.crc32(kind + body) == int.from_bytes(
            file[at + 8 + size : at + 12 + size]
        )
        data += body if kind == b"IDAT" else b""
        at += 12 + size
    rows = np.frombuffer(zlib.decompress(data), np.uint8).reshape(23, 1 + 37 * 3)
    assert (rows[:, 0] == 0).all()
    assert (rows[:, 1:].reshape(23, 37, 3) == pixels).all()


class FakeRequest:
    def __init__(self, log):
        self.log = log

    def make_array(self, stream):
        return np.full((240, 320, 3), (10, 200, 10), np.uint8)

    def make_image(self, stream):
        return types.SimpleNamespace(save=lambda file, **how: file.write(b"\xff\xd8 jpeg"))

    def release(self):
        self.log.append("release")


class FakePicamera2:
    """Speaks as Picamera2 does, as far as its manual says."""

    log: ClassVar[list] = []
    present = 1

    @staticmethod
    def global_camera_info():
        return [{"Model": "imx708"}] * FakePicamera2.present

    def __init__(self, number):
        self.log.append(number)

    def create_still_configuration(self, main):
        self.log.append(main["format"])
        return main

    def configure(self, configuration):
        self.log.append("configure")

    def start(self):
        self.log.append("start")

    def capture_request(self):
        return FakeRequest(self.log)

    def stop(self):
        self.log.append("stop")

    def close(self):
        self.log.append("close")


@pytest.fixture
def picamera2(monkeypatch):
    FakePicamera2.log = []
    FakePicamera2.present = 1
    module = types.SimpleNamespace(Picamera2=FakePicamera2)
    monkeypatch.setitem(sys.modules, "picamera2", module)
    return FakePicamera2


def test_the_real_camera_gives_jpegs_and_releases_every_frame(make, picamera2, tmp_path):
    driver = make(buses=object())
    driver.open()
    assert values(driver)["green_ratio"] == 100.0
    driver.close()
    assert picamera2.log[:4] == [0, "BGR888", "configure", "start"]
    assert picamera2.log.count("release") == 9
    assert picamera2.log[-2:] == ["stop", "close"]
    assert next((tmp_path / "dt:T" / "image.size").iterdir()).suffix == ".jpg"


def test_a_camera_that_is_not_plugged_in_is_absent(make, picamera2):
    picamera2.present = 0
    with pytest.raises(HardwareAbsentError, match="there is no camera 0"):
        make(buses=object()).open()


def test_without_picamera2_the_error_says_how_to_install_it(make, monkeypatch):
    monkeypatch.setitem(sys.modules, "picamera2", None)
    with pytest.raises(HardwareError, match="apt install python3-picamera2"):
        make(buses=object()).open()


def test_picamera2_is_not_imported_before_a_camera_is_opened():
    code = "import collector.drivers.camera, sys; sys.exit('picamera2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
