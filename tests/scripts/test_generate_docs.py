"""Files that follow from the code are current."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def _files():
    path = ROOT / "scripts" / "generate_docs.py"
    spec = importlib.util.spec_from_file_location("generate_docs", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.files()


@pytest.mark.parametrize(
    ("path", "made"), _files().items(), ids=lambda x: getattr(x, "name", "")
)
def test_a_generated_file_is_current(path, made):
    assert path.read_text(encoding="utf-8") == made, "run: make docs"
