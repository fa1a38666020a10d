"""A plan carried out: each write settled by reading, rollouts verified, deletes last.

Imports nothing by itself; ``reconciler.pipeline.apply_stack`` puts it together with the record.
"""
