"""Declarative desired-state reconciler for MedStack Control."""

__version__ = "0.1.0"
