"""An answer of the registry beside nginx's, which has as many bytes in a file."""

from load import CONNECTIONS
from report import interleaved, median, number, ratio
from servers import Failed

ROUNDS, SECONDS = 2, 1
COLUMNS = ["bytes", "p50 / p99 ms by one connection", "nginx's", f"a second by {CONNECTIONS}", "nginx's", "ratio"]


class Beside:
    """A pod, and an nginx for its answers."""

    def __init__(self, bench, pod):
        self.bench, self.pod, self.files, self.root = bench, pod, 0, bench.folder / "beside"
        # Of another part of this run, whose files are asked for no more.
        self.root.mkdir(exist_ok=True)
        self.nginx = bench.servers.nginx(self.root)

    def row(self, name, path, answer, *cells, question=None):
        """What COLUMNS says of this answer to a GET, or to a question that is posted; then these cells."""
        self.files += 1
        file, body, wrk = f"answer-{self.files}", None, self.bench.wrk
        (self.root / file).write_bytes(answer)
        if question:
            body = self.bench.folder / "question"
            body.write_bytes(question)
        ours = lambda *connections: wrk(self.pod.url + path, SECONDS, *connections, body=body)
        theirs = lambda *connections: wrk(f"{self.nginx.url}/{file}", SECONDS, *connections)
        errors, one = wrk.errors, [asked(1) for asked in (ours, theirs)]
        rates = [[reads.rate for reads in side] for side in interleaved(ROUNDS, ours, theirs)]
        if wrk.errors > errors:
            raise Failed(f"{path}: wrk saw {wrk.errors - errors} errors")
        self.bench.report.row(name, f"{len(answer):,}", *(f"{reads.p50:.2g} / {reads.p99:.2g}" for reads in one),
                              *(number(median(side)) for side in rates), f"{ratio(*rates):.2f}", *cells)

    def stop(self):
        self.bench.servers.stop(self.pod, self.nginx)
