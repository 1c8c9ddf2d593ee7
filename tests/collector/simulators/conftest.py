"""A simulated chip alone: what it senses, and time that is slept on."""

import pytest

from dt.hardware.chip import VirtualTime


@pytest.fixture
def time():
    return VirtualTime()


@pytest.fixture
def true():
    """What is true now, by quantity; a test may change it."""
    return {
        "illuminance": 1000.0,
        "temperature": 20.0,
        "humidity": 50.0,
        "pressure": 1000.0,
        "moisture": 50.0,
        "a0": 1.0,
        "a1": 0.25,
        "a2": 0.0,
        "a3": 0.0,
    }


@pytest.fixture
def chip(request, time, true):
    """The chip of the test module's CHIP."""
    return request.module.CHIP(true.__getitem__, time)
