"""Buses and chips as drivers see them: real on Linux, simulated anywhere."""
