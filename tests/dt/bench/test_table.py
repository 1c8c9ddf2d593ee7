import msgspec
import numpy as np
import pytest

from dt.bench import table
from dt.bench.machine import Machine
from dt.bench.outcome import Outcome
from dt.errors import ConfigError

MACHINE = Machine(
    cpu="Cortex-A72",
    cores=4,
    memory_gb=4.1,
    kernel="Linux 6.12 aarch64",
    python="3.11.2",
    product="0.1.0",
    day="2026-11-21",
    load=0.1,
)
OUTCOMES = [
    Outcome(case="a", what="x | y", measured=2, unit="s", at_most=1, note="slow disk"),
    Outcome(case="longer", what="z", measured=3, unit="B"),
]


def test_the_terminal_sees_columns_that_stand_below_each_other():
    head, rule, first, second, *rest = table.plain(OUTCOMES).splitlines()
    assert head.index("measured") == first.index("2 s") == second.index("3 B")
    assert set(rule) == {"-", " "}
    assert "MISSED" in first
    assert rest == ["", "a, x | y: slow disk"]


def test_the_page_sees_the_machine_and_a_table_without_stray_bars():
    text = table.markdown(OUTCOMES, MACHINE)
    assert "4 × Cortex-A72" in text
    assert "| a | x \\| y | 2 s | ≤ 1 | 200 % of limit | MISSED |" in text


def test_only_the_part_between_the_marks_is_rewritten(tmp_path):
    page = tmp_path / "benchmarks.md"
    page.write_text(f"# Before\n{table.BEGIN}\nold\n{table.END}\nafter\n")
    table.record(page, "new")
    assert page.read_text() == f"# Before\n{table.BEGIN}\n\nnew\n\n{table.END}\nafter\n"


@pytest.mark.parametrize("text", [None, "no marks", f"{table.BEGIN} only"])
def test_a_page_without_marks_is_left_alone(tmp_path, text):
    page = tmp_path / "benchmarks.md"
    if text is not None:
        page.write_text(text)
    with pytest.raises(ConfigError, match="has no place for the table"):
        table.record(page, "new")
    assert text is None or page.read_text() == text


def test_figures_of_numpy_are_json_too():
    one = Outcome(case="edge", what="start", measured=np.float64(1.5), unit="s", at_most=3)
    said = msgspec.json.decode(table.as_json([one], Machine.here()))
    assert said["outcomes"][0]["measured"] == 1.5
    assert said["machine"]
