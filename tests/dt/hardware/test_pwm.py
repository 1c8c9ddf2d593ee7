"""The kernel's PWM on a stand-in for sysfs that refuses what the kernel refuses."""

import os
from pathlib import Path

import pytest

from dt.errors import HardwareAbsentError, HardwareError
from dt.hardware.linux import LinuxBuses
from dt.hardware.pwm import LinuxPwm
from dt.hardware.pwm_pins import channel_of


class Channel:
    """Files of one channel, and what was written to them, in order."""

    def __init__(self, chip, number, monkeypatch):
        self.folder = chip / f"pwm{number}"
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in ("duty_cycle", "period", "enable"):
            (self.folder / name).write_text("0")
        self.log = []
        write = Path.write_text

        def judged(path, text, *args, **kwargs):
            if path.parent == self.folder:
                self.judge(path.name, int(text))
            return write(path, text, *args, **kwargs)

        monkeypatch.setattr(Path, "write_text", judged)

    def value(self, name):
        return int((self.folder / name).read_text())

    def judge(self, name, value):
        """Refuse as pwm_apply_state does. Source: Linux, drivers/pwm/core.c."""
        wanted = {n: self.value(n) for n in ("duty_cycle", "period")} | {name: value}
        if not wanted["period"] or wanted["duty_cycle"] > wanted["period"]:
            raise OSError(22, "Invalid argument")
        self.log.append((name, value))


@pytest.fixture
def chip(tmp_path):
    folder = tmp_path / "sys/class/pwm/pwmchip0"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def channel(chip, monkeypatch):
    return Channel(chip, 1, monkeypatch)


def test_a_fresh_channel_gets_its_period_before_its_duty(tmp_path, channel):
    pwm = LinuxPwm(0, 1, tmp_path)
    assert pwm.read() == 0.0
    pwm.write(0.25, 1000.0)
    assert channel.log == [("period", 1_000_000), ("duty_cycle", 250_000), ("enable", 1)]
    assert pwm.read() == 0.25
    pwm.write(0.0, 1000.0)
    assert pwm.read() == 0.0


def test_a_channel_that_runs_does_not_blink_when_another_process_takes_it(
    tmp_path, channel
):
    LinuxPwm(0, 1, tmp_path).write(0.5, 1000.0)
    channel.log.clear()
    LinuxPwm(0, 1, tmp_path).write(0.5, 1000.0)
    assert channel.log == [("duty_cycle", 500_000), ("enable", 1)]


def test_a_higher_frequency_is_taken_although_the_duty_was_longer(tmp_path, channel):
    LinuxPwm(0, 1, tmp_path).write(1.0, 100.0)
    pwm = LinuxPwm(0, 1, tmp_path)
    pwm.write(0.5, 25_000.0)
    assert (channel.value("period"), pwm.read()) == (40_000, 0.5)


def test_what_cannot_be_read_is_not_told_as_off(tmp_path, channel):
    pwm = LinuxPwm(0, 1, tmp_path)
    pwm.write(0.5, 1000.0)
    (channel.folder / "duty_cycle").unlink()
    with pytest.raises(HardwareError, match=r"pwm0.1 cannot be read"):
        pwm.read()


def test_a_channel_is_exported_and_waited_for(tmp_path, chip, monkeypatch):
    (chip / "export").write_text("")
    looks = []

    def access(path, mode):
        looks.append(path)
        if len(looks) == 3:
            (chip / "pwm1").mkdir()
            for name in ("duty_cycle", "period", "enable"):
                (chip / "pwm1" / name).write_text("0")
        return len(looks) >= 3

    monkeypatch.setattr(os, "access", access)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    LinuxPwm(0, 1, tmp_path).write(0.5, 1000.0)
    assert (chip / "export").read_text() == "1"
    assert (chip / "pwm1/enable").read_text() == "1"


def test_a_pwm_chip_that_is_missing_is_told(tmp_path):
    with pytest.raises(HardwareAbsentError, match="pwmchip0"):
        LinuxPwm(0, 0, tmp_path).write(0.5, 100.0)


def board(root, **chips):
    for name, device in chips.items():
        real = root / "sys/devices/platform" / device
        real.mkdir(parents=True)
        (root / "sys/class/pwm" / name).mkdir(parents=True)
        (root / "sys/class/pwm" / name / "device").symlink_to(real)


@pytest.mark.parametrize(
    ("chips", "found"),
    [
        (
            {"pwmchip0": "107d517a80.pwm", "pwmchip2": "1f00098000.pwm"},
            {12: (2, 0), 13: (2, 1), 18: (2, 2), 19: (2, 3)},
        ),
        (
            {"pwmchip0": "1f00098000.pwm", "pwmchip1": "1f0009c000.pwm"},
            {12: (0, 0), 13: (0, 1), 18: (0, 2), 19: (0, 3)},
        ),
        (
            {"pwmchip0": "fe20c000.pwm"},
            {12: (0, 0), 13: (0, 1), 18: (0, 0), 19: (0, 1)},
        ),
        ({"pwmchip0": "3f20c000.pwm"}, {18: (0, 0), 19: (0, 1)}),
    ],
    ids=["pi5 on 6.6", "pi5 on 6.12", "pi4", "pi3"],
)
def test_a_pin_finds_its_channel_by_the_device_of_the_chip(tmp_path, chips, found):
    board(tmp_path, **chips)
    assert {pin: channel_of(pin, tmp_path) for pin in found} == found


@pytest.mark.parametrize(("pin", "overlay"), [(12, "pin=12,func=4"), (18, "pin=18,func=2")])
def test_a_header_without_pwm_is_told_with_the_overlay(tmp_path, pin, overlay):
    board(tmp_path, pwmchip0="1f0009c000.pwm")
    with pytest.raises(HardwareAbsentError, match=f"GPIO {pin}") as caught:
        channel_of(pin, tmp_path)
    assert f"dtoverlay=pwm,{overlay} " in caught.value.hint


def test_two_pins_of_one_channel_cannot_both_be_dimmed(tmp_path):
    board(tmp_path, pwmchip0="fe20c000.pwm")
    buses = LinuxBuses(tmp_path)
    assert buses.pwm_pin(12).name == "pwm0.0"
    assert buses.pwm_pin(12).name == "pwm0.0"
    with pytest.raises(HardwareError, match="GPIO 18 cannot be dimmed beside GPIO 12"):
        buses.pwm_pin(18)
    assert buses.pwm_pin(13).name == "pwm0.1"
