"""Fields of a Compose file that the platform has no place for: what that means, and what to do instead."""

from collections.abc import Mapping
from typing import NamedTuple

from reconciler.compose.notes import Effect

CHANGES, MATTERS, HARMLESS = Effect.CHANGES, Effect.MATTERS, Effect.HARMLESS


class LeftOut(NamedTuple):
    """What it means that a field is left out."""

    effect: Effect
    message: str
    advice: str = ""


_IN_IMAGE = "set it in the image's Dockerfile"
_NO_API = "the API has no field for it"

SERVICE: Mapping[str, LeftOut] = {
    "annotations": LeftOut(HARMLESS, "annotations are for other tools"),
    "attach": LeftOut(HARMLESS, "it is for `docker compose up` only"),
    "blkio_config": LeftOut(MATTERS, "the platform does not limit block I/O"),
    "cap_add": LeftOut(
        CHANGES, "containers get Docker's default capabilities", "use an image that needs no more"
    ),
    "cap_drop": LeftOut(
        MATTERS, "containers get Docker's default capabilities", "drop them in the entry point"
    ),
    "cgroup": LeftOut(MATTERS, _NO_API),
    "cgroup_parent": LeftOut(MATTERS, _NO_API),
    "container_name": LeftOut(
        MATTERS, "the platform names containers itself", "reach the service by its own name"
    ),
    "cpu_count": LeftOut(MATTERS, "the platform does not limit CPUs", "choose nodes of the right size"),
    "cpu_percent": LeftOut(MATTERS, "the platform does not limit CPUs", "choose nodes of the right size"),
    "cpu_period": LeftOut(MATTERS, "the platform does not limit CPUs", "choose nodes of the right size"),
    "cpu_quota": LeftOut(MATTERS, "the platform does not limit CPUs", "choose nodes of the right size"),
    "cpu_rt_period": LeftOut(MATTERS, "the platform does not limit CPUs", "choose nodes of the right size"),
    "cpu_rt_runtime": LeftOut(MATTERS, "the platform does not limit CPUs", "choose nodes of the right size"),
    "cpu_shares": LeftOut(MATTERS, "the platform does not limit CPUs", "choose nodes of the right size"),
    "cpus": LeftOut(MATTERS, "the platform does not limit CPUs", "choose nodes of the right size"),
    "cpuset": LeftOut(MATTERS, "the platform does not limit CPUs", "choose nodes of the right size"),
    "credential_spec": LeftOut(CHANGES, _NO_API),
    "develop": LeftOut(HARMLESS, "it is for `docker compose watch` only"),
    "device_cgroup_rules": LeftOut(CHANGES, "containers reach no devices"),
    "devices": LeftOut(CHANGES, "containers reach no devices"),
    "dns": LeftOut(CHANGES, "containers use the platform's name servers"),
    "dns_opt": LeftOut(MATTERS, "containers use the platform's name servers"),
    "dns_search": LeftOut(CHANGES, "containers use the platform's name servers", "write full host names"),
    "domainname": LeftOut(MATTERS, _NO_API),
    "external_links": LeftOut(CHANGES, "a service is reached by its own name only", "use that name"),
    "extra_hosts": LeftOut(CHANGES, "no names are added to /etc/hosts", "use names that a name server knows"),
    "gpus": LeftOut(CHANGES, "containers reach no devices"),
    "group_add": LeftOut(CHANGES, _NO_API, _IN_IMAGE),
    "hostname": LeftOut(
        MATTERS, "the host name of a container is its id", "reach the service by its own name"
    ),
    "init": LeftOut(MATTERS, "no init process is added", "start the image's program through tini"),
    "ipc": LeftOut(CHANGES, _NO_API),
    "isolation": LeftOut(MATTERS, _NO_API),
    "label_file": LeftOut(MATTERS, "services of the platform have no labels"),
    "logging": LeftOut(MATTERS, "the platform chooses where logs go"),
    "mac_address": LeftOut(MATTERS, _NO_API),
    "mem_limit": LeftOut(MATTERS, "the platform does not limit memory", "choose nodes of the right size"),
    "mem_reservation": LeftOut(
        MATTERS, "the platform does not reserve memory", "choose nodes of the right size"
    ),
    "mem_swappiness": LeftOut(MATTERS, _NO_API),
    "memswap_limit": LeftOut(MATTERS, "the platform does not limit memory", "choose nodes of the right size"),
    "models": LeftOut(CHANGES, "the platform runs no models"),
    "oom_kill_disable": LeftOut(MATTERS, _NO_API),
    "oom_score_adj": LeftOut(MATTERS, _NO_API),
    "pid": LeftOut(CHANGES, "a container sees its own processes only"),
    "pids_limit": LeftOut(MATTERS, "the platform does not limit processes"),
    "platform": LeftOut(
        MATTERS,
        "the platform of the image is used",
        'pin it with placement_constraints: ["node.platform.arch == x86_64"]',
    ),
    "post_start": LeftOut(CHANGES, "the platform runs no hooks", "run it in the entry point"),
    "pre_start": LeftOut(CHANGES, "the platform runs no hooks", "run it in the entry point"),
    "pre_stop": LeftOut(CHANGES, "the platform runs no hooks", "let the program handle SIGTERM"),
    "privileged": LeftOut(CHANGES, "the platform runs no privileged containers"),
    "provider": LeftOut(CHANGES, "the platform runs containers only"),
    "pull_policy": LeftOut(
        HARMLESS,
        "an image is pulled when a container starts",
        "give images a tag that changes with their content",
    ),
    "pull_refresh_after": LeftOut(HARMLESS, "an image is pulled when a container starts"),
    "read_only": LeftOut(MATTERS, "the root file system can be written to"),
    "runtime": LeftOut(CHANGES, _NO_API),
    "security_opt": LeftOut(MATTERS, "Docker's default profile applies"),
    "shm_size": LeftOut(CHANGES, "shared memory is 64 MB, Docker's default"),
    "stdin_open": LeftOut(HARMLESS, "nobody is attached to a service's input"),
    "stop_grace_period": LeftOut(MATTERS, "a container has 10 s to stop", "stop sooner on SIGTERM"),
    "stop_signal": LeftOut(MATTERS, "a container is stopped by SIGTERM", "set STOPSIGNAL in the Dockerfile"),
    "storage_opt": LeftOut(MATTERS, _NO_API),
    "sysctls": LeftOut(CHANGES, "no kernel parameters are set"),
    "tmpfs": LeftOut(MATTERS, "the folder is on the container's disk, and is lost with it"),
    "tty": LeftOut(HARMLESS, "nobody is attached to a service's terminal"),
    "ulimits": LeftOut(CHANGES, "the platform's limits apply"),
    "umask": LeftOut(MATTERS, _NO_API, "set it in the entry point"),
    "use_api_socket": LeftOut(CHANGES, "containers can't reach Docker"),
    "user": LeftOut(CHANGES, "the user of the image is used", "set USER in the Dockerfile"),
    "userns_mode": LeftOut(MATTERS, _NO_API),
    "uts": LeftOut(MATTERS, _NO_API),
    "volumes_from": LeftOut(CHANGES, "mounts are not taken from other services", "mount the volumes by name"),
    "working_dir": LeftOut(
        CHANGES, "the working directory of the image is used", "set WORKDIR in the Dockerfile"
    ),
}

DEPLOY: Mapping[str, LeftOut] = {
    "endpoint_mode": LeftOut(MATTERS, "services have a virtual IP address (vip)"),
}

PLACEMENT: Mapping[str, LeftOut] = {
    "preferences": LeftOut(MATTERS, "replicas are spread over all nodes that meet the constraints"),
    "max_replicas_per_node": LeftOut(
        CHANGES, "several replicas may run on one node", "pin the service to nodes with placement_constraints"
    ),
}

RESOURCES: Mapping[str, LeftOut] = {
    "limits": LeftOut(
        CHANGES, "the platform does not limit CPUs and memory", "choose nodes of the right size"
    ),
    "reservations": LeftOut(
        MATTERS, "the platform reserves no CPUs or memory", "choose nodes of the right size"
    ),
}

TOP: Mapping[str, LeftOut] = {
    "models": LeftOut(CHANGES, "the platform runs no models"),
    "jobs": LeftOut(CHANGES, "the platform runs no jobs"),
}
