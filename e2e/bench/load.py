"""Load: wrk for reads, threads for pushes, presigned URLs for a store."""

import hashlib
import hmac
import re
import subprocess
import threading
import time
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import quote

from servers import BUCKET, KEY, SECRET, Failed

CONNECTIONS = 64
BOUNDARY = "barre-bench-7f2a9c"


class Reads:
    """What one run of wrk saw. It never counts an error as an answer."""

    def __init__(self, text, seconds):
        answers = re.search(r"(\d+) requests in", text)
        rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
        if not answers or not rate:
            raise Failed(f"wrk said: {text}")
        wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
        broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
        self.errors = sum(map(int, broken.groups())) if broken else 0
        self.errors += int(wrong[1]) if wrong else 0
        self.count, self.rate, self.seconds = int(answers[1]), float(rate[1]), seconds
        self.p50, self.p99 = (_milliseconds(re.search(rf"{part}%\s+([\d.]+)(us|ms|s)", text)) for part in (50, 99))


def _milliseconds(match):
    return float(match[1]) * {"us": 0.001, "ms": 1, "s": 1000}[match[2]] if match else 0.0


class Wrk:
    """Runs wrk, and remembers its errors."""

    def __init__(self, program):
        self.program, self.errors = program, 0

    def __call__(self, url, seconds, connections=CONNECTIONS, close=False, paths=None, body=None):
        """Asks for `url`, for the paths that are in a file, or posts the body that is in one."""
        threads = min(2, connections)
        command = [self.program, f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "10s"]
        if close:
            command += ["-H", "Connection: close"]
        script, *given = ("paths.lua", paths, threads) if paths else ("post.lua", body) if body else (None,)
        if script:
            command += ["-s", Path(__file__).with_name(script)]
        command = [str(word) for word in (*command, url, *given)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60)
        if done.returncode != 0:
            raise Failed(f"wrk failed: {done.stdout}{done.stderr}")
        reads = Reads(done.stdout, seconds)
        self.errors += reads.errors
        return reads


def push(connection, token, bala):
    """Pushes as `bal` does; the status and the seconds until the answer. The hash is left out: it is the driver's work."""
    head = (f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="bala-file"; filename="{bala.file_name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n").encode()
    tail = f"\r\n--{BOUNDARY}--\r\n".encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
               "Content-Length": str(len(head) + bala.size + len(tail))}
    began = time.perf_counter()
    connection.request("POST", "/2.0/registry/packages", [head, *bala.pieces, tail], headers)
    answer = connection.getresponse()
    answer.reason_text = answer.read()
    return answer.status, time.perf_counter() - began


class Pushes:
    """Pushes by threads that begin at the same moment: statuses and seconds."""

    def __init__(self):
        self.statuses, self.seconds, self.lock = {}, [], threading.Lock()

    def note(self, status, seconds):
        with self.lock:
            self.statuses[status] = self.statuses.get(status, 0) + 1
            if status == 204:
                self.seconds.append(seconds)

    @property
    def failures(self):
        """What no client should see: 5xx, and broken connections."""
        return sum(n for status, n in self.statuses.items() if not isinstance(status, int) or status >= 500)

    def percentile(self, part):
        ordered = sorted(self.seconds)
        return ordered[min(int(len(ordered) * part), len(ordered) - 1)] * 1000 if ordered else float("nan")

    def text(self):
        return ", ".join(f"{n} × {status}" for status, n in sorted(self.statuses.items(), key=str))


def push_all(pods, token, makers, at_once, until=None):
    """Each of `makers` makes a bala, which one of `at_once` threads pushes to its pod. With `until`, an event, threads
    take from the iterator until it is set."""
    pushes, makers, lock = Pushes(), iter(makers), threading.Lock()
    start = threading.Barrier(at_once + 1)

    def work(index):
        pod = pods[index % len(pods)]
        connection = pod.connect()
        with lock:
            make = next(makers, None)
        bala = make() if make else None
        start.wait()
        while bala and not (until and until.is_set()):
            try:
                pushes.note(*push(connection, token, bala))
            except OSError as error:
                pushes.note(type(error).__name__, 0)
                connection.close()
            with lock:
                make = next(makers, None)
            bala = make() if make else None
        connection.close()

    threads = [threading.Thread(target=work, args=(n,), daemon=True) for n in range(at_once)]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    pushes.took = time.perf_counter() - began
    return pushes


def presigned(store, key):
    """The path and query of a GET that is signed for an hour."""
    now = datetime.now(timezone.utc)
    date, stamp = now.strftime("%Y%m%d"), now.strftime("%Y%m%dT%H%M%SZ")
    scope = f"{date}/us-east-1/s3/aws4_request"
    path = quote(f"/{BUCKET}/{key}")
    query = (f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={quote(f'{KEY}/{scope}', safe='')}&X-Amz-Date={stamp}"
             "&X-Amz-Expires=3600&X-Amz-SignedHeaders=host")
    request = f"GET\n{path}\n{query}\nhost:{store.address}\n\nhost\nUNSIGNED-PAYLOAD"
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    secret = f"AWS4{SECRET}".encode()
    for part in (date, "us-east-1", "s3", "aws4_request", text):
        secret = hmac.digest(secret, part.encode(), "sha256")
    return f"{path}?{query}&X-Amz-Signature={secret.hex()}"
