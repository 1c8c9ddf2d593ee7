import pytest


class FakeClock:
    """Time that a test turns by hand."""

    def __init__(self) -> None:
        self.mono = 1000.0
        self.utc_ms = 1_770_000_000_000
        self.believed = True

    def now_ms(self) -> int:
        return self.utc_ms

    def monotonic(self) -> float:
        return self.mono

    def trusted(self) -> bool:
        return self.believed

    def boot_id(self) -> str:
        return "boot"

    def forward(self, seconds: float) -> None:
        self.mono += seconds
        self.utc_ms += round(seconds * 1000)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()
