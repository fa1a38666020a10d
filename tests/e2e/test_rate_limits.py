"""After a rate limit all requests wait, and every write is still made exactly once."""

import base64
import json
import re
import urllib.request
from collections import Counter

from tests.e2e.conftest import Bench

REFUSED = 4


def faults(bench: Bench, *given: object) -> None:
    sign = base64.b64encode(f"{bench.server.key}:{bench.server.value}".encode()).decode()
    request = urllib.request.Request(
        bench.server.url.removesuffix("/v1") + "/_emulator/faults",
        json.dumps(given).encode(),
        {"Authorization": f"Basic {sign}", "Content-Type": "application/json"},
        method="POST",
    )
    urllib.request.urlopen(request).close()


def test_rate_limited_writes_wait_and_are_made_once(bench: Bench) -> None:
    names = [f"c{number}" for number in range(30)]
    bench.write("cluster: production\nconfigs:\n" + "".join(f"  {name}: {{data: x}}\n" for name in names))
    # The first POST to configs is the record's; the later ones are the manifest's.
    faults(
        bench,
        *(
            {"kind": "429", "seconds": 0.2, "match": {"method": "POST", "path_regex": "configs$", "nth": nth}}
            for nth in range(3, 3 + REFUSED)
        ),
    )

    ended = bench.run("apply", "--yes", "--quiet", "--verbose")

    assert ended.code == 0, ended.text
    answers = Counter(re.findall(r"^POST \S+/configs (\d+) ", ended.err, re.MULTILINE))
    assert answers["429"] == REFUSED
    assert answers["201"] == len(names) + 2  # the lease, and its release
    assert "No changes" in bench.run("plan").out


def test_a_given_rate_is_not_exceeded(bench: Bench) -> None:
    bench.write("cluster: production\nconfigs: {a: {data: x}}\n")

    ended = bench.run("plan", "manifest.yaml", "--rate", "1000", "--stats")

    assert ended.code == 0, ended.text
    assert "Requests: 7 in" in ended.err
