"""The use cases, each as its steps in order: load → check → fetch → plan → guard → apply → verify → report.

A command imports only the modules that it needs; ``manifests`` contacts no server.
"""
