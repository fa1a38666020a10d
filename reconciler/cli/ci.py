"""Whether this runs in a job of continuous integration, where nobody sits at a keyboard and manifests are hostile."""

from collections.abc import Mapping

SIGNS = ("CI", "GITHUB_ACTIONS", "GITLAB_CI", "BUILDKITE", "TF_BUILD", "TEAMCITY_VERSION", "JENKINS_URL")
"""Variables that the services set in each job; CI by all but Azure Pipelines, TeamCity and Jenkins."""
NO = ("", "0", "false", "no")


def in_ci(environment: Mapping[str, str]) -> bool:
    """Whether any of the variables is set by which CI services mark a job."""
    return any(environment.get(name, "").strip().lower() not in NO for name in SIGNS)
