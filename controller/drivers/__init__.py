"""Drivers of actuators, one file each; see docs/actuators.md."""
