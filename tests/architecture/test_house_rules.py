"""What every file of the house has to obey."""

import ast
import importlib
import re
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import msgspec
import pytest

from dt import errors

ROOT = Path(__file__).parents[2]
ORGANS = ("dt", "collector", "controller", "ai", "webapp")
SOURCES = [p for top in (*ORGANS, "scripts") for p in sorted((ROOT / top).rglob("*.py"))]
GROUPS = (
    "dt.services",
    "dt.commands",
    "dt.sensors",
    "dt.simulators",
    "dt.rules",
    "dt.checks",
    "dt.actuators",
    "dt.loads",
)
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}


def _read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def _name(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_a_module_has_at_most_400_lines_and_says_what_it_is(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 400
    assert ast.get_docstring(ast.parse(text)) or not text.strip()
    assert path.stem not in EMPTY_NAMES


def test_the_organs_are_imported_from_this_tree():
    for name in ORGANS:
        module = importlib.import_module(name)
        assert Path(module.__file__).parents[1] == ROOT, name


def test_broad_excepts_stay_rare():
    lines = broad = 0
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        lines += text.count("\n")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ExceptHandler) and (
                node.type is None
                or getattr(node.type, "id", "") in {"Exception", "BaseException"}
            ):
                broad += 1
    assert 1000 * broad / lines <= 1.6


def test_only_the_configuration_reads_the_environment():
    for path in SOURCES:
        if path == ROOT / "dt" / "config.py":
            continue
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        told = [  # a library may be told something through it
            node.value
            for node in nodes
            if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)
        ]
        for node in nodes:
            read = (
                isinstance(node, ast.Attribute)
                and node.attr in {"environ", "getenv"}
                and node not in told
            )
            assert not read, f"{_name(path)}:{node.lineno} reads the environment"


def test_only_the_server_names_eventlet():
    for path in SOURCES:
        if path != ROOT / "webapp" / "server.py":
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"^\s*(import|from) eventlet", text, re.M), _name(path)


def test_only_live_speaks_socketio():
    viewer = ROOT / "dt" / "bench" / "viewer.py"  # a browser's stand-in
    known = {ROOT / "webapp" / "live.py", ROOT / "webapp" / "server.py", viewer}
    for path in SOURCES:
        if path not in known:
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"^\s*(import|from) (flask_)?socketio", text, re.M), path
    for path in sorted((ROOT / "webapp" / "static" / "js").rglob("*.js")):
        if path.name != "live.js":
            assert "socket.io" not in path.read_text(encoding="utf-8").lower(), path


def test_scripts_and_pages_stay_small():
    for path in sorted((ROOT / "webapp" / "static" / "js").rglob("*.js")):
        assert path.read_text(encoding="utf-8").count("\n") <= 120, _name(path)
    for path in sorted((ROOT / "webapp" / "templates").rglob("*.html")):
        assert path.read_text(encoding="utf-8").count("\n") <= 150, _name(path)


def test_each_driver_has_a_simulator_of_the_same_file_name():
    for organ in ("collector", "controller"):
        drivers = {p.name for p in (ROOT / organ / "drivers").glob("*.py")}
        simulators = {p.name for p in (ROOT / organ / "simulators").glob("*.py")}
        assert drivers <= simulators


def test_every_driver_file_is_an_entry_point_and_short():
    table = tomllib.loads(_read("pyproject.toml"))["project"]["entry-points"]
    points = [*table["dt.sensors"].values(), *table["dt.actuators"].values()]
    named = {value.split(":")[0] for value in points}
    for path in ROOT.glob("co*/drivers/*.py"):
        if path.stem != "__init__":
            assert f"{path.parts[-3]}.drivers.{path.stem}" in named
            assert path.read_text(encoding="utf-8").count("\n") <= 150, _name(path)


@pytest.mark.parametrize("group", GROUPS)
def test_every_entry_point_loads_and_is_documented(group):
    page = {
        "dt.sensors": "docs/drivers.md",
        "dt.simulators": "docs/drivers.md",
        "dt.commands": "docs/commands.md",
        "dt.services": "docs/path.md",
        "dt.rules": "docs/rules.md",
        "dt.checks": "docs/control.md",
        "dt.actuators": "docs/actuators.md",
        "dt.loads": "docs/actuators.md",
    }[group]
    text = _read(page)
    found = [p for p in entry_points(group=group) if p.value.split(".")[0] in ORGANS]
    assert found
    for point in found:
        point.load()
        assert re.search(rf"`(dt (run )?)?{re.escape(point.name)}\b", text), point.name


def test_every_error_code_is_documented_and_stands_in_the_tree():
    text = _read("docs/errors.md")
    tree = errors.__doc__
    kinds = [errors.DtError]
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        if kind.__module__ != "dt.errors":
            continue
        assert kind.__name__.endswith("Error")
        assert f"`{kind.code}`" in text, kind.code
        assert re.search(rf"\b{kind.__name__}\b", tree), kind.__name__
        assert kind is errors.DtError or kind.code in tree


def test_the_glossary_has_every_noun_of_the_core():
    from dt.twin import description, quality, readings

    text = _read("docs/glossary.md").lower()
    for module in (description, quality, readings):
        for name, kind in vars(module).items():
            if isinstance(kind, type) and kind.__module__ == module.__name__:
                words = re.sub(r"(?<!^)(?=[A-Z])", " ", name).lower()
                noun = words.removesuffix(" spec").removesuffix(" description")
                assert noun in text, f"{name}: {noun!r} is not in docs/glossary.md"


def test_the_path_names_real_files():
    text = _read("docs/path.md")
    named = re.findall(r"`([a-z_]+(?:/[A-Za-z0-9_.*-]+)+)`", text)
    assert len(named) >= 15
    for name in named:
        assert list(ROOT.glob(name)), f"docs/path.md names {name}"


def test_links_between_documents_lead_somewhere():
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("twins/*/*.md")]
    for page in pages:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
            if not re.match(r"[a-z]+:", target):
                assert (page.parent / target).exists(), f"{_name(page)} → {target}"


def test_adrs_have_their_four_parts():
    for page in (ROOT / "docs" / "adr").glob("[0-9]*.md"):
        text = page.read_text(encoding="utf-8")
        for part in ("Status", "Context", "Decision", "Consequences"):
            assert re.search(rf"^#+ {part}|^\**{part}", text, re.M), f"{page.name}: {part}"


def test_nouns_that_cross_borders_are_frozen():
    for path in SOURCES:
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        if module.startswith(("dt.twin.", "dt.codec.")):
            for kind in vars(importlib.import_module(module)).values():
                if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
                    frozen = kind is msgspec.Struct or kind.__struct_config__.frozen
                    assert frozen, f"{module}.{kind.__name__}"
