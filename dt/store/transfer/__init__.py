"""Readings in files of others: CSV, JSON Lines, Parquet, SenML. One format, one module."""
