"""Pull requests: the plan in a comment, the approved plan applied on merge, drift in an issue.

What GitHub says (event, comments) becomes values, what it is to show becomes text, and ``run`` has the
pipeline do the work in between. Nothing that a manifest or a comment holds is trusted or obeyed.
"""
