"""Something that is dimmed: it does the share that it is given, at once."""

from dt.hardware.loads import Load


class Pwm(Load):
    """See `dt.hardware.loads`."""
