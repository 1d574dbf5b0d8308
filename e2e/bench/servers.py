"""What is measured: each server with a folder and free ports of its own, ended with this process."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit

KEY, SECRET = "barre-bench", "barre-bench-secret"
BUCKET = "bench"
PDEATHSIG = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []

# What the user has set for other programs must not reach these.
ENVIRONMENT = {name: value for name, value in os.environ.items()
               if not name.startswith(("AWS_", "BARRE_", "REGISTRY_", "VGW_")) and not name.lower().endswith("_proxy")}


class Failed(Exception):
    """Ends the benchmark with a sentence."""


class Server:
    """A process that this one started."""

    def __init__(self, url, process, folder):
        self.url, self.process, self.folder, self.log = url, process, folder, folder / "log"
        self.address = urlsplit(url).netloc

    @property
    def pid(self):
        return self.process.pid

    def connect(self, timeout=120):
        return http.client.HTTPConnection(self.address, timeout=timeout)

    def get(self, path, headers=None):
        return get(self.address, path, headers)

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Barre(Server):
    """A pod of the registry."""

    admin = ""

    def operations(self):
        """Requests to the store so far, by kind and outcome."""
        return self._counter("barre_store_operations_total{")

    def answers(self):
        """Answers so far, by route and status."""
        return self._counter("barre_requests_total{")

    def requests(self):
        return sum(self.answers().values())

    def _counter(self, name):
        status, body, _ = get(self.admin, "/metrics")
        if status != 200:
            raise Failed(f"/metrics answered {status}")
        lines = (line.rsplit(" ", 1) for line in body.decode().splitlines() if line.startswith(name))
        return {labels: int(value) for labels, value in lines}

    def memory(self, field):
        """VmRSS or VmHWM in MiB."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1]) / 1024
        raise Failed(f"/proc/{self.pid}/status has no {field}: the process has ended, see {self.log}")

    def reset_peak(self):
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")


class Servers:
    """Starts servers below a folder, and ends them all."""

    def __init__(self, args, folder):
        self.args, self.folder, self.running, self.count = args, folder, [], 0
        secret = subprocess.run([args.registry, "token", "new", "--name", "bench", "--organizations", "*",
                                 "--actions", "publish", "--expires", "1d"], check=True, capture_output=True, text=True)
        self.token, entry = [line.strip() for line in secret.stdout.splitlines() if line.startswith("    ")]
        self.tokens = folder / "tokens.json"
        self.tokens.write_text(f'{{"tokens":[{entry}]}}')

    def nginx(self, root, log=False):
        port, folder = free_port(), self._folder("nginx")
        config = folder / "nginx.conf"
        # At its best for this: no copy through user space, and files that stay open.
        config.write_text(f"""
daemon off;
{"user root;" if os.geteuid() == 0 else ""}
worker_processes auto;
pid {folder}/pid;
error_log stderr error;
events {{ worker_connections 1024; }}
http {{
  access_log {f"{folder}/access.log" if log else "off"};
  sendfile on;
  tcp_nopush on;
  keepalive_requests 100000000;
  open_file_cache max=1000 inactive=10m;
  open_file_cache_valid 10m;
  default_type application/octet-stream;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port}; root {root}; }}
}}
""")
        return self._start("nginx", [self.args.nginx, "-e", "stderr", "-p", folder, "-c", config], port, folder)

    def versitygw(self):
        """With keep-alive, which every S3 service has and this one turns off."""
        port, folder = free_port(), self._folder("s3")
        (folder / "data" / BUCKET).mkdir(parents=True)
        command = [self.args.versitygw, "--port", f"127.0.0.1:{port}", "--health", "/healthz", "--quiet", "--keep-alive",
                   "--access-log", folder / "access.log", "posix", folder / "data"]
        server = self._start("versitygw", command, port, folder, "/healthz", ROOT_ACCESS_KEY=KEY, ROOT_SECRET_KEY=SECRET)
        server.data, server.access_log = folder / "data", folder / "access.log"
        return server

    def barre(self, store=None, prefix="registry", flags=(), create=True, level="warn",
              anonymous=True, data=None):
        """A pod over a versitygw, over the folder `data`, or over a folder of its own."""
        port, admin, folder = free_port(), free_port(), self._folder("barre")
        (folder / "scratch").mkdir()
        url = f"s3://{BUCKET}/{prefix}" if store else f"file://{data or folder / 'store'}"
        command = [self.args.registry, "serve", "--store", url, "--listen", f"127.0.0.1:{port}",
                   "--admin-listen", f"127.0.0.1:{admin}", "--tokens", self.tokens, "--anonymous-read", str(anonymous).lower(),
                   "--log-level", level, "--scratch-dir", folder / "scratch", "--drain-delay", "0s",
                   *(["--create"] if create else []), *flags]
        environment = {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": "us-east-1",
                       "AWS_ENDPOINT": store.url, "AWS_ALLOW_HTTP": "true"} if store else {}
        server = self._start("barre-registry", command, admin, folder, "/readyz", **environment)
        barre = Barre(f"http://127.0.0.1:{port}", server.process, folder)
        barre.admin = f"127.0.0.1:{admin}"
        self.running[-1] = barre
        return barre

    def docker_registry(self, store=None):
        port, folder = free_port(), self._folder("docker-registry")
        s3 = {"accesskey": KEY, "secretkey": SECRET, "region": "us-east-1", "regionendpoint": store.url,
              "bucket": BUCKET, "secure": False, "v4auth": True, "rootdirectory": "/docker"} if store else None
        config = {
            "version": 0.1, "log": {"level": "error", "accesslog": {"disabled": True}},
            "storage": {"s3": s3} if store else {"filesystem": {"rootdirectory": str(folder / "store")}},
            "http": {"addr": f"127.0.0.1:{port}"},
        }
        path = folder / "config.yml"
        path.write_text(json.dumps(config))  # JSON is YAML
        return self._start("docker-registry", [self.args.docker_registry, "serve", path], port, folder, "/v2/")

    def stop(self, *servers):
        for server in servers or list(self.running):
            server.stop()
            self.running.remove(server)

    def _folder(self, name):
        self.count += 1
        folder = self.folder / f"{self.count}-{name}"
        folder.mkdir()
        return folder

    def _start(self, name, command, port, folder, ready="/", **environment):
        log = folder / "log"
        with log.open("wb") as out:
            process = subprocess.Popen(PDEATHSIG + [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=out,
                                       stderr=out, env=ENVIRONMENT | environment, cwd=folder)
        server = Server(f"http://127.0.0.1:{port}", process, folder)
        self.running.append(server)
        end = time.monotonic() + 30
        while True:
            try:
                if server.get(ready)[0] < 500:
                    return server
            except OSError:
                pass
            if process.poll() is not None or time.monotonic() > end:
                raise Failed(f"{name} does not start: {log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)


def get(address, path, headers=None):
    """Status, body and headers of a GET on a connection of its own."""
    connection = http.client.HTTPConnection(address, timeout=60)
    try:
        connection.request("GET", path, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.headers
    finally:
        connection.close()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def end_on_signals():
    """So that `finally` runs."""
    def end(number, _):
        raise SystemExit(128 + number)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
