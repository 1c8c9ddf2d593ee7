import pytest

from dt.bench.outcome import Outcome, number


def outcome(**changes):
    return Outcome(case="ingest", what="whole line", unit="readings/s", **changes)


@pytest.mark.parametrize(
    ("measured", "limits", "verdict"),
    [
        (150_000, {"at_least": 150_000}, "good"),
        (149_999, {"at_least": 150_000}, "MISSED"),
        (3.0, {"at_most": 3}, "good"),
        (3.01, {"at_most": 3}, "MISSED"),
        (float("nan"), {"at_most": 3}, "MISSED"),
        (float("nan"), {"at_least": 3}, "MISSED"),
        (5.0, {}, ""),
    ],
)
def test_a_figure_is_held_against_its_limit(measured, limits, verdict):
    assert outcome(measured=measured, **limits).verdict == verdict


def test_more_than_the_peer_is_a_ratio_above_one_when_more_is_better():
    found = outcome(measured=300_000, at_least=150_000, peer=100_000, peer_name="rows")
    assert found.ratio == "3 × rows"


def test_less_than_the_peer_is_a_ratio_above_one_when_less_is_better():
    found = outcome(measured=100, at_most=120, peer=5200, peer_name="rows")
    assert found.ratio == "52 × rows"


def test_without_a_peer_the_ratio_is_the_share_of_the_limit():
    assert outcome(measured=300_000, at_least=150_000).ratio == "2 × limit"
    assert outcome(measured=1.5, at_most=3).ratio == "50 % of limit"


@pytest.mark.parametrize(
    ("value", "text"),
    [(1234567.8, "1,234,568"), (99.94, "99.9"), (0.01234, "0.0123"), (float("nan"), "nan")],
)
def test_figures_have_three_digits_and_thousands_set_apart(value, text):
    assert number(value) == text
