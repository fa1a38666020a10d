"""The limits of the machine and its network: plain requests with two libraries, and the emulator's own speed."""

import http.client
import json
import threading
import time
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

PATH = "/v1/companies/company_1/clusters/cluster_1/configs"
BODY = json.dumps({"name": "x", "data": "key = value\n" * 20})
Post = Callable[[], object]


def bare(port: int) -> Post:
    """A function that creates an object over its own connection, with the standard library."""
    connection = http.client.HTTPConnection("127.0.0.1", port)

    def post() -> None:
        connection.request("POST", PATH, BODY)
        connection.getresponse().read()

    return post


def session(port: int) -> Post:
    """The same with a session of requests, as most Python programs use."""
    import requests

    opened, url = requests.Session(), f"http://127.0.0.1:{port}{PATH}"
    return lambda: opened.post(url, data=BODY, timeout=30)


def posts(port: int, number: int, parallelism: int, opened: Callable[[int], Post]) -> float:
    """Seconds for ``number`` plain creates, ``parallelism`` at a time."""
    own = threading.local()
    opened(port)  # the time of its imports is not measured

    def post(_: int) -> None:
        if not hasattr(own, "post"):
            own.post = opened(port)
        own.post()

    began = time.perf_counter()
    with ThreadPoolExecutor(parallelism) as threads:
        list(threads.map(post, range(number)))
    return time.perf_counter() - began


def emulator(seconds: float = 2.0, threads: int = 8) -> float:
    """How many requests a second the emulator answers to clients in the same process, which slow it down."""
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
