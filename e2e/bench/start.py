"""The start of a pod whose log is long: how long it takes to read it, and what it takes to keep what it says."""

import json
import time

from bala import Bala, Padding
from reads import pushed
from segments import Segments
from servers import Failed

RELEASES, VERSIONS, DEPENDENCIES = 100_000, 20, 20


def start(bench):
    report, data = bench.report, bench.folder / "long"
    report.section(f"A start over {RELEASES:,} releases with {DEPENDENCIES} dependencies each, a segment for each, in a folder",
                   ["", "with one release", "aim"])
    pod = bench.servers.barre(data=data)
    pushed(pod, bench.servers.token, Bala("first", "1.0.0", Padding(4096)))
    bench.servers.stop(pod)
    short, pod = _start(bench, data)
    small = pod.memory("VmRSS")
    bench.servers.stop(pod)
    _lengthen(data / "log")
    took, pod = _start(bench, data)
    status, body, _ = pod.get(f"/2.0/registry/packages/bench/p{RELEASES // VERSIONS - 1}")
    if status != 200 or len(json.loads(body)) != VERSIONS:
        raise Failed(f"the last package is answered with {status}, {body[:200]}")
    memory, peak = pod.memory("VmRSS"), pod.memory("VmHWM")
    report.row("ready after, s", f"{took:.1f}", f"{short:.1f}", "≤ 10", met=took <= 10)
    report.row("resident then / at most until then, MiB", f"{memory:.0f} / {peak:.0f}", f"{small:.0f}", "≤ 256",
               met=peak <= 256)
    report.row("a release, KiB", f"{(memory - small) * 1024 / RELEASES:.2f}", "", "")
    bench.servers.stop(pod)


def _start(bench, data):
    """How long a pod over this folder takes until it serves, and the pod."""
    began = time.monotonic()
    pod = bench.servers.barre(data=data)
    return time.monotonic() - began, pod


def _lengthen(log):
    """Writes segments with a package's next version each."""
    segments = Segments(log)
    names = [f"bench/d{number}:1.0.0" for number in range(DEPENDENCIES)]
    locked = [{"package": name, "dependencies": names[number + 1:number + 3]} for number, name in enumerate(names)]
    for number in range(RELEASES):
        name, version = f"p{number // VERSIONS}", f"1.{number % VERSIONS}.0"
        own = {"package": f"bench/{name}:{version}", "dependencies": names[:3]}
        graph = sorted([own, *locked], key=lambda node: node["package"])
        segments.write([segments.release(name, version=version, graph=graph)])
