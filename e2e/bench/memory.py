"""Memory of a pod: idle, with 64 uploads at once, of two sizes, and under the worst inputs."""

import time

from bala import Bala, Padding
from load import push_all
from reads import pushed
from worst import worst

MIB = 1024 * 1024
AT_ONCE = 64
AIM = 50


def memory(bench):
    report = bench.report
    report.section("Memory of a pod on versitygw: resident, in MiB", ["MiB", "answers", "seconds", "aim"])
    small, large = (_uploads(bench, size) for size in (8, 64))
    idle = max(small[0], large[0])
    report.row("idle, after one push and one read", f"{idle:.1f}", "", "", f"≤ {AIM}", met=idle <= AIM)
    for size, (_, peak, done) in ((8, small), (64, large)):
        met = peak <= AIM and done.failures == 0
        report.row(f"{AT_ONCE} uploads of {size} MiB at once, peak", f"{peak:.1f}", done.text(), number_of(done), f"≤ {AIM}", met=met)
    value = large[1] / small[1]
    report.row("64 MiB to 8 MiB", f"{value:.2f}", "", "", "≤ 1.20", met=value <= 1.2)
    worst(bench)


def number_of(done):
    return f"{done.took:.0f}"


def _uploads(bench, size):
    """Idle memory, peak memory, and the pushes, of a pod of its own."""
    store = bench.servers.versitygw()
    pod = bench.servers.barre(store)
    first = pushed(pod, bench.servers.token, Bala("first", "1.0.0", Padding(MIB)))
    pod.get(first.file_path)
    time.sleep(2)
    idle = pod.memory("VmRSS")
    padding = Padding(size * MIB)
    balas = [Bala(f"upload{n}", "1.0.0", padding) for n in range(AT_ONCE)]
    pod.reset_peak()
    done = push_all([pod], bench.servers.token, [lambda bala=bala: bala for bala in balas], AT_ONCE)
    peak = pod.memory("VmHWM")
    bench.servers.stop(pod, store)
    return idle, peak, done
