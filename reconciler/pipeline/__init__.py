"""load → check → fetch → plan → guard → apply → verify → report, in that order, as the commands use it.

Each module is imported by the commands that need it alone: ``manifests`` talks to no server.
"""
