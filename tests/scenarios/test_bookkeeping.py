"""The scenarios can fail: their bookkeeping notices what is lost, twice or missing."""

import pytest


def a_source(numbered, upto):
    source = numbered("a")
    (source.folder / "meant").write_text(f"{upto:020}")
    (source.folder / "taken").write_text(f"1 {upto} 0.0\n")
    return source


def found(make_stored, numbers, seqs=(1, 2, 3)):
    floats = [float(n) for n in numbers]
    return make_stored({"dt:Numbered_a/number": floats}, {1: list(seqs)})


def test_all_is_well(numbered, make_stored):
    all_there = found(make_stored, [1, 2, 3])
    assert all_there.holds_each_once(a_source(numbered, 3)) == []
    all_there.has_no_gap()


@pytest.mark.parametrize(
    ("numbers", "why"),
    [
        ([1, 3], "1 lost: \\[2\\]"),
        ([1, 2, 2, 3], "twice or out of order"),
        ([2, 1, 3], "twice or out of order"),
        ([], "3 lost"),
    ],
)
def test_a_fault_is_noticed(numbered, make_stored, numbers, why):
    with pytest.raises(AssertionError, match=why):
        found(make_stored, numbers).holds_each_once(a_source(numbered, 3))


def test_a_number_from_nowhere_is_noticed(numbered, make_stored):
    with pytest.raises(AssertionError):
        found(make_stored, [1, 2, 3, 4]).holds_each_once(a_source(numbered, 3))


@pytest.mark.parametrize("seqs", [(1, 3), (2, 3), (1, 1, 2)])
def test_a_gap_is_noticed(make_stored, seqs):
    with pytest.raises(AssertionError, match="epoch 1"):
        found(make_stored, [1, 2], seqs).has_no_gap()
