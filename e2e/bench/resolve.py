"""What a build asks before it downloads anything: a version and the locked graph of everything that it needs."""

import json
from pathlib import Path

from bala import Bala, Padding
from beside import COLUMNS, Beside
from load import push_all
from servers import Failed

NODES = 60
CATALOGUE = Path(__file__).parent.parent / "testkit/testdata/catalogue.json"
PATH = "/2.0/registry/packages/resolve-dependencies"
# What the first of these versions becomes by each mode.
VERSIONS = ("1.0.0", "1.0.1", "1.1.0")
MODES = {"soft": "1.1.0", "medium": "1.0.1", "hard": "1.0.0"}


def resolve(bench):
    pod = bench.servers.barre()
    packages = _packages()
    made = [lambda bala=bala: bala for versions in packages.values() for bala in versions]
    done = push_all([pod], bench.servers.token, made, 8)
    if done.statuses != {204: len(made)}:
        raise Failed(f"{len(made)} packages were pushed, and answered {done.text()}")
    bench.report.section(f"Resolution of a graph of {NODES} packages of {len(VERSIONS)} versions each, with the edges of real "
                         "ones; nginx has the answer in a file", COLUMNS)
    beside, connection = Beside(bench, pod), pod.connect()
    everything = list(packages)
    for mode, names in (("soft", everything[-1:]), *((mode, everything) for mode in MODES)):
        wanted = [{"org": "bench", "name": name, "version": VERSIONS[0], "mode": mode} for name in names]
        question = json.dumps({"packages": wanted}).encode()
        connection.request("POST", PATH, question, {"Content-Type": "application/json"})
        answer = connection.getresponse().read()
        _check(json.loads(answer), names, MODES[mode])
        what = f"all {NODES}" if names == everything else "the one that needs all others"
        beside.row(f"{what}, {mode}", PATH, answer, question=question)
    connection.close()
    beside.stop()


def _check(answer, names, version):
    found = {package["name"]: package["version"] for package in answer.get("resolved", ())}
    if found != dict.fromkeys(names, version):
        raise Failed(f"{len(names)} packages are resolved to {answer}"[:500])
    nodes = max(len(package["dependencyGraph"]) for package in answer["resolved"])
    if nodes < NODES - 1:
        raise Failed(f"the largest graph has {nodes} nodes")


def _packages():
    """The versions of each package by name, those that others need first; each locks all that it needs."""
    edges, packages, padding = _edges(), {}, Padding(4096)
    closure = {}
    for name, needs in edges.items():
        closure[name] = dict.fromkeys([below for need in needs for below in (*closure[need], need)])
        packages[name] = []
        for turn, version in enumerate(VERSIONS):
            at = lambda names: [packages[other][turn] for other in names]
            packages[name].append(Bala(name, version, padding, locks=at(closure[name]), needs=at(needs)))
    return packages


def _edges():
    """By name what a package needs directly: real packages, largest first, as long as there is room, and one above them."""
    catalogue, needs = json.loads(CATALOGUE.read_text()), {}
    own = [(f"{package['org']}/{package['name']}", package["dependencies"]) for package in catalogue["packages"]]
    for name, dependencies in [*((node[0].split(":")[0], node[1]) for node in catalogue["nodes"]), *own]:
        needs[name] = [dependency.split(":")[0] for dependency in dependencies]

    def below(name, found):
        """Everything that it needs, and itself behind that."""
        for need in needs.get(name, ()):
            below(need, found)
        found.setdefault(name)
        return found

    closures = sorted((below(name, {}) for name, _ in own), key=lambda closure: (-len(closure), *closure))
    chosen, direct = {}, []
    for closure in closures:
        more = chosen | closure
        if len(chosen) < len(more) < NODES:
            chosen, direct = more, [*direct, list(closure)[-1]]
    label = {name: f"part{number:02}" for number, name in enumerate(chosen)}
    edges = {label[name]: [label[need] for need in needs.get(name, ())] for name in chosen}
    return edges | {"service": [label[name] for name in direct]}
