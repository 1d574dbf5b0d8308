"""The start of a pod whose log is long: how long it takes to read it, and what it takes to keep what it says."""

import hashlib
import json
import time
import uuid

from bala import Bala, Padding
from reads import pushed
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
    """Writes segments like the last one behind it, each with a package's next version."""
    last = max(log.iterdir())
    lines = last.read_text().splitlines()
    header, change = map(json.loads, lines)
    head, width = hashlib.sha256(lines[0].encode()).hexdigest(), len(last.stem)
    names = [f"bench/d{number}:1.0.0" for number in range(DEPENDENCIES)]
    locked = [{"package": name, "dependencies": names[number + 1:number + 3]} for number, name in enumerate(names)]
    for number in range(RELEASES):
        name, version = f"p{number // VERSIONS}", f"1.{number % VERSIONS}.0"
        own = {"package": f"bench/{name}:{version}", "dependencies": names[:3]}
        change |= {"id": str(uuid.uuid4()), "release": str(uuid.uuid4()), "name": name, "version": version,
                   "modules": [change["modules"][0] | {"name": name}],
                   "graph": sorted([own, *locked], key=lambda node: node["package"])}
        line = json.dumps(change, separators=(",", ":"), ensure_ascii=False)
        header |= {"seq": header["seq"] + 1, "prev": f"sha256:{head}",
                   "changes": ["sha256:" + hashlib.sha256(line.encode()).hexdigest()]}
        first = json.dumps(header, separators=(",", ":"))
        head = hashlib.sha256(first.encode()).hexdigest()
        (log / f"{header['seq']:0{width}}.jsonl").write_text(f"{first}\n{line}\n")
