"""Inputs and connections of clients that mean no good."""

import io
import json
import socket
import zipfile

from load import BOUNDARY

MIB = 1024 * 1024
PUSH = "/2.0/registry/packages"


class Sent:
    """Some bytes as a package: what `load.push` takes."""

    def __init__(self, name, data):
        self.file_name, self.pieces, self.size = f"bench-{name}-any-1.0.0.bala", [data], len(data)


def packed(files):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return data.getvalue()


def described(name, readme, texts=None, **package):
    """A package with this readme."""
    version = "1.0.0"
    graph = {"packages": [{"org": "bench", "name": name, "version": version, "dependencies": []}], "modules": []}
    manifest = {"organization": "bench", "name": name, "version": version, "ballerina_version": "2201.12.0",
                "platform": "any", "export": [name], "modules": [{"name": name, "export": True}],
                "readme": "docs/README.md", "licenses": [], "authors": [], **package}
    return Sent(name, packed({
        "bala.json": json.dumps({"bala_version": "3.0.0", "built_by": "WSO2"}), "docs/README.md": readme,
        f"modules/{name}/main.bal": "public function main() {\n}\n", "package.json": json.dumps(manifest),
        "dependency-graph.json": json.dumps(graph), **(texts or {})}))


def nested_tables(name):
    """Five KiB that say two MiB, in which every few bytes are a table."""
    toml = '[bala]\nschema_version="4"\n[build]\nplatform="any"\nx=[' + "{a={a={a={a={}}}}}," * 104_852 + "]\n"
    return Sent(name, packed({"Bala.toml": toml}))


def nested_objects(name):
    return described(name, "# x\n\nIt is small.\n", x=[{"": 0}] * 230_000)


def wordy(name):
    """A few KiB that say four MiB of newlines, which are eight in its document."""
    readme, text = "# x\n\nIt is small.\n", "\n" * (MIB - 64)
    return described(name, readme, {f"docs/{n}.md": text for n in range(4)})


def deaf(address, path, source="127.0.0.1", token=None):
    """A connection that asks and does not read; the system takes as little for it as it may. None where it is refused."""
    host, port = address.rsplit(":", 1)
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(5)
    try:
        connection.bind((source, 0))
        connection.connect((host, int(port)))
        secret = f"Authorization: Bearer {token}\r\n" if token else ""
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {address}\r\n{secret}\r\n".encode())
        return connection
    except OSError:
        connection.close()
        return None


def status(connection):
    """The status that a deaf client would have heard."""
    try:
        connection.settimeout(0.2)
        line = connection.recv(12).decode(errors="replace")
        return line[9:12] or "closed"
    except OSError:
        return "none"


def upload_head(address, token, length):
    return (f"POST {PUSH} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nContent-Length: {length}\r\n"
            f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n--{BOUNDARY}\r\nContent-Disposition: form-data; "
            'name="bala-file"; filename="bench-slow-any-1.0.0.bala"\r\n\r\n').encode()
