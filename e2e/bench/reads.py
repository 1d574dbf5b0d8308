"""Hot reads beside nginx, cold reads beside the store itself."""

from bala import Bala, Padding
from load import CONNECTIONS, presigned, push, push_all
from report import interleaved, median, number, ratio
from servers import BUCKET, Failed

KIB, MIB = 1024, 1024 * 1024
ROUNDS, SECONDS = 5, 2
SIZES = {"8 KiB": 8 * KIB, "256 KiB": 256 * KIB, "5 MiB": 5 * MIB}
COLD_ROUNDS = 3
# Both sides of a cold read send from the page cache: a few connections keep the processors busy, one does not.
COLD_CONNECTIONS = (16, 1)


def pushed(pod, token, bala):
    connection = pod.connect()
    status, _ = push(connection, token, bala)
    connection.close()
    if status != 204:
        raise Failed(f"a push of {bala.file_name} was answered {status}")
    return bala


def hot_files(bench, pod, root):
    """Pushes the packages, and gives nginx the very bytes that the registry answers: name, path there, path here."""
    files = []
    for name, size in SIZES.items():
        bala = pushed(pod, bench.servers.token, Bala(f"hot{size}", "1.0.0", Padding(size)))
        if not files:
            files.append(("metadata", bala.metadata_path, "metadata.json"))
        files.append((f"bala, {name}", bala.file_path, bala.file_name))
    root.mkdir()
    for _, path, file in files:
        status, body, _ = pod.get(path)
        if status != 200:
            raise Failed(f"{path} was answered {status}")
        (root / file).write_bytes(body)
    return files


def hot(bench):
    report, wrk, root = bench.report, bench.wrk, bench.folder / "www"
    store = bench.servers.versitygw()
    pod = bench.servers.barre(store)
    files = hot_files(bench, pod, root)
    nginx = bench.servers.nginx(root)
    report.section(f"Hot reads, {CONNECTIONS} connections, requests per second, median of {ROUNDS} interleaved rounds",
                   ["Barre", "nginx", "ratio", "worst to best", "p99 ms, Barre / nginx", "aim"])
    for close in (False, True):
        for name, path, file in files:
            ours, theirs = pod.get(path)[1], nginx.get(f"/{file}")[1]
            if ours != theirs:
                raise Failed(f"{path}: nginx serves other bytes")
            before = sum(pod.operations().values())
            a, b = interleaved(ROUNDS, lambda: wrk(pod.url + path, SECONDS, close=close),
                               lambda: wrk(f"{nginx.url}/{file}", SECONDS, close=close))
            operations = sum(pod.operations().values()) - before
            # The log is polled once a second.
            if operations > ROUNDS * SECONDS * 3 + 10:
                raise Failed(f"{path} is not hot: {operations} requests to the store")
            rates = [x.rate for x in a], [x.rate for x in b]
            each = sorted(x / y for x, y in zip(*rates))
            value = ratio(*rates)
            report.row(f"{name} ({len(ours):,} B), {'new connections' if close else 'keep-alive'}",
                       *(number(median(r)) for r in rates), f"{value:.2f}", f"{each[0]:.2f} to {each[-1]:.2f}",
                       f"{median(x.p99 for x in a):.2g} / {median(x.p99 for x in b):.2g}", "≥ 1.00", met=round(value, 2) >= 1)
    _logged(bench, store, root, *files[0])
    if wrk.errors:
        report.row("errors that wrk saw", "", "", "", "", "", wrk.errors, met=False)
    bench.servers.stop(pod, nginx, store)


def _logged(bench, store, root, name, path, file):
    """For information: what it costs that each request is logged, as it is by default."""
    pod, nginx = bench.servers.barre(store, create=False, level="info"), bench.servers.nginx(root, log=True)
    a, b = interleaved(COLD_ROUNDS, lambda: bench.wrk(pod.url + path, SECONDS).rate,
                       lambda: bench.wrk(f"{nginx.url}/{file}", SECONDS).rate)
    bench.report.row(f"{name}, keep-alive, both log each request", number(median(a)), number(median(b)),
                     f"{ratio(a, b):.2f}", "", "", "")
    bench.servers.stop(pod, nginx)


def cold(bench):
    """Every read goes to the store: the cache is off, and the number of its requests is checked."""
    report, wrk = bench.report, bench.wrk
    report.section("Cold reads, keep-alive, requests per second: through Barre without a cache, and from versitygw by presigned "
                   "URLs", ["Barre", "versitygw", "ratio", "store GETs per read", "aim"])
    for name, size, count in (("256 KiB", 256 * KIB, 400), ("5 MiB", 5 * MIB, 60)):
        store = bench.servers.versitygw()
        pod = bench.servers.barre(store, flags=["--cache-size", "0"])
        padding = Padding(size)
        balas = [Bala(f"cold{n}", "1.0.0", padding) for n in range(count)]
        pushes = push_all([pod], bench.servers.token, [lambda bala=bala: bala for bala in balas], 16)
        if pushes.statuses != {204: count}:
            raise Failed(f"pushes for cold reads: {pushes.text()}")
        ours, theirs = bench.folder / f"cold-{size}", bench.folder / f"store-{size}"
        ours.write_text("".join(f"{bala.file_path}\n" for bala in balas))
        keys = {path.name: path for path in (store.data / BUCKET).rglob("*.bala")}
        signed = [presigned(store, keys[bala.file_name].relative_to(store.data / BUCKET)) for bala in balas]
        theirs.write_text("".join(f"{path}\n" for path in signed))
        if pod.get(balas[0].file_path)[1] != store.get(signed[0])[1]:
            raise Failed("the store and the registry serve different bytes")
        for connections in COLD_CONNECTIONS:
            gets, requests = _gets(pod), pod.requests()
            a, b = interleaved(COLD_ROUNDS, lambda: wrk(pod.url, SECONDS, connections, paths=ours),
                               lambda: wrk(store.url, SECONDS, connections, paths=theirs))
            per_read = (_gets(pod) - gets) / (pod.requests() - requests)
            if per_read < 0.9:
                raise Failed(f"cold reads were not cold: {per_read:.2f} requests to the store for each")
            rates = [x.rate for x in a], [x.rate for x in b]
            value = ratio(*rates)
            report.row(f"bala, {name}, {count} objects, {connections} connections", *(number(median(r)) for r in rates),
                       f"{value:.2f}", f"{per_read:.2f}", "≥ 0.80", met=round(value, 2) >= 0.8)
        bench.servers.stop(pod, store)


def _gets(pod):
    return sum(n for labels, n in pod.operations().items() if 'kind="get"' in labels)
