"""The core: the language that all organs speak, and their shared vessels."""

__version__ = "0.1.0"
