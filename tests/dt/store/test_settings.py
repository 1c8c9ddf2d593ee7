"""Settings of the dashboard."""

import msgspec
import pytest

from dt.errors import CorruptError


class Look(msgspec.Struct, frozen=True):
    accent: str
    columns: int = 2


def test_a_setting_comes_back_as_what_it_was(appliance):
    appliance.settings.set("look", Look("green"), by="Ann")
    assert appliance.settings.struct("look", Look) == Look("green")
    appliance.settings.set("look", Look("red", 3))
    assert appliance.settings.get("look", Look("")) == Look("red", 3)


def test_what_is_not_set_is_the_default(appliance):
    assert appliance.settings.get("points", 1200) == 1200
    assert appliance.settings.struct("points", int) is None
    appliance.settings.set("points", 600)
    assert appliance.settings.forget("points")
    assert not appliance.settings.forget("points")
    assert appliance.settings.keys() == []


def test_a_setting_of_another_type_is_named(appliance):
    appliance.settings.set("points", "many")
    with pytest.raises(CorruptError, match=r"'points'.*expected int"):
        appliance.settings.get("points", 1200)
