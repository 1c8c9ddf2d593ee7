"""Regulators: a setpoint and readings in, an output out. Pure."""
