"""Pushes: many at once over three pods, what they do to reads, and the latency of one beside docker-registry."""

import hashlib
import http.client
import itertools
import json
import threading
import time

import reads
from bala import Bala, Padding
from load import Pushes, push, push_all
from report import median, number, ratio
from servers import Failed

MIB = 1024 * 1024
PODS, AT_ONCE = 3, 200
BURSTS, ROUNDS, SECONDS = 3, 5, 3
# Publishes of each kind, alternating.
PUBLISHES = 40


def pushes(bench):
    token, padding = bench.servers.token, Padding(MIB)
    store = bench.servers.versitygw()
    pods = [bench.servers.barre(store, create=n == 0) for n in range(PODS)]
    numbers = itertools.count()

    def make():
        return Bala(f"burst{next(numbers)}", "1.0.0", padding)

    bench.report.section(f"{AT_ONCE} pushes of 1 MiB at once over {PODS} processes on one versitygw",
                         ["answers", "p50 ms", "p99 ms", "pushes/s", "aim"])
    for burst in range(BURSTS):
        done = push_all(pods, token, [make] * AT_ONCE, AT_ONCE)
        bench.report.row(f"burst {burst + 1}", done.text(), number(done.percentile(0.5)), number(done.percentile(0.99)),
                         number(AT_ONCE / done.took), "no 5xx", met=done.failures == 0 and done.statuses.get(204) == AT_ONCE)
    _slowdown(bench, store, pods, make)
    bench.servers.stop(*pods, store)


def _slowdown(bench, store, pods, make):
    """Reads of one pod and of nginx, alone and while 200 pushes are always under way."""
    root = bench.folder / "www-pushes"
    _, (_, path, file), *_ = reads.hot_files(bench, pods[0], root)
    nginx = bench.servers.nginx(root)
    urls = {"Barre": pods[0].url + path, "nginx": f"{nginx.url}/{file}"}
    slow = {name: [] for name in urls}
    quiet, loaded, pushed = ({name: [] for name in urls} for _ in range(3))
    for n in range(ROUNDS):
        for name in list(urls) if n % 2 == 0 else list(urls)[::-1]:
            before = bench.wrk(urls[name], SECONDS).rate
            during, rate = _while_pushing(bench, pods, make, urls[name])
            quiet[name].append(before)
            loaded[name].append(during)
            pushed[name].append(rate)
            slow[name].append(before / during)
    bench.report.section(f"What {AT_ONCE} pushes of 1 MiB under way do to hot reads of an 8 KiB bala, {ROUNDS} interleaved "
                         "rounds", ["reads/s alone", "meanwhile", "times slower", "pushes/s meanwhile", "aim"])
    for name in urls:
        bench.report.row(name, number(median(quiet[name])), number(median(loaded[name])), f"{median(slow[name]):.2f}",
                         number(median(pushed[name])), "")
    value = ratio(slow["Barre"], slow["nginx"])
    bench.report.row("Barre's slowdown to nginx's", "", "", f"{value:.2f}", "", "≤ 1.20", met=value <= 1.2)
    bench.servers.stop(nginx)


def _while_pushing(bench, pods, make, url):
    stop, result = threading.Event(), []
    pusher = threading.Thread(daemon=True, target=lambda: result.append(
        push_all(pods, bench.servers.token, itertools.repeat(make), AT_ONCE, until=stop)))
    pusher.start()
    # The threads are there, and the first pushes under way.
    time.sleep(1)
    rate = bench.wrk(url, SECONDS).rate
    stop.set()
    pusher.join()
    done = result[0]
    if done.failures:
        raise Failed(f"pushes under reads: {done.text()}")
    return rate, sum(done.statuses.values()) / done.took


def publish(bench):
    bench.report.section(f"Publishing one bala of 1 MiB, one at a time, {PUBLISHES} of each kind alternating",
                         ["Barre p50 ms", "docker-registry p50 ms", "ratio", "p99 ms", "aim"])
    for kind in ("a folder, written through to the disk", "versitygw"):
        store = bench.servers.versitygw() if kind == "versitygw" else None
        pod, peer = bench.servers.barre(store), bench.servers.docker_registry(store)
        padding = Padding(MIB)
        ours, theirs = Pushes(), Pushes()
        connections = pod.connect(), peer.connect()
        for n in range(PUBLISHES + 5):
            bala = Bala(f"one{n}", "1.0.0", padding)
            blob = b"".join(bala.pieces)
            turns = [lambda: push(connections[0], bench.servers.token, bala), lambda: _image(connections[1], blob, n)]
            done = [None, None]
            for which in (0, 1) if n % 2 == 0 else (1, 0):
                done[which] = turns[which]()
            if done[0][0] != 204 or done[1][0] != 204:
                raise Failed(f"publishing to {kind}: Barre answered {done[0][0]}, docker-registry {done[1][0]}")
            if n >= 5:  # the first ones open files and connections
                ours.note(*done[0])
                theirs.note(*done[1])
        value = ours.percentile(0.5) / theirs.percentile(0.5)
        bench.report.row(f"on {kind}", number(ours.percentile(0.5)), number(theirs.percentile(0.5)), f"{value:.2f}",
                         f"{ours.percentile(0.99):.3g} / {theirs.percentile(0.99):.3g}", "≤ 1.20", met=value <= 1.2)
        bench.servers.stop(pod, peer, *([store] if store else []))


def _image(connection: http.client.HTTPConnection, blob, n):
    """What publishing is there: a blob, and a manifest that names it. 204 stands for success."""
    digest = f"sha256:{hashlib.sha256(blob).hexdigest()}"
    described = {"mediaType": "application/octet-stream", "digest": digest, "size": len(blob)}
    kind = "application/vnd.oci.image.manifest.v1+json"
    manifest = json.dumps({"schemaVersion": 2, "mediaType": kind,
                           "config": described | {"mediaType": "application/vnd.oci.image.config.v1+json"},
                           "layers": [described | {"mediaType": "application/vnd.oci.image.layer.v1.tar"}]})
    began = time.perf_counter()
    status, location = _send(connection, "POST", f"/v2/bench/one{n}/blobs/uploads/", b"", {})
    if status == 202:
        location = location.split(connection.host, 1)[-1].split("/", 1)[-1]
        status, _ = _send(connection, "PUT", f"/{location}&digest={digest}", blob,
                          {"Content-Type": "application/octet-stream"})
    if status == 201:
        status, _ = _send(connection, "PUT", f"/v2/bench/one{n}/manifests/1.0.0", manifest.encode(), {"Content-Type": kind})
    return 204 if status == 201 else status, time.perf_counter() - began


def _send(connection, method, path, body, headers):
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status, answer.headers.get("Location", "")
