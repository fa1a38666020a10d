"""The minimum work of any reconciler, for comparison: read YAML, read live state, compare, write.

    python benchmarks/baseline.py plan|create MANIFEST URL [PARALLELISM]

It validates and explains nothing, has no lease, no record and no retries, and watches no rollouts. It uses no
argument parser, no requests, no click and no schema, so its time is a lower bound.
"""

import gc
import http.client
import json
import os
import sys
import threading
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

gc.disable()
HEADERS = {"Authorization": f"Basic {b64encode(b'bench:bench').decode()}", "Content-Type": "application/json"}
SECTIONS = ("services", "configs", "secrets", "volumes")


def values(events: Any) -> Any:
    """The next node of libyaml's events, as plain values; every scalar is text or a whole number."""
    event = next(events)
    if isinstance(event, yaml.ScalarEvent):
        return int(event.value) if event.implicit[0] and event.value.isdigit() else event.value
    if isinstance(event, yaml.MappingStartEvent):
        found = {}
        while (key := values(events)) is not None:
            found[key] = values(events)
        return found
    if isinstance(event, yaml.SequenceStartEvent):
        return list(iter(lambda: values(events), None))
    return None if isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent) else values(events)


class Client:
    """A connection for each thread."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.host, self.prefix, self.own = parts.netloc, parts.path, threading.local()

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Send a request; returns the JSON of the answer."""
        if not hasattr(self.own, "connection"):
            self.own.connection = http.client.HTTPConnection(self.host)
        data = None if body is None else json.dumps(body)
        self.own.connection.request(method, self.prefix + path, data, HEADERS)
        answer = self.own.connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise SystemExit(f"{method} {path}: {answer.status}")
        return json.loads(text)


def main(command: str, manifest: str, url: str, parallelism: int) -> None:
    """Plan, or plan and create the missing objects."""
    client, threads = Client(url), ThreadPoolExecutor(parallelism)
    company = threads.submit(client.call, "GET", "/companies/current")
    declared = values(iter(yaml.parse(Path(manifest).read_bytes(), Loader=yaml.CLoader)))
    at = f"/companies/{company.result()['id']}/clusters"
    at += "/" + client.call("GET", at)["data"][0]["id"]
    lists = {listed: threads.submit(client.call, "GET", f"{at}/{listed}") for listed in SECTIONS}
    live = {
        listed: {item["name"]: item for item in found.result()["data"]} for listed, found in lists.items()
    }
    differ = 0
    for section in ("configs", "services"):
        missing = []
        for name, spec in declared[section].items():
            there = live[section].get(name)
            if there is None:
                missing.append({**spec, "name": name})
            elif any(there.get(field) != value for field, value in spec.items()):
                differ += 1
        if command == "create":
            list(threads.map(lambda body, to=section: client.call("POST", f"{at}/{to}", body), missing))
        print(section, len(missing), "to create")
    print(differ, "differ", flush=True)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]) if len(sys.argv) > 4 else 16)
