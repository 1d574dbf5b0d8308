"""The first build of a service, with what the Java client asks for it, through a line with a round trip of 5 ms."""

import base64
import json
import time

from bala import Bala, Padding
from line import Line, Nothing
from load import push_all
from report import median
from servers import Failed

PACKAGES, VERSIONS, DIRECT = 35, 20, 5
KIB = 1024
DELAY = 0.005
# Those of OCI take as long as all others.
ROUNDS, OCI_ROUNDS = 5, 1
# A version younger than a day is looked for in the log by each pull. Until then a pod has spared looks for a build.
QUIET = 3
# By which it is known how long a round trip takes here when nothing is done in it.
SAMPLE = 200
GRAPH_TYPE = "application/vnd.ballerina.dependency-graph.v1%2Bjson"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
JAVA = {"User-Agent": "2201.13.4", "Ballerina-Platform": "java25,java21,java17,java11"}


def build(bench):
    """Everything is new to the client, and nothing to the registry."""
    pod = bench.servers.barre(anonymous=False)
    token = bench.servers.token
    packages = _packages()
    balas = [bala for versions in packages.values() for bala in versions]
    done = push_all([pod], token, [lambda bala=bala: bala for bala in balas], 8)
    if done.statuses.get(204) != len(balas):
        raise Failed(f"{len(balas)} packages were pushed, and answered {done.text()}")
    newest = {name: versions[-1] for name, versions in packages.items()}
    bench.report.section(f"The first build of a service with {PACKAGES} packages of {VERSIONS} versions each, every round trip "
                         f"{DELAY * 1000:.0f} ms longer", ["requests", "round trips", "these alone, s", "s", "times these", "aim"])
    _measured(bench, pod, "Central's API, a new connection for each call", ROUNDS, lambda delay: _central(pod, token, newest, delay),
              "≤ 1.5 s", lambda took, _: took <= 1.5)
    _measured(bench, pod, "OCI", OCI_ROUNDS, lambda delay: _oci(pod, token, newest, delay), "≤ 1.05 times",
              lambda _, times: times <= 1.05)
    _measured(bench, pod, "proxyCentral, a new connection for each call", ROUNDS, lambda delay: _maven(pod, token, newest, delay),
              "", lambda *_: None)
    bench.servers.stop(pod)


def _measured(bench, pod, name, rounds, run, aim, met):
    run(0)
    before, took, alone, nothing = pod.requests(), [], [], Nothing()
    for _ in range(rounds):
        time.sleep(QUIET)
        alone.append(nothing.round_trip(DELAY, SAMPLE))
        began = time.perf_counter()
        requests, trips = run(DELAY)
        took.append(time.perf_counter() - began)
        alone.append(nothing.round_trip(DELAY, SAMPLE))
    nothing.stop()
    served = pod.requests() - before
    if served != requests * rounds:
        raise Failed(f"{name}: {requests} requests were sent {rounds} times, and {served} were answered")
    floor, seconds = trips * sum(alone) / len(alone), median(took)
    bench.report.row(name, f"{requests:,}", f"{trips:,}", f"{floor:.2f}", f"{seconds:.2f}", f"{seconds / floor:.3f}", aim,
                     met=met(seconds, seconds / floor))


def _packages():
    """By name, from the service's own dependencies down to what all need; each locks all those below it."""
    packages, below, padding = {}, [], Padding(64 * KIB)
    for number in reversed(range(PACKAGES)):
        name = f"part{number:02}"
        packages[name] = [Bala(name, f"1.{minor}.0", padding, locks=below) for minor in range(VERSIONS)]
        below = [packages[name][-1], *below]
    return dict(reversed(packages.items()))


class _Calls:
    """Calls that have a connection each."""

    def __init__(self, pod, delay, headers):
        self.pod, self.delay, self.headers, self.requests, self.trips = pod, delay, headers, 0, 0

    def __call__(self, *asks):
        """Asks one thing after the other over a new connection; one that is a function is told the answer before it."""
        line, answer = Line(self.pod.address, self.delay, self.headers), None
        for ask in asks:
            method, path, *rest = ask(answer) if callable(ask) else ask
            answer = line.ask(method, path, *rest)
        line.close()
        self.requests += line.requests
        self.trips += line.trips
        return answer


def _central(pod, token, newest, delay):
    """Which package has an import, what the service needs directly, the same of all, and two requests for each bala."""
    call = _Calls(pod, delay, {**JAVA, "Authorization": f"Bearer {token}"})

    def resolve(what, question):
        status, _, body = call(("POST", f"/2.0/registry/packages/{what}", "Content-Type: application/json\r\n",
                                json.dumps(question).encode()))
        if status != 200:
            raise Failed(f"{what} is answered with {status}: {body[:200]}")
        return json.loads(body)

    names = list(newest)
    modules = [{"organization": "bench", "moduleName": name} for name in names[:DIRECT]]
    found = resolve("resolve-modules", {"modules": modules})["resolvedModules"]
    wanted = [{"org": "bench", "name": module["packageName"], "mode": "soft"} for module in found]
    graph = {}
    for package in resolve("resolve-dependencies", {"packages": wanted})["resolved"]:
        graph |= {node["name"]: node["version"] for node in package["dependencyGraph"]}
    known = [{"org": "bench", "name": name, "version": version, "mode": "soft"} for name, version in graph.items()]
    resolved = {package["name"]: package["version"]
                for package in resolve("resolve-dependencies", {"packages": known})["resolved"]}
    if resolved != {name: bala.version for name, bala in newest.items()}:
        raise Failed(f"a build is told {resolved}")
    for name, version in resolved.items():
        path = f"/2.0/registry/packages/bench/{name}/{version}"
        ask = ("GET", path, "Accept: application/octet-stream\r\nAccept-Encoding: identity\r\n")
        status, _, bytes_ = call(ask, lambda answer: ("GET", answer[1]["location"].removeprefix(pod.url),
                                                      "Accept-Encoding: identity\r\n"))
        _complete(newest[name], status, bytes_)
    return call.requests, call.trips


def _oci(pod, token, newest, delay):
    """A manifest for every version, asked for twice; then the locked graph of one, and its bala. One connection for all."""
    credentials = base64.b64encode(f"whoever:{token}".encode()).decode()
    line = Line(pod.address, delay, {"Authorization": f"Basic {credentials}"})

    def ask(method, path, accept="*/*"):
        status, headers, body = line.ask(method, path, f"Accept: {accept}\r\n")
        if status != 200:
            raise Failed(f"{method} {path} is answered with {status}: {body[:200]}")
        return headers, body

    def manifest(repository, reference):
        path = f"/v2/{repository}/manifests/{reference}"
        digest = ask("HEAD", path, MANIFEST_TYPE)[0]["docker-content-digest"]
        return digest, json.loads(ask("GET", path, MANIFEST_TYPE)[1])

    for name, bala in newest.items():
        repository = f"bench/{name}"
        tags = json.loads(ask("GET", f"/v2/{repository}/tags/list")[1])["tags"]
        manifests = {tag: manifest(repository, tag) for tag in tags}
        digest, chosen = manifests[bala.version]
        referrers = json.loads(ask("GET", f"/v2/{repository}/referrers/{digest}?artifactType={GRAPH_TYPE}")[1])["manifests"]
        _, referrer = manifest(repository, referrers[0]["digest"])
        ask("GET", f"/v2/{repository}/blobs/{referrer['layers'][0]['digest']}")
        _complete(bala, 200, ask("GET", f"/v2/{repository}/blobs/{chosen['layers'][0]['digest']}")[1])
    line.close()
    return line.requests, line.trips


def _maven(pod, token, newest, delay):
    """The versions of each package, the locked graph of one, and its bala. Each call is asked for a password anew."""
    credentials = f"Authorization: Basic {base64.b64encode(f'whoever:{token}'.encode()).decode()}\r\n"
    call = _Calls(pod, delay, {"User-Agent": "Aether"})

    def fetch(path):
        path = f"/2.0/auth/maven/{path}"
        status, _, body = call(("GET", path), ("GET", path, credentials))
        if status != 200:
            raise Failed(f"{path} is answered with {status}: {body[:200]}")
        return body

    for name, bala in newest.items():
        if f"<number>{bala.version}</number>".encode() not in fetch(f"v2201-13-0/bench/{name}/maven-metadata.xml"):
            raise Failed(f"{bala.file_name} is not among the versions")
        base = f"bench/{name}/{bala.version}/{name}-{bala.version}"
        json.loads(fetch(f"{base}-depgraph.json"))
        _complete(bala, 200, fetch(f"{base}.bala"))
    return call.requests, call.trips


def _complete(bala, status, bytes_):
    if status != 200 or len(bytes_) != bala.size:
        raise Failed(f"{bala.file_name} is answered with {status} and {len(bytes_)} bytes")
