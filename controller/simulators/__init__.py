"""Simulated actuators, one file each, of the same names as their drivers."""
