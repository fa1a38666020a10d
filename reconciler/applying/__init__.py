"""Carries out a plan: writes, with a read if an answer was lost; then verifies rollouts; deletes come last.

``reconciler.pipeline.apply_stack`` connects it with the record.
"""
