"""Speed, requests and memory, measured on the machine at hand. ``python benchmarks/run.py`` runs it all."""
