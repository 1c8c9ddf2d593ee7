"""Every text has its German, the compiled catalogues are those of the sources."""

import io
import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from webapp import language

WEBAPP = Path(__file__).parents[2] / "webapp"
GAPS = re.compile(r"%\(\w+\)s")


def catalogue(name):
    path = WEBAPP / "translations" / name / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        return read_po(file, locale=name)


def texts():
    """Return every marked text of the sources."""
    found = extract_from_dir(
        WEBAPP,
        method_map=[("**.py", "python"), ("templates/**.html", "jinja2")],
        options_map={"templates/**.html": {"trimmed": "true"}},
        keywords={"_": None, "_n": (1, 2)},
    )
    return {entry[2][0] if isinstance(entry[2], tuple) else entry[2] for entry in found}


@pytest.mark.parametrize("name", sorted(set(language.LANGUAGES) - {"en"}))
def test_a_catalogue_is_complete_and_keeps_the_gaps(name):
    known = catalogue(name)
    for text in texts():
        entry = known.get(text)
        assert entry is not None, f"run scripts/translate: {text!r}"
        strings = entry.string if isinstance(entry.string, tuple) else (entry.string,)
        assert all(strings), f"{text!r} has no {name}"
        assert not entry.fuzzy
        for string in strings:
            assert sorted(GAPS.findall(string)) == sorted(GAPS.findall(text)), text


@pytest.mark.parametrize("name", sorted(set(language.LANGUAGES) - {"en"}))
def test_what_is_compiled_is_what_is_written(name):
    made = io.BytesIO()
    write_mo(made, catalogue(name))
    path = WEBAPP / "translations" / name / "LC_MESSAGES" / "messages.mo"
    assert made.getvalue() == path.read_bytes(), "run scripts/translate"


def test_the_language_is_the_persons_else_the_browsers_else_english(house):
    client = house.client("viewer", accept="text/html")
    assert 'lang="en"' in client.get("/").text
    german = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}
    assert 'lang="de"' in client.get("/", headers=german).text
    assert 'lang="en"' in client.get("/", headers={"Accept-Language": "ja"}).text
    user = house.context.appliance.users.named("viewer")
    house.context.appliance.users.set_preferences(user.id, locale="de")
    assert 'lang="de"' in client.get("/", headers={"Accept-Language": "en"}).text


def test_a_text_outside_a_request_stays_english_and_takes_its_values():
    assert language._("%(span)s ago", span="4 s") == "4 s ago"
    assert language._n("%(num)s twin", "%(num)s twins", 2) == "2 twins"
