"""What the machine and its network allow: bare requests, the emulator's own speed, a peer's least."""

import http.client
import json
import subprocess
import threading
import time
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml


def posts(port: int, number: int, parallelism: int) -> float:
    """Seconds for ``number`` creates with nothing around them, ``parallelism`` at once."""
    own = threading.local()
    body = json.dumps({"name": "x", "data": "key = value\n" * 20})

    def post(_: int) -> None:
        if not hasattr(own, "connection"):
            own.connection = http.client.HTTPConnection("127.0.0.1", port)
        own.connection.request("POST", "/v1/companies/company_1/clusters/cluster_1/configs", body)
        own.connection.getresponse().read()

    began = time.perf_counter()
    with ThreadPoolExecutor(parallelism) as threads:
        list(threads.map(post, range(number)))
    return time.perf_counter() - began


def emulator(seconds: float = 2.0, threads: int = 8) -> float:
    """Requests a second that the emulator answers, asked from this same process: what it takes is more."""
    from reconciler import emulator as served

    counted = [0] * threads
    with served.serve(pace=0.0) as running:
        sign = b64encode(f"{running.key}:{running.value}".encode()).decode()
        end = time.perf_counter() + seconds

        def ask(number: int) -> None:
            connection = http.client.HTTPConnection("127.0.0.1", running.port)
            while time.perf_counter() < end:
                connection.request("GET", "/v1/companies/current", headers={"Authorization": f"Basic {sign}"})
                connection.getresponse().read()
                counted[number] += 1

        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(ask, range(threads)))
    return sum(counted) / seconds


def as_json(manifest: Path) -> Path:
    """The manifest as the shell's peer reads it."""
    path = manifest.with_suffix(".json")
    path.write_text(json.dumps(yaml.load(manifest.read_text(), Loader=yaml.CSafeLoader)))
    return path


def terraform(folder: Path, resources: int) -> tuple[str, ...]:
    """A plan without changes of so many of Terraform's built-in resources, which reach no network; the command."""
    folder.mkdir()
    (folder / "main.tf").write_text(
        "".join(f'resource "terraform_data" "r{i}" {{\n  input = "value {i}"\n}}\n' for i in range(resources))
    )
    for words in (["init"], ["apply", "-auto-approve"]):
        subprocess.run(["terraform", *words, "-no-color"], cwd=folder, check=True, capture_output=True)
    return ("terraform", f"-chdir={folder}", "plan", "-no-color", "-input=false")
