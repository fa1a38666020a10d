"""Pull requests: the plan in a comment, the approved plan applied on merge, drift in an issue.

GitHub's event and comments are read into values, results are rendered as text, and ``run`` has the pipeline do
the work in between. Nothing in a manifest or a comment is trusted.
"""
