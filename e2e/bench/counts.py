"""Requests to the store: by the registry's own count, and by the store's access log, which counts every try and part."""

import threading
import time

from bala import Bala, Padding
from load import push_all
from reads import pushed
from servers import Failed

MIB = 1024 * 1024
COUNT = 50
# A pod is quiet a minute after its last request. Then it does everything at least once in two minutes, except for the
# one listing an hour.
QUIET_AFTER, PERIOD = 75, 120


class Counter:
    """Both counts since it was made."""

    def __init__(self, pod, store):
        self.pod, self.store = pod, store
        self.operations, self.lines = pod.operations(), self._lines()

    def _lines(self):
        return sum(1 for line in self.store.access_log.read_text().splitlines() if line)

    def since(self):
        """Operations by kind and outcome, and requests that the store saw."""
        kinds = {}
        for labels, n in self.pod.operations().items():
            more = n - self.operations.get(labels, 0)
            if more:
                name = " ".join(part.split('"')[1] for part in labels[labels.index("{"):].split(","))
                kinds[name] = kinds.get(name, 0) + more
        return kinds, self._lines() - self.lines


class Quiet:
    """A pod that is used once and then left alone while everything else is measured."""

    def __init__(self, bench):
        self.store = bench.servers.versitygw()
        self.pod = bench.servers.barre(self.store)
        pushed(self.pod, bench.servers.token, Bala("quiet", "1.0.0", Padding(MIB)))
        self.ready, self.seen = threading.Event(), None
        threading.Thread(target=self._count, daemon=True).start()

    def _count(self):
        time.sleep(QUIET_AFTER)
        counter, began, took = Counter(self.pod, self.store), time.monotonic(), 0
        while True:
            took += PERIOD
            time.sleep(began + took - time.monotonic())
            try:
                self.seen = *counter.since(), took
            except (OSError, Failed):  # the end of the benchmark
                return
            self.ready.set()

    def report(self, report):
        if not self.ready.wait(QUIET_AFTER + PERIOD + 30):
            raise Failed("the quiet pod could not be counted")
        kinds, seen, took = self.seen
        hourly = sum(kinds.values()) * 3600 / took
        report.row("idle pod, an hour", f"{hourly:.0f}", f"{seen * 3600 / took:.0f}",
                   f"{_parts(kinds)} in {took} s, extrapolated", "≤ 430", met=hourly <= 430)


def counts(bench):
    report = bench.report
    report.section(f"Requests to the store, over {COUNT} of each, with the polls of the log that happened meanwhile",
                   ["by /metrics", "by versitygw's access log", "what", "aim"])
    store = bench.servers.versitygw()
    pod = bench.servers.barre(store)
    padding = Padding(MIB)
    balas = [Bala(f"count{n}", "1.0.0", padding) for n in range(COUNT)]

    def measure(name, aim, action):
        counter = Counter(pod, store)
        began = time.monotonic()
        for bala in balas:
            action(bala)
        kinds, seen = counter.since()
        # A poll a second is the pod's, not the action's.
        polls = min(kinds.get("read absent", 0), int(time.monotonic() - began) + 1)
        each = (sum(kinds.values()) - polls) / COUNT
        report.row(name, f"{each:.2f}", f"{max(seen - polls, 0) / COUNT:.2f}", f"{_parts(kinds)}; {polls} polls taken off",
                   f"≤ {aim}", met=round(each, 1) <= aim)

    measure("push of 1 MiB", 4, lambda bala: pushed(pod, bench.servers.token, bala))
    cold = bench.servers.barre(store, create=False)
    bench.servers.stop(pod)
    pod = cold

    def pull(bala):
        location = _ok(pod.get(bala.metadata_path, {"Accept": "application/octet-stream"}), 302)[2]["Location"]
        if not location.endswith(bala.file_path) or len(_ok(pod.get(bala.file_path), 200)[1]) != bala.size:
            raise Failed(f"{bala.file_path} is not what was pushed")

    measure("cold pull", 1, pull)
    measure("hot pull", 0, pull)
    measure("cold metadata", 1, lambda bala: _ok(pod.get(bala.metadata_path), 200))
    measure("hot metadata", 0, lambda bala: _ok(pod.get(bala.metadata_path), 200))
    many = [lambda bala=bala: bala for bala in (Bala(f"many{n}", "1.0.0", padding) for n in range(200))]
    counter = Counter(pod, store)
    push_all([pod], bench.servers.token, many, 64)
    kinds, seen = counter.since()
    report.row("push, 64 at once", f"{sum(kinds.values()) / 200:.2f}", f"{seen / 200:.2f}", "segments are shared", "≤ 4",
               met=sum(kinds.values()) / 200 <= 4)
    bench.servers.stop(pod, store)
    bench.quiet.report(report)


def _ok(answer, status):
    if answer[0] != status:
        raise Failed(f"a read was answered {answer[0]} instead of {status}: {answer[1][:200]}")
    return answer


def _parts(kinds):
    return ", ".join(f"{n} {kind}" for kind, n in sorted(kinds.items())) or "none"
