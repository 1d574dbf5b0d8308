"""Search over many packages: how fast it is, and what its index takes."""

import json
import random
import re
import threading
import time

from bala import Bala, Padding
from reads import pushed
from segments import Segments
from servers import Failed, get

PACKAGES, SEGMENT = 100_000, 250
# A few words are in very many packages, most in few.
WORDS, QUERIES = 30_000, 2_000
RATE, THREADS, SECONDS = 500, 4, 10
BUCKETS = re.compile(r'barre_request_duration_seconds_bucket\{.*le="([^"]+)".*route="/2.0/registry/packages".*\} (\d+)|'
                     r'barre_request_duration_seconds_bucket\{.*route="/2.0/registry/packages".*le="([^"]+)".*\} (\d+)')


def search(bench):
    report, data = bench.report, bench.folder / "searched"
    report.section(f"Search over {PACKAGES:,} packages, in a folder", ["", "aim"])
    pod = bench.servers.barre(data=data)
    pushed(pod, bench.servers.token, Bala("first", "1.0.0", Padding(4096)))
    bench.servers.stop(pod)
    queries = _fill(data / "log")
    paths = bench.folder / "queries"
    paths.write_text("".join(f"/2.0/registry/packages?limit=10&q={query}\n" for query in queries))
    pod = bench.servers.barre(data=data, level="info")
    status, body, _ = pod.get("/2.0/registry/packages?limit=1")
    if status != 200 or json.loads(body)["count"] != PACKAGES + 1:
        raise Failed(f"a list of all packages is answered with {status}, {body[:200]}")
    made = re.search(r"duration_ms\W+(\d+).*size_bytes\W+(\d+)", re.sub(r"\x1b\[\d*m", "", pod.log.read_text()))
    took, size = int(made[1]) / 1000, int(made[2]) / 1024 / 1024
    report.row("the index is made in, s: as much is added to a start", f"{took:.2f}", "≤ 1", met=took <= 1)
    report.row("it takes, MiB", f"{size:.0f}", "≤ 40", met=size <= 40)
    part, sent = _at_rate(pod, paths.read_text().split())
    report.row(f"answered within 1 ms by the server, at {sent:.0f} queries a second, %", f"{part * 100:.2f}", "≥ 99", met=part >= 0.99)
    reads = bench.wrk(pod.url, SECONDS, paths=paths)
    report.row("queries a second with 64 connections, client on the same processors", f"{reads.rate:,.0f}", "≥ 5,000",
               met=reads.rate >= 5000)
    bench.servers.stop(pod)


def _at_rate(pod, paths):
    """The part of the queries that the server answered within a millisecond, and how many came in a second."""
    before, began = _within(pod), time.monotonic()

    def work(number):
        connection = pod.connect()
        for turn in range(RATE * SECONDS // THREADS):
            time.sleep(max(0, began + turn * THREADS / RATE - time.monotonic()))
            connection.request("GET", paths[(turn * THREADS + number) % len(paths)])
            connection.getresponse().read()
        connection.close()

    threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    within, count = (after - first for after, first in zip(_within(pod), before))
    if count != RATE * SECONDS:
        raise Failed(f"{RATE * SECONDS} queries were sent, and {count} answered")
    return within / count, count / (time.monotonic() - began)


def _within(pod):
    """Queries so far: those that took at most a millisecond, and all."""
    text = get(pod.admin, "/metrics")[1].decode()
    found = {match[1] or match[3]: int(match[2] or match[4]) for match in BUCKETS.finditer(text)}
    return found.get("0.001", 0), found.get("+Inf", 0)


def _fill(log):
    """Writes segments with a package a line; queries that find some of them."""
    chance, segments = random.Random(7), Segments(log)
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(chance.choices(letters, k=chance.randint(4, 9))) for _ in range(WORDS)]
    word = lambda: words[min(int(WORDS ** chance.random()) - 1, WORDS - 1)]
    version, queries = segments.change["version"], []
    for begin in range(0, PACKAGES, SEGMENT):
        lines = []
        for number in range(begin, begin + SEGMENT):
            name, keywords = f"{word()}.{chance.choice(words)}{number}", [word() for _ in range(5)]
            own, summary = f"org{number % 2000}", [word() for _ in range(10)]
            graph = [{"package": f"{own}/{name}:{version}", "dependencies": []}]
            lines.append(segments.release(name, org=own, keywords=keywords, summary=" ".join(summary), graph=graph))
            if number % (PACKAGES // QUERIES) == 0:
                swapped = name[1] + name[0] + name[2:]
                queries.append(chance.choice([name, keywords[0], name[:4], swapped, f"{summary[2]}+{summary[7]}",
                                              f"{keywords[1]}+{summary[0]}", f"org:{own}"]))
        segments.write(lines)
    return queries
