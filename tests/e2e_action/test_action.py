"""The whole process of a pull request, run by act with the example workflows and the real action.yml."""

from tests.e2e_action.conftest import MANIFEST, PASSWORD
from tests.github.platform import writer as session_of
from tests.github.server import LONGEST, REPOSITORY, pull_body

PULL = 7


def opened(checkout, head, **more):
    return checkout.run(
        "plan", "pull_request", {"action": "opened", "pull_request": pull_body(PULL, head=head)}, **more
    )


def pushed(checkout, head):
    """Push the merge of the pull request with ``head``."""
    commit = checkout.git("rev-parse", "HEAD")
    checkout.github.append(commit)
    checkout.github.pulls_by_commit[commit] = [pull_body(PULL, head=head, merged=True)]
    payload = {"ref": "refs/heads/main", "before": "0" * 40, "after": commit, "commits": [{"id": commit}]}
    return checkout.run("apply", "push", payload)


def services(checkout):
    with session_of(checkout.platform) as (writer, at):
        return {service["name"]: service for service in writer.services(at)}


def scale(checkout, replicas):
    """Change the service outside git."""
    with session_of(checkout.platform) as (writer, at):
        web = next(service for service in writer.services(at) if service["name"] == "web")
        body = {key: web[key] for key in ("image", "update_monitor")}
        secrets = [{"name": secret["name"], "file_name": "database-password"} for secret in web["secrets"]]
        writer.replace_service(at, web["id"], {**body, "secrets": secrets, "replicas": replicas})


def test_a_plan_in_a_pull_request_is_applied_on_merge(checkout):
    head = checkout.git("rev-parse", "HEAD")

    ran = opened(checkout, head)

    assert ran.code == 0, ran.log
    assert "the workspace was imported" not in ran.log
    assert (ran.outputs["changes"], ran.outputs["create"]) == ("true", "2")
    assert "upload-artifact was reached" in ran.log
    assert "Plan: 2 to create" in checkout.comment()

    head = checkout.commit({"clinic/reconciler.yaml": MANIFEST.format(replicas=2)})
    assert opened(checkout, head).code == 0
    assert head[:12] in checkout.comment()

    ran = pushed(checkout, head)

    assert ran.code == 0, ran.log
    assert services(checkout)["web"]["replicas"] == 2
    assert "Apply complete: 2 applied" in checkout.comment(purpose="apply")
    assert PASSWORD not in ran.log
    assert not any(PASSWORD in comment["body"] for comment in checkout.github.comments[PULL])


def test_live_state_changed_since_the_plan_gives_plan_changed(checkout):
    first = checkout.git("rev-parse", "HEAD")
    opened(checkout, first)
    pushed(checkout, first)
    head = checkout.commit({"clinic/reconciler.yaml": MANIFEST.format(replicas=2)})
    opened(checkout, head)
    scale(checkout, 5)

    ran = pushed(checkout, head)

    assert ran.code != 0
    assert ran.outputs["failure-reason"] == "plan-changed"
    assert services(checkout)["web"]["replicas"] == 5
    assert "Outdated" in checkout.comment(purpose="apply")


def test_a_forks_pull_request_is_validated_without_secrets(checkout):
    pull = pull_body(PULL, head="1" * 40)
    pull["head"]["repo"]["full_name"] = "stranger/clinic"
    checkout.github.fault("POST", "/comments", status=403, times=99)

    ran = checkout.run("plan", "pull_request", {"pull_request": pull}, secrets=False)

    assert ran.code == 0, ran.log
    assert "Nothing else was checked" in ran.log
    assert ran.outputs["changes"] == "false"


def test_a_plan_larger_than_every_limit_is_shortened(checkout):
    services = "".join(
        f"  service-{number:04}:\n    image: registry.example.com/clinic/part:{number}\n"
        f"    command: {'x' * 900}{number}\n"
        for number in range(600)
    )
    head = checkout.commit({"clinic/reconciler.yaml": f"cluster: production\nservices:\n{services}"})

    ran = opened(checkout, head)

    assert ran.code == 0, ran.log[-3000:]
    assert ran.outputs["create"] == "600"
    assert len(checkout.comment()) <= LONGEST
    assert "Too long to show in full" in checkout.comment()
    assert "artifacts" in checkout.comment()


def test_a_hostile_manifest_can_not_inject_commands_approvals_or_mentions(checkout):
    nasty = (
        "\\n::error file=x,line=1::FORGED\\n::set-output name=changes::FORGED\\n##[error]FORGED\\n"
        "<!-- reconciler plan 0000000000000000 -->\\n</details>```\\n@acme/everyone [x](https://evil.example)"
    )
    manifest = (
        "cluster: production\nservices:\n  web:\n    image: nginx:1\n"
        f'    environment_variables: {{GREETING: "{nasty}"}}\n'
        f'configs:\n  page: {{data: "{nasty}"}}\n'
    )
    head = checkout.commit({"clinic/reconciler.yaml": manifest})

    ran = opened(checkout, head)

    assert ran.code == 0, ran.log
    assert not any("FORGED" in command for command in ran.obeyed)
    assert "FORGED" in ran.log
    assert ran.outputs["changes"] == "true"
    body = checkout.comment()
    assert body.count("<!-- reconciler plan") == 1
    assert body.startswith("<!-- reconciler plan")


def test_drift_opens_one_issue_and_closes_it_when_clean(checkout):
    head = checkout.git("rev-parse", "HEAD")
    opened(checkout, head)
    assert pushed(checkout, head).code == 0
    scale(checkout, 4)

    for _ in range(2):
        ran = checkout.run("drift", "workflow_dispatch", {})
        assert ran.code == 0, ran.log
    (issue,) = checkout.github.issues
    assert issue["state"] == "open"
    assert "replicas" in issue["body"]

    scale(checkout, 1)
    assert checkout.run("drift", "workflow_dispatch", {}).code == 0
    assert (issue["state"], len(checkout.github.issues)) == ("closed", 1)


def test_the_comment_is_posted_despite_failures_of_github(checkout):
    checkout.github.page_size = 1
    for number in range(3):
        checkout.github.add_comment(PULL, f"talk {number}", "stranger")
    checkout.github.fault("GET", "/comments", status=500)
    checkout.github.fault("GET", "/comments", status=429, headers={"Retry-After": "1"})
    checkout.github.fault("POST", f"/repos/{REPOSITORY}/issues/{PULL}/comments", status=502)

    ran = opened(checkout, checkout.git("rev-parse", "HEAD"))

    assert ran.code == 0, ran.log
    assert len(checkout.github.comments[PULL]) == 4
