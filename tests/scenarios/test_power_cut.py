"""A power cut loses no more than the loss bound, in one piece, and damages nothing."""

import os

import pytest

from dt.bench.plan import Plan
from dt.bench.powercut import measure

pytestmark = [pytest.mark.slow, pytest.mark.server]


def test_a_power_cut_costs_no_more_than_the_loss_bound(tmp_path, mounts):
    (outcome,) = measure(Plan(scratch=tmp_path, quick=not os.environ.get("CI")))
    assert outcome.verdict == "good", outcome
