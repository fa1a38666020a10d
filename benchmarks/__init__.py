"""Measures speed, requests and memory on this machine. ``python benchmarks/run.py`` runs everything."""
