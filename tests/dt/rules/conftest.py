import pytest

from dt import plugins
from dt.rules.reading import rules_of
from dt.twin.document import Reader
from dt.twin.reader import read

KINDS = {name: plugins.load("dt.rules", name)() for name in plugins.names("dt.rules")}


@pytest.fixture
def kinds():
    return KINDS


@pytest.fixture
def compiled():
    """Compile entries under ``rules:`` of a twin with signals a and b."""

    def compile_(*entries, signals="a: {}, b: {}"):
        text = f'"@id": dt:Box_001\nsignals: {{{signals}}}\n'
        text += "actuators: {pump: {}}\nrules:\n"
        text += "".join(f"  - {{{entry}}}\n" for entry in entries)
        twin = read(text, "twins/box/twin.yaml")
        reader = Reader(twin.source)
        rules = rules_of(twin, KINDS, reader)
        assert not reader.problems, "\n".join(map(str, reader.problems))
        return rules

    return compile_
