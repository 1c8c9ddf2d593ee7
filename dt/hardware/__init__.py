"""Buses and clock as drivers see them: real on Linux, simulated anywhere."""
