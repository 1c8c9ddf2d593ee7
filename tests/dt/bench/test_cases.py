import ast
import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from dt.bench.cases import CASES

PAGE = Path(__file__).parents[3] / "docs" / "benchmarks.md"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_case_has_a_measure_and_is_documented(case):
    tree = ast.parse(Path(find_spec(case.module).origin).read_text(encoding="utf-8"))
    names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert "measure" in names
    assert re.search(rf"^\| `{case.name}` \|", PAGE.read_text(encoding="utf-8"), re.M)


def test_no_two_cases_have_one_name():
    assert len({case.name for case in CASES}) == len(CASES)
