"""Whether this runs in a CI job, where nobody can answer a question and manifests may be hostile."""

from collections.abc import Mapping

SIGNS = ("CI", "GITHUB_ACTIONS", "GITLAB_CI", "BUILDKITE", "TF_BUILD", "TEAMCITY_VERSION", "JENKINS_URL")
"""Variables that CI services set in each job. All set CI except Azure Pipelines, TeamCity and Jenkins."""
NO = ("", "0", "false", "no")


def in_ci(environment: Mapping[str, str]) -> bool:
    """Whether a variable of a CI service is set."""
    return any(environment.get(name, "").strip().lower() not in NO for name in SIGNS)
