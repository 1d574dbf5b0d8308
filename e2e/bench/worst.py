"""Memory of a pod under the worst that clients can send and ask for, beside the bound that holds for all of it."""

import os
import signal
import threading
import time

import hostile
from bala import Bala, Padding
from load import push, push_all
from reads import pushed
from servers import Failed

MIB = 1024 * 1024
AIM = 256
DEAF = 300
# Longer than all of the pushes take to be checked.
STALLED_S = 20
# Addresses are not told apart: this is what all clients together can do. A slow reader is given up late.
FLAGS = ["--max-client-connections", "0", "--stall-timeout", "120s"]


def worst(bench):
    report = bench.report
    report.section("Memory of a pod under the worst inputs, peak of what is resident, in MiB", ["MiB", "answers", "aim"])
    for name, case in CASES.items():
        for anonymous in (True, False) if case in DOWNLOADS else (True,):
            pod = bench.servers.barre(flags=FLAGS, anonymous=anonymous)
            answers = case(pod, bench.servers.token, None if anonymous else bench.servers.token)
            peak = pod.memory("VmHWM")
            suffix = "" if anonymous else ", without anonymous read"
            report.row(name + suffix, f"{peak:.0f}", answers, f"≤ {AIM}", met=peak <= AIM)
            bench.servers.stop(pod)
    _stalled(bench)


def _stalled(bench):
    """What is accepted waits for a store that does not answer for a while."""
    store = bench.servers.versitygw()
    pod = bench.servers.barre(store, flags=FLAGS)
    os.kill(store.pid, signal.SIGSTOP)
    timer = threading.Timer(STALLED_S, os.kill, (store.pid, signal.SIGCONT))
    timer.start()
    try:
        answers = _pushed(hostile.wordy, 64)(pod, bench.servers.token, None)
    finally:
        timer.cancel()
        os.kill(store.pid, signal.SIGCONT)
    peak = pod.memory("VmHWM")
    name = "such pushes while the store does not answer"
    bench.report.row(name, f"{peak:.0f}", answers, f"≤ {AIM}", met=peak <= AIM)
    bench.servers.stop(pod, store)


def _pushed(make, count=16):
    def case(pod, token, _):
        balas = [make(f"worst{n}") for n in range(count)]
        return push_all([pod], token, [lambda bala=bala: bala for bala in balas], count).text()
    return case


def _answers(pod, token, reader):
    """Metadata that is many times as long as what was pushed, and is never read."""
    # Escaped, each of these is six bytes; where that is refused, two.
    texts = ["\x01" * MIB, "\"\n" * (MIB // 2 - 1)]
    paths = []
    for n in range(40):
        for text in texts:
            bala = hostile.described(f"unread{n}", text)
            connection = pod.connect()
            answered = push(connection, token, bala)[0]
            connection.close()
            if answered == 204:
                break
        else:
            raise Failed(f"a push of a long readme was answered {answered}")
        texts = [text]
        paths.append(f"/2.0/registry/packages/bench/unread{n}/1.0.0")
    return _unread(pod, paths, reader)


def _kept(pod, token, reader):
    """Balas that are small enough to be kept."""
    return _downloads(pod, token, reader, 7)


def _passing(pod, token, reader):
    """Balas that are too large to be kept."""
    return _downloads(pod, token, reader, 20)


def _downloads(pod, token, reader, size):
    padding = Padding(size * MIB)
    balas = [pushed(pod, token, Bala(f"unread{n}", "1.0.0", padding)) for n in range(30)]
    return _unread(pod, [bala.file_path for bala in balas], reader)


def _unread(pod, paths, reader):
    time.sleep(2)
    pod.reset_peak()
    connections = [hostile.deaf(pod.address, paths[n % len(paths)], token=reader) for n in range(DEAF)]
    time.sleep(12)
    statuses = {}
    for connection in connections:
        status = hostile.status(connection) if connection else "refused"
        statuses[status] = statuses.get(status, 0) + 1
        if connection:
            connection.close()
    return ", ".join(f"{count} × {status}" for status, count in sorted(statuses.items()))


DOWNLOADS = (_answers, _kept, _passing)
CASES = {
    "16 pushes at once of 5 KiB of nested tables": _pushed(hostile.nested_tables),
    "16 pushes at once of 4 KiB of nested objects": _pushed(hostile.nested_objects),
    "64 pushes at once of 4 MiB of newlines, which are accepted": _pushed(hostile.wordy, 64),
    f"{DEAF} clients that do not read metadata with long readmes": _answers,
    f"{DEAF} clients that do not read balas of 7 MiB": _kept,
    f"{DEAF} clients that do not read balas of 20 MiB": _passing,
}
