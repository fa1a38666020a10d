"""Fields of a Compose file that the platform does not support: the effect of each, and what to do instead."""

from collections.abc import Mapping
from typing import NamedTuple

from reconciler.compose.notes import Effect

CHANGES, MATTERS, HARMLESS = Effect.CHANGES, Effect.MATTERS, Effect.HARMLESS


class Unsupported(NamedTuple):
    """The effect of leaving out a field."""

    effect: Effect
    why: str
    advice: str = ""


_IN_IMAGE = "set it in the image's Dockerfile"
_NO_API = "the API has no field for it"

SERVICE: Mapping[str, Unsupported] = {
    "annotations": Unsupported(HARMLESS, "annotations are for other tools"),
    "attach": Unsupported(HARMLESS, "it is for `docker compose up` only"),
    "blkio_config": Unsupported(MATTERS, "the platform does not limit block I/O"),
    "cap_add": Unsupported(
        CHANGES, "containers get Docker's default capabilities", "use an image that needs no more"
    ),
    "cap_drop": Unsupported(
        MATTERS, "containers get Docker's default capabilities", "drop them in the entry point"
    ),
    "cgroup": Unsupported(MATTERS, _NO_API),
    "cgroup_parent": Unsupported(MATTERS, _NO_API),
    "container_name": Unsupported(
        MATTERS, "the platform names containers itself", "reach the service by its own name"
    ),
    "cpu_count": Unsupported(MATTERS, "the platform does not limit CPUs", "choose nodes of the right size"),
    "cpu_percent": Unsupported(MATTERS, "the platform does not limit CPUs", "choose nodes of the right size"),
    "cpu_period": Unsupported(MATTERS, "the platform does not limit CPUs", "choose nodes of the right size"),
    "cpu_quota": Unsupported(MATTERS, "the platform does not limit CPUs", "choose nodes of the right size"),
    "cpu_rt_period": Unsupported(
        MATTERS, "the platform does not limit CPUs", "choose nodes of the right size"
    ),
    "cpu_rt_runtime": Unsupported(
        MATTERS, "the platform does not limit CPUs", "choose nodes of the right size"
    ),
    "cpu_shares": Unsupported(MATTERS, "the platform does not limit CPUs", "choose nodes of the right size"),
    "cpus": Unsupported(MATTERS, "the platform does not limit CPUs", "choose nodes of the right size"),
    "cpuset": Unsupported(MATTERS, "the platform does not limit CPUs", "choose nodes of the right size"),
    "credential_spec": Unsupported(CHANGES, _NO_API),
    "develop": Unsupported(HARMLESS, "it is for `docker compose watch` only"),
    "device_cgroup_rules": Unsupported(CHANGES, "containers reach no devices"),
    "devices": Unsupported(CHANGES, "containers reach no devices"),
    "dns": Unsupported(CHANGES, "containers use the platform's name servers"),
    "dns_opt": Unsupported(MATTERS, "containers use the platform's name servers"),
    "dns_search": Unsupported(CHANGES, "containers use the platform's name servers", "write full host names"),
    "domainname": Unsupported(MATTERS, _NO_API),
    "external_links": Unsupported(CHANGES, "a service is reached by its own name only", "use that name"),
    "extra_hosts": Unsupported(
        CHANGES, "no names are added to /etc/hosts", "use names that a name server knows"
    ),
    "gpus": Unsupported(CHANGES, "containers reach no devices"),
    "group_add": Unsupported(CHANGES, _NO_API, _IN_IMAGE),
    "hostname": Unsupported(
        MATTERS, "the host name of a container is its id", "reach the service by its own name"
    ),
    "init": Unsupported(MATTERS, "no init process is added", "start the image's program through tini"),
    "ipc": Unsupported(CHANGES, _NO_API),
    "isolation": Unsupported(MATTERS, _NO_API),
    "label_file": Unsupported(MATTERS, "services of the platform have no labels"),
    "logging": Unsupported(MATTERS, "the platform chooses where logs go"),
    "mac_address": Unsupported(MATTERS, _NO_API),
    "mem_limit": Unsupported(MATTERS, "the platform does not limit memory", "choose nodes of the right size"),
    "mem_reservation": Unsupported(
        MATTERS, "the platform does not reserve memory", "choose nodes of the right size"
    ),
    "mem_swappiness": Unsupported(MATTERS, _NO_API),
    "memswap_limit": Unsupported(
        MATTERS, "the platform does not limit memory", "choose nodes of the right size"
    ),
    "models": Unsupported(CHANGES, "the platform runs no models"),
    "oom_kill_disable": Unsupported(MATTERS, _NO_API),
    "oom_score_adj": Unsupported(MATTERS, _NO_API),
    "pid": Unsupported(CHANGES, "a container sees its own processes only"),
    "pids_limit": Unsupported(MATTERS, "the platform does not limit processes"),
    "platform": Unsupported(
        MATTERS,
        "the platform of the image is used",
        'pin it with placement_constraints: ["node.platform.arch == x86_64"]',
    ),
    "post_start": Unsupported(CHANGES, "the platform runs no hooks", "run it in the entry point"),
    "pre_start": Unsupported(CHANGES, "the platform runs no hooks", "run it in the entry point"),
    "pre_stop": Unsupported(CHANGES, "the platform runs no hooks", "let the program handle SIGTERM"),
    "privileged": Unsupported(CHANGES, "the platform runs no privileged containers"),
    "provider": Unsupported(CHANGES, "the platform runs containers only"),
    "pull_policy": Unsupported(
        HARMLESS,
        "an image is pulled when a container starts",
        "give images a tag that changes with their content",
    ),
    "pull_refresh_after": Unsupported(HARMLESS, "an image is pulled when a container starts"),
    "read_only": Unsupported(MATTERS, "the root file system can be written to"),
    "runtime": Unsupported(CHANGES, _NO_API),
    "security_opt": Unsupported(MATTERS, "Docker's default profile applies"),
    "shm_size": Unsupported(CHANGES, "shared memory is 64 MB, Docker's default"),
    "stdin_open": Unsupported(HARMLESS, "nobody is attached to a service's input"),
    "stop_grace_period": Unsupported(MATTERS, "a container has 10 s to stop", "stop sooner on SIGTERM"),
    "stop_signal": Unsupported(
        MATTERS, "a container is stopped by SIGTERM", "set STOPSIGNAL in the Dockerfile"
    ),
    "storage_opt": Unsupported(MATTERS, _NO_API),
    "sysctls": Unsupported(CHANGES, "no kernel parameters are set"),
    "tmpfs": Unsupported(MATTERS, "the folder is on the container's disk, and is lost with it"),
    "tty": Unsupported(HARMLESS, "nobody is attached to a service's terminal"),
    "ulimits": Unsupported(CHANGES, "the platform's limits apply"),
    "umask": Unsupported(MATTERS, _NO_API, "set it in the entry point"),
    "use_api_socket": Unsupported(CHANGES, "containers cannot reach Docker"),
    "user": Unsupported(CHANGES, "the user of the image is used", "set USER in the Dockerfile"),
    "userns_mode": Unsupported(MATTERS, _NO_API),
    "uts": Unsupported(MATTERS, _NO_API),
    "volumes_from": Unsupported(
        CHANGES, "mounts are not taken from other services", "mount the volumes by name"
    ),
    "working_dir": Unsupported(
        CHANGES, "the working directory of the image is used", "set WORKDIR in the Dockerfile"
    ),
}

DEPLOY: Mapping[str, Unsupported] = {
    "endpoint_mode": Unsupported(MATTERS, "services have a virtual IP address (vip)"),
}

PLACEMENT: Mapping[str, Unsupported] = {
    "preferences": Unsupported(MATTERS, "replicas are spread over all nodes that meet the constraints"),
    "max_replicas_per_node": Unsupported(
        CHANGES, "several replicas may run on one node", "pin the service to nodes with placement_constraints"
    ),
}

RESOURCES: Mapping[str, Unsupported] = {
    "limits": Unsupported(
        CHANGES, "the platform does not limit CPUs and memory", "choose nodes of the right size"
    ),
    "reservations": Unsupported(
        MATTERS, "the platform reserves no CPUs or memory", "choose nodes of the right size"
    ),
}

TOP: Mapping[str, Unsupported] = {
    "models": Unsupported(CHANGES, "the platform runs no models"),
    "jobs": Unsupported(CHANGES, "the platform runs no jobs"),
}
