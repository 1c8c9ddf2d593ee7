"""Readings become events, alerts and commands. Pure."""
