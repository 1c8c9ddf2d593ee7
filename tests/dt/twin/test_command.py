import pytest

from dt.errors import CommandError
from dt.twin.command import Verb, read


@pytest.mark.parametrize(
    ("text", "verb", "value", "on"),
    [
        ("ON", Verb.ON, None, True),
        (" OFF ", Verb.OFF, None, False),
        ("SET_PWM:0.4", Verb.SET_PWM, 0.4, True),
        ("SET_PWM:0", Verb.SET_PWM, 0.0, False),
        ("SET:21.5", Verb.SET, 21.5, True),
    ],
)
def test_a_command_is_read_and_written(text, verb, value, on):
    command = read(text)
    assert (command.verb, command.value, command.on) == (verb, value, on)
    assert str(command) == text.strip()


@pytest.mark.parametrize(
    "text",
    ["", "on", "ON:1", "SET", "SET:", "SET:x", "SET:nan", "SET_PWM:1.1", "RUN"],
)
def test_what_is_no_command_is_refused(text):
    with pytest.raises(CommandError, match="expected ON, OFF"):
        read(text)
