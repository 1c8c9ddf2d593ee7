"""The form of a line in the log."""

import logging

import pytest

from dt.logs import Logfmt


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("plain", "plain"),
        ("two words", '"two words"'),
        ("signals: {light.x: {unit: …}}", '"signals: {light.x: {unit: …}}"'),
        ("/home/Gewächs haus", '"/home/Gewächs haus"'),
        ('say "no"', '"say \\"no\\""'),
        ("C:\\ here", '"C:\\\\ here"'),
        ("two\nlines", '"two\\nlines"'),
        ("\x1b[31mred", '"\\x1b[31mred"'),
        ("", '""'),
        (0.1234567891, "0.123457"),
    ],
)
def test_a_value_is_written_so_that_people_and_programs_read_it(value, written):
    record = logging.makeLogRecord(
        {"msg": "said", "name": "a", "levelname": "INFO", "what": value}
    )
    assert Logfmt().format(record) == f"level=info logger=a msg=said what={written}"
