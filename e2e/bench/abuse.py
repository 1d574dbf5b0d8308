"""`./just abuse`: what a well-behaved client notices of slow, idle, huge, broken and greedy ones.

It is alone for a while, and then all of the others are there at once; and so once more, because this machine may be busy
with something else. The others come from other addresses of this machine, with tokens of their own. Ends by itself within
two minutes, with 1 where the aims are missed.
"""

import argparse
import http.client
import multiprocessing
import os
import random
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import hostile
from bala import Bala, Padding
from load import push
from servers import ENVIRONMENT, Failed, Servers, end_on_signals, get

KIB, MIB = 1024, 1024 * 1024
ROUNDS, QUIET, ABUSED, SETTLE = 2, 14, 20, 4
AIM = 2.0
READMES = 12


# The well-behaved client.

def behaved(address, token, seconds, number, results):
    """Reads and pushes, one after the other, as one developer and one build do. Milliseconds and failures by kind."""
    seen, end, turn = {}, time.monotonic() + seconds, 0
    padding = Padding(64 * KIB)
    hot, large = "/2.0/registry/packages/bench/calm/1.0.0", "/files/bench/calm/1.0.0/bench-calm-any-1.0.0.bala"
    connection = http.client.HTTPConnection(address, timeout=30)
    while time.monotonic() < end:
        turn += 1
        _note(seen, "metadata", lambda: _get(connection, hot))
        _note(seen, "list", lambda: _get(connection, "/2.0/registry/packages/bench/calm"))
        _note(seen, "bala of 256 KiB", lambda: _get(connection, large))
        _note(seen, "new connection", lambda: get(address, hot)[0] == 200)
        _note(seen, "read with a token", lambda: _get(connection, hot, {"Authorization": f"Bearer {token}"}))
        if turn % 20 == 0:
            bala = Bala(f"calm{number}", f"1.0.{turn}", padding)
            _note(seen, "push of 64 KiB", lambda: push(connection, token, bala)[0] == 204)
        time.sleep(0.02)
    results.put(seen)


def _note(seen, kind, action):
    took, failures = seen.setdefault(kind, ([], []))
    began = time.perf_counter()
    try:
        if action():
            took.append((time.perf_counter() - began) * 1000)
        else:
            failures.append("another status")
    except (OSError, http.client.HTTPException) as error:
        failures.append(type(error).__name__)


def _get(connection, path, headers=None):
    for again in (True, False):
        try:
            connection.request("GET", path, headers=headers or {})
            answer = connection.getresponse()
            answer.read()
            return answer.status == 200
        except (ConnectionError, http.client.BadStatusLine):
            # Every client does so with a kept connection that was closed.
            connection.close()
            if not again:
                raise
    return False


# The others. Each has an address of its own.

def _connect(address, source):
    host, port = address.rsplit(":", 1)
    return socket.create_connection((host, int(port)), 5, (source, 0))


def slow(address, source, token):
    """Heads that never end, a byte at a time."""
    _crowd(lambda: _connect(address, source), 300, lambda held: held.sendall(b"G"), 2)


def silent(address, source, token):
    """Connections on which nothing is said."""
    _crowd(lambda: _connect(address, source), 500, lambda held: held.send(b"") or _alive(held), 1)


def idle(address, source, token):
    """More kept connections than there are places."""
    def begin():
        held = _connect(address, source)
        held.sendall(f"GET / HTTP/1.1\r\nHost: {address}\r\n\r\n".encode())
        held.recv(4096)
        return held
    _crowd(begin, 1200, _alive, 1)


def deaf(address, source, token):
    """Long metadata and balas that nobody reads."""
    paths = [f"/2.0/registry/packages/bench/long{n}/1.0.0" for n in range(READMES)]
    paths.append("/files/bench/large/1.0.0/bench-large-any-1.0.0.bala")
    _crowd(lambda: hostile.deaf(address, random.choice(paths), source), 200, _alive, 2)


def trickle(address, source, token):
    """Many uploads that just so keep coming."""
    def begin():
        held = _connect(address, source)
        held.sendall(hostile.upload_head(address, token, 100 * MIB))
        return held
    _crowd(begin, 80, lambda held: held.sendall(b"x" * 6 * KIB), 1)


def huge(address, source, token):
    """Pushes of more than is taken, at a few megabytes a second."""
    while True:
        try:
            held = _connect(address, source)
            held.sendall(hostile.upload_head(address, token, 1 << 40))
            while True:
                held.sendall(b"x" * 64 * KIB)
                time.sleep(0.02)
        except OSError:
            time.sleep(0.1)


def broken(address, source, token):
    """What is no request, what breaks off, and what is no package."""
    head = hostile.upload_head(address, token, MIB)
    junk = [b"\x16\x03\x01\x02\x00\x01\x00", b"GET / HTTP/1.1\r\n\r\n", b"GET /%ff%00 HTTP/1.1\r\nHost: a b\r\n\r\n", head,
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\nzzz\r\n", b"A" * 70 * KIB,
            head + b"PK\3\4" + b"\0" * KIB]
    while True:
        try:
            with _connect(address, source) as held:
                held.sendall(random.choice(junk))
        except OSError:
            pass
        time.sleep(0.02)


def greedy(address, source, token):
    """Packages that are small and take long to check."""
    number = 0
    while True:
        number += 1
        make = hostile.nested_tables if number % 2 else hostile.nested_objects
        connection = http.client.HTTPConnection(address, timeout=30, source_address=(source, 0))
        try:
            push(connection, token, make(f"greedy{number}"))
        except (OSError, http.client.HTTPException):
            pass
        connection.close()
        time.sleep(0.2)


def _crowd(begin, count, go_on, pause):
    """So many connections at once, each begun again when it has ended."""
    held = []
    while True:
        for connection in list(held):
            try:
                go_on(connection)
            except OSError:
                connection.close()
                held.remove(connection)
        # Not all in one moment.
        for _ in range(min(count - len(held), 100)):
            try:
                connection = begin()
            except OSError:
                break
            if connection:
                connection.settimeout(0.5)
                held.append(connection)
        time.sleep(pause)


def _alive(held):
    held.setblocking(False)
    try:
        if held.recv(1, socket.MSG_PEEK) == b"":
            raise ConnectionError
    except BlockingIOError:
        pass
    finally:
        held.setblocking(True)


# Every other one has the same token: who keeps turns is another one than who has packages checked.
ABUSERS = (greedy, trickle, silent, slow, deaf, huge, broken, idle)


# The run.

def main():
    parser = argparse.ArgumentParser(prog="e2e/abuse")
    parser.add_argument("--registry", required=True, type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    end_on_signals()
    folder = Path(tempfile.mkdtemp(prefix="barre-abuse-", dir=os.environ.get("BARRE_ABUSE_FOLDER")))
    servers = None
    try:
        servers = Servers(args, folder)
        tokens = [_token(args.registry, servers, name) for name in ("greedy", "slow")]
        pod = servers.barre()
        _prepare(pod, servers.token)
        missed = _report(*_rounds(pod, servers.token, tokens), pod)
    except Failed as failure:
        raise SystemExit(f"abuse: {failure}") from failure
    finally:
        if servers:
            servers.stop()
        shutil.rmtree(folder, ignore_errors=True)
    raise SystemExit(1 if missed else 0)


def _rounds(pod, token, tokens):
    quiet, abused = {}, {}
    _merge({}, _phase(pod, token, SETTLE, 0))
    pod.reset_peak()
    for n in range(ROUNDS):
        _merge(quiet, _phase(pod, token, QUIET, 2 * n + 1))
        others = [multiprocessing.Process(target=_elsewhere, daemon=True,
                                          args=(abuser, pod.address, f"127.0.1.{m + 1}", tokens[m % 2]))
                  for m, abuser in enumerate(ABUSERS)]
        for other in others:
            other.start()
        try:
            time.sleep(SETTLE)
            _merge(abused, _phase(pod, token, ABUSED, 2 * n + 2))
        finally:
            for other in others:
                other.kill()
        time.sleep(SETTLE)
    return quiet, abused


def _elsewhere(abuser, *args):
    """They would be on other machines: what they compute themselves is not to be in the way."""
    os.nice(19)
    abuser(*args)


def _merge(all_seen, seen):
    for kind, (took, failures) in seen.items():
        before = all_seen.setdefault(kind, ([], []))
        before[0].extend(took)
        before[1].extend(failures)


def _token(registry, servers, name):
    """One more token beside that of the well-behaved one."""
    made = subprocess.run([registry, "token", "new", "--name", name, "--organizations", "bench", "--actions", "publish",
                           "--expires", "1d"], check=True, capture_output=True, text=True, env=ENVIRONMENT)
    secret, entry = [line.strip() for line in made.stdout.splitlines() if line.startswith("    ")]
    servers.tokens.write_text(servers.tokens.read_text().removesuffix("]}") + f",{entry}]}}")
    return secret


def _prepare(pod, token):
    balas = [Bala("calm", "1.0.0", Padding(256 * KIB)), Bala("large", "1.0.0", Padding(20 * MIB))]
    balas += [hostile.described(f"long{n}", "\"\n" * (MIB // 2 - 1)) for n in range(READMES)]
    connection = pod.connect()
    for bala in balas:
        status = push(connection, token, bala)[0]
        if status != 204:
            raise Failed(f"the push of {bala.file_name} was answered {status}")


def _phase(pod, token, seconds, number):
    """What the well-behaved client sees in so many seconds, in a process that nothing else runs in."""
    results = multiprocessing.Queue()
    client = multiprocessing.Process(target=behaved, args=(pod.address, token, seconds, number, results), daemon=True)
    client.start()
    seen = results.get(timeout=seconds + 60)
    client.join()
    return seen


def _report(quiet, abused, pod):
    missed = False
    answers = {}
    for labels, count in pod.answers().items():
        status = labels.split('status="')[1][:3]
        answers[status] = answers.get(status, 0) + count
    print(f"| a well-behaved client, ms | quiet p50 / p99 | beside {len(ABUSERS)} kinds of abuse p50 / p99 | p99, times | failures of |")
    print("|---|---|---|---|---|")
    for kind, (took, _) in quiet.items():
        after, failures = abused.get(kind, ([], ["nothing was done"]))
        before, during = _percentiles(took), _percentiles(after)
        times = during[1] / before[1] if before[1] else float("inf")
        missed |= bool(failures) or times > AIM
        counted = f"{len(failures)} of {len(after) + len(failures)}" + (f" ({', '.join(sorted(set(failures)))})" if failures else "")
        print(f"| {kind} | {before[0]:.1f} / {before[1]:.1f} | {during[0]:.1f} / {during[1]:.1f} | {times:.1f} | {counted} |")
    print(f"\nAims: no failure, p99 at most {AIM:g} times that of quiet. Peak memory of the pod: {pod.memory('VmHWM'):.0f} MiB. "
          f"Answers to all: {', '.join(f'{count} × {status}' for status, count in sorted(answers.items()))}. "
          f"{'Missed' if missed else 'Met'}.")
    return missed


def _percentiles(took):
    ordered = sorted(took) or [float("nan")]
    return [ordered[min(int(len(ordered) * part), len(ordered) - 1)] for part in (0.5, 0.99)]


if __name__ == "__main__":
    main()
