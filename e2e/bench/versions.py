"""A package with very many versions: what is told of all of them, and of the newest."""

import time

from bala import Bala, Padding
from beside import COLUMNS, Beside
from reads import pushed
from segments import Segments
from servers import Failed

VERSIONS, MINORS, SEGMENT = 2_000, 20, 250
NAME = "many"
# What is asked, and how the newest version is written there.
ASKED = {
    "Central's list of versions": (f"/2.0/registry/packages/bench/{NAME}", '"{}"'),
    "Central's metadata of the newest, `*`": (f"/2.0/registry/packages/bench/{NAME}/*", '"{}"'),
    "OCI's list of tags": (f"/v2/bench/{NAME}/tags/list", '"{}"'),
    "Maven's list of versions": (f"/2.0/maven/bench/{NAME}/maven-metadata.xml", "<version>{}</version>"),
    "proxyCentral's list of versions": (f"/2.0/maven/v2201-13-0/bench/{NAME}/maven-metadata.xml", "<number>{}</number>"),
}


def versions(bench):
    """The first and the newest version are pushed; the lists need no bala of those between them."""
    data, padding = bench.folder / "versions", Padding(4096)
    names = [f"{number // MINORS + 1}.{number % MINORS}.0" for number in range(VERSIONS)]
    pod = bench.servers.barre(data=data)
    pushed(pod, bench.servers.token, Bala(NAME, names[0], padding))
    bench.servers.stop(pod)
    _fill(data / "log", names[1:-1])
    pod = bench.servers.barre(data=data)
    pushed(pod, bench.servers.token, Bala(NAME, names[-1], padding))
    bench.servers.stop(pod)
    bench.report.section(f"A package with {VERSIONS:,} versions, in a folder", [*COLUMNS, "first answer after a start, ms"])
    first = _first(bench, data, names)
    pod = bench.servers.barre(data=data)
    beside = Beside(bench, pod)
    for name, (path, _) in ASKED.items():
        beside.row(name, path, pod.get(path)[1], f"{first[name]:.1f}")
    beside.stop()


def _first(bench, data, names):
    """The milliseconds that each answer takes of a pod that has answered nothing yet."""
    took = {}
    for name, (path, form) in ASKED.items():
        pod = bench.servers.barre(data=data)
        began = time.perf_counter()
        status, body, _ = pod.get(path)
        took[name] = (time.perf_counter() - began) * 1000
        wanted = names[-1:] if path.endswith("*") else names
        lacks = [version for version in wanted if form.format(version) not in body.decode()]
        if status != 200 or lacks:
            raise Failed(f"{path} is answered with {status} and without {len(lacks)} versions: {body[:200]}")
        bench.servers.stop(pod)
    return took


def _fill(log, names):
    segments = Segments(log)
    for begin in range(0, len(names), SEGMENT):
        segments.write([
            segments.release(NAME, version=version, graph=[{"package": f"bench/{NAME}:{version}", "dependencies": []}])
            for version in names[begin:begin + SEGMENT]])
