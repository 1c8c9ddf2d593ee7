import pytest

from collector.simulators.stemma_soil import StemmaSoil
from dt.errors import HardwareError
from dt.hardware.chip import Placement


@pytest.mark.parametrize(("percent", "counts"), [(0, 200), (34, 812), (100, 2000)])
def test_it_gives_counts_as_the_guide_says(bench, read, percent, counts):
    bench.plug("stemma_soil", address=0x38)
    bench.world["soil.moisture"] = percent
    sensor = bench.driver("stemma_soil", address=0x38)
    sensor.open()
    assert read(sensor)["moisture"] == counts


class Encoder(StemmaSoil):
    """Another board with the same program in it."""

    def _register(self, pair):
        return b"\x16\x3a\0\0" if pair == (0x00, 0x02) else super()._register(pair)


def test_another_seesaw_board_is_refused(bench, world):
    bench.buses.attach(Encoder, Placement(), world)
    with pytest.raises(HardwareError, match="product 5690, expected 4026"):
        bench.driver("stemma_soil").open()
