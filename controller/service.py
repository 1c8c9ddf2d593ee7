"""The process of the hands: ``dt run controller``.

The guardian is forked first, while this process is small and has no threads; all that
the controller needs is imported after that.
"""

from controller.guardian import Guardian
from dt.config import Config
from dt.service import Life


def run(config: Config, life: Life) -> None:
    """Control until told to stop.

    Raises:
        StoreError: The store cannot be opened.
        ServiceError: A thread that must live has died.
    """
    guardian = Guardian(lambda: _make_safe(config))
    guardian.start()
    try:
        from controller.controlling import control  # noqa: PLC0415 - see the module

        control(config, life, guardian)
    finally:
        guardian.release()


def _make_safe(config: Config) -> int:
    from controller.fitting import make_safe  # noqa: PLC0415 - see the module

    return make_safe(config)
