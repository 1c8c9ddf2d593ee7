import pytest


@pytest.mark.parametrize("repeatability", ["low", "medium", "high"])
@pytest.mark.parametrize(("celsius", "percent"), [(-40, 0), (0, 50), (125, 100)])
def test_each_repeatability_waits_long_enough(bench, read, repeatability, celsius, percent):
    bench.plug("sht31", address=0x45)
    bench.world |= {"air.temperature": celsius, "air.humidity": percent}
    sensor = bench.driver("sht31", address=0x45, repeatability=repeatability)
    sensor.open()
    assert read(sensor) == {
        "temperature": pytest.approx(celsius, abs=0.01),
        "humidity": pytest.approx(percent, abs=0.01),
    }
