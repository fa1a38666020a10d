"""Fields of a Compose file that the platform has no place for: what that means, and what to do instead."""

from collections.abc import Mapping
from typing import NamedTuple

from reconciler.compose.notes import Effect

CHANGES, MATTERS, HARMLESS = Effect.CHANGES, Effect.MATTERS, Effect.HARMLESS


class Missing(NamedTuple):
    """What it means that a field is left out."""

    effect: Effect
    message: str
    advice: str = ""


_IN_IMAGE = "set it in the image's Dockerfile"
_NO_API = "the API has no field for it"

SERVICE: Mapping[str, Missing] = {
    "annotations": Missing(HARMLESS, "annotations are for other tools"),
    "attach": Missing(HARMLESS, "it is for `docker compose up` alone"),
    "blkio_config": Missing(MATTERS, "block I/O is not limited here"),
    "cap_add": Missing(
        CHANGES, "containers get Docker's default capabilities", "use an image that needs no more"
    ),
    "cap_drop": Missing(
        MATTERS, "containers get Docker's default capabilities", "drop them in the entry point"
    ),
    "cgroup": Missing(MATTERS, _NO_API),
    "cgroup_parent": Missing(MATTERS, _NO_API),
    "container_name": Missing(
        MATTERS, "containers have names of the platform's own", "reach the service by its own name"
    ),
    "cpu_count": Missing(MATTERS, "processors are not limited here", "choose nodes of the right size"),
    "cpu_percent": Missing(MATTERS, "processors are not limited here", "choose nodes of the right size"),
    "cpu_period": Missing(MATTERS, "processors are not limited here", "choose nodes of the right size"),
    "cpu_quota": Missing(MATTERS, "processors are not limited here", "choose nodes of the right size"),
    "cpu_rt_period": Missing(MATTERS, "processors are not limited here", "choose nodes of the right size"),
    "cpu_rt_runtime": Missing(MATTERS, "processors are not limited here", "choose nodes of the right size"),
    "cpu_shares": Missing(MATTERS, "processors are not limited here", "choose nodes of the right size"),
    "cpus": Missing(MATTERS, "processors are not limited here", "choose nodes of the right size"),
    "cpuset": Missing(MATTERS, "processors are not limited here", "choose nodes of the right size"),
    "credential_spec": Missing(CHANGES, _NO_API),
    "develop": Missing(HARMLESS, "it is for `docker compose watch` alone"),
    "device_cgroup_rules": Missing(CHANGES, "containers reach no devices"),
    "devices": Missing(CHANGES, "containers reach no devices"),
    "dns": Missing(CHANGES, "containers use the platform's name servers"),
    "dns_opt": Missing(MATTERS, "containers use the platform's name servers"),
    "dns_search": Missing(CHANGES, "containers use the platform's name servers", "write full host names"),
    "domainname": Missing(MATTERS, _NO_API),
    "external_links": Missing(CHANGES, "a service is reached by its own name alone", "use that name"),
    "extra_hosts": Missing(CHANGES, "no names are added to /etc/hosts", "use names that a name server knows"),
    "gpus": Missing(CHANGES, "containers reach no devices"),
    "group_add": Missing(CHANGES, _NO_API, _IN_IMAGE),
    "hostname": Missing(MATTERS, "a container's host name is its id", "reach the service by its own name"),
    "init": Missing(MATTERS, "no init process is added", "start the image's program through tini"),
    "ipc": Missing(CHANGES, _NO_API),
    "isolation": Missing(MATTERS, _NO_API),
    "label_file": Missing(MATTERS, "services carry no labels here"),
    "links": Missing(CHANGES, "a service is reached by its own name alone", "use that name"),
    "logging": Missing(MATTERS, "the platform chooses where logs go"),
    "mac_address": Missing(MATTERS, _NO_API),
    "mem_limit": Missing(MATTERS, "memory is not limited here", "choose nodes of the right size"),
    "mem_reservation": Missing(MATTERS, "memory is not reserved here", "choose nodes of the right size"),
    "mem_swappiness": Missing(MATTERS, _NO_API),
    "memswap_limit": Missing(MATTERS, "memory is not limited here", "choose nodes of the right size"),
    "models": Missing(CHANGES, "the platform runs no models"),
    "oom_kill_disable": Missing(MATTERS, _NO_API),
    "oom_score_adj": Missing(MATTERS, _NO_API),
    "pid": Missing(CHANGES, "containers have process ids of their own"),
    "pids_limit": Missing(MATTERS, "processes are not limited here"),
    "platform": Missing(
        MATTERS,
        "the image's own platform counts",
        'pin it with placement_constraints: ["node.platform.arch == x86_64"]',
    ),
    "post_start": Missing(CHANGES, "no hooks are run", "run it in the entry point"),
    "pre_start": Missing(CHANGES, "no hooks are run", "run it in the entry point"),
    "pre_stop": Missing(CHANGES, "no hooks are run", "let the program handle SIGTERM"),
    "privileged": Missing(CHANGES, "no container is privileged here"),
    "provider": Missing(CHANGES, "the platform runs containers alone"),
    "pull_policy": Missing(
        HARMLESS,
        "an image is pulled when a container starts",
        "give images a tag that changes with their content",
    ),
    "pull_refresh_after": Missing(HARMLESS, "an image is pulled when a container starts"),
    "read_only": Missing(MATTERS, "the root file system can be written to"),
    "runtime": Missing(CHANGES, _NO_API),
    "security_opt": Missing(MATTERS, "Docker's default profile counts"),
    "shm_size": Missing(CHANGES, "shared memory is 64 MB, as Docker has it"),
    "stdin_open": Missing(HARMLESS, "nobody is attached to a service's input"),
    "stop_grace_period": Missing(MATTERS, "a container has 10 s to stop", "stop sooner on SIGTERM"),
    "stop_signal": Missing(MATTERS, "a container is stopped by SIGTERM", "set STOPSIGNAL in the Dockerfile"),
    "storage_opt": Missing(MATTERS, _NO_API),
    "sysctls": Missing(CHANGES, "no kernel parameters are set"),
    "tmpfs": Missing(MATTERS, "the folder is on the container's own disk and goes with it"),
    "tty": Missing(HARMLESS, "nobody is attached to a service's terminal"),
    "ulimits": Missing(CHANGES, "the platform's own limits count"),
    "umask": Missing(MATTERS, _NO_API, "set it in the entry point"),
    "use_api_socket": Missing(CHANGES, "containers can't reach Docker"),
    "user": Missing(CHANGES, "the image's own user counts", "set USER in the Dockerfile"),
    "userns_mode": Missing(MATTERS, _NO_API),
    "uts": Missing(MATTERS, _NO_API),
    "volumes_from": Missing(CHANGES, "mounts are not taken from other services", "mount the volumes by name"),
    "working_dir": Missing(CHANGES, "the image's own folder counts", "set WORKDIR in the Dockerfile"),
}

DEPLOY: Mapping[str, Missing] = {
    "endpoint_mode": Missing(MATTERS, "services have a virtual address (vip)"),
}

PLACEMENT: Mapping[str, Missing] = {
    "preferences": Missing(MATTERS, "replicas are spread over all nodes that meet the constraints"),
    "max_replicas_per_node": Missing(
        CHANGES, "several replicas may run on one node", "pin the service to nodes with placement_constraints"
    ),
}

RESOURCES: Mapping[str, Missing] = {
    "limits": Missing(
        CHANGES, "processors and memory are not limited here", "choose nodes of the right size"
    ),
    "reservations": Missing(MATTERS, "nothing is reserved here", "choose nodes of the right size"),
}

TOP: Mapping[str, Missing] = {
    "models": Missing(CHANGES, "the platform runs no models"),
    "jobs": Missing(CHANGES, "the platform runs no jobs"),
}
