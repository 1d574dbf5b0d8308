"""A connection to a server that is far away: what a client does with it waits for as many round trips as it would."""

import multiprocessing
import socket
import time

# Sleeping is no more exact than this; the rest is waited for awake.
SLEEPS_LONGER = 0.0004


class Line:
    """One connection over loopback, over which a round trip takes `delay` more. It counts them."""

    def __init__(self, address, delay, headers):
        host, port = address.rsplit(":", 1)
        self.delay, self.trips, self.requests = delay, 0, 0
        self.head = f"Host: {address}\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.socket = socket.create_connection((host, int(port)), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self._arrive()

    def ask(self, method, path, headers="", body=b""):
        """Status, headers and body of the answer; the next question waits for the whole of it."""
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        self.socket.sendall(f"{method} {path} HTTP/1.1\r\n{self.head}{headers}{length}\r\n".encode() + body)
        while (end := self.buffer.find(b"\r\n\r\n")) < 0:
            self._receive()
        first, *lines = self.buffer[:end].decode().split("\r\n")
        found = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        end += 4
        end_of_body = end + (0 if method == "HEAD" else int(found["content-length"]))
        while len(self.buffer) < end_of_body:
            self._receive()
        answer, self.buffer = self.buffer[end:end_of_body], self.buffer[end_of_body:]
        self.requests += 1
        self._arrive()
        return int(first.split(" ", 2)[1]), found, answer

    def close(self):
        self.socket.close()

    def _receive(self):
        piece = self.socket.recv(1 << 18)
        if not piece:
            raise ConnectionError("the server has closed the connection")
        self.buffer += piece

    def _arrive(self):
        """What is here already has as long a way as the question and its answer had."""
        self.trips += 1
        until = time.perf_counter() + self.delay
        if self.delay > SLEEPS_LONGER:
            time.sleep(self.delay - SLEEPS_LONGER)
        while time.perf_counter() < until:
            pass


class Nothing:
    """A server that does nothing but answer, in a process of its own: how long a round trip over a line takes here."""

    ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"

    def __init__(self):
        listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{listener.getsockname()[1]}"
        self.process = multiprocessing.Process(target=self._serve, args=(listener,), daemon=True)
        self.process.start()
        listener.close()

    def round_trip(self, delay, times):
        """The mean of so many, in seconds."""
        line = Line(self.address, delay, {})
        began = time.perf_counter()
        for _ in range(times):
            line.ask("GET", "/")
        took = time.perf_counter() - began
        line.close()
        return took / times

    def stop(self):
        self.process.kill()
        self.process.join()

    def _serve(self, listener):
        while True:
            connection, _ = listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            # A question comes in one piece.
            while connection.recv(1 << 16):
                connection.sendall(self.ANSWER)
