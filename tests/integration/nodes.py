"""A Ray cluster of several nodes on this machine, started as an operator would: `ray start`, with a token.

Each node has a loopback address of its own, and so its own name and ports. The head is not on 127.0.0.1: Ray would put
the machine's public address in its place.
"""

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from arena.cli.supervise.parts import Part
from arena.embedded.launch import free_port
from tests.patience import until
from workers.match.head import OBJECT_STORE_BYTES

RAY = str(Path(sys.executable).with_name("ray"))
HEAD = "127.0.0.2"
NODES = ("127.0.0.3", "127.0.0.4")


class Cluster:
    """A head and two more nodes, each with room for every host of a test.

    `folder` must be short: Ray's sockets are below it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        token = folder / "token"
        token.touch(0o600)
        token.write_text(secrets.token_hex(32))
        self.environment = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(token), "OMP_NUM_THREADS": "1"}
        self.address = f"{HEAD}:{free_port()}"
        start = [RAY, "start", "--block", "--disable-usage-stats", "--num-cpus=4"]
        start += [f"--object-store-memory={OBJECT_STORE_BYTES}", "--include-log-monitor=false"]
        head = ["--head", f"--port={self.address.rpartition(':')[2]}", "--include-dashboard=false"]
        head += [f"--temp-dir={folder}", f"--node-ip-address={HEAD}"]
        self.nodes = {HEAD: Part(HEAD, [*start, *head], self.environment, folder / f"{HEAD}.log")}
        for ip in NODES:
            joining = [*start, f"--address={self.address}", f"--node-ip-address={ip}"]
            self.nodes[ip] = Part(ip, joining, self.environment, folder / f"{ip}.log")

    def start(self) -> None:
        """Start every node, one after the other: two that start at once take the same socket, and one of them fails."""
        for ip in self.nodes:
            self.begin(ip)

    def begin(self, ip: str) -> None:
        """Start one node, or one that was killed again."""
        log = self._folder / f"{ip}.log"
        log.unlink(missing_ok=True)
        self.nodes[ip].start()
        until(f"node {ip} to start", lambda: "Ray runtime started" in self._said(ip))

    def stop(self) -> None:
        for node in self.nodes.values():
            node.terminate()
        for node in self.nodes.values():
            node.stop()

    def alive(self) -> bool:
        """Whether the cluster answers, as `ray health-check` sees it, and every node's process runs."""
        check = [RAY, "health-check", f"--address={self.address}"]
        answers = psutil.Popen(check, env={**os.environ, **self.environment}).wait(60) == 0
        return answers and all(node.pid for node in self.nodes.values())

    def hosts(self, word: str = "ray::Host") -> dict[str, list[int]]:
        """The pids of the hosts on each node that has any: match hosts, unless their processes have another word."""
        found = {ip: [p.pid for p in self._family(ip) if word in _words(p)] for ip in self.nodes}
        return {ip: pids for ip, pids in found.items() if pids}

    @contextmanager
    def still(self, ip: str) -> Iterator[None]:
        """All that a node is does nothing meanwhile: for less than half a minute, or Ray gives it up."""
        for process in self._family(ip):
            process.suspend()
        try:
            yield
        finally:
            for process in self._family(ip):
                process.resume()

    def kill(self, ip: str) -> None:
        """`kill -9` of all that a node is, at once, as when its machine loses power."""
        for process in self._family(ip):
            process.suspend()  # nobody may see the others go
        for process in [*self._family(ip), psutil.Process(self.nodes[ip].pid)]:
            process.kill()
        self.nodes[ip].stop()

    def _family(self, ip: str) -> list[psutil.Process]:
        pid = self.nodes[ip].pid
        return psutil.Process(pid).children(recursive=True) if pid else []

    def _said(self, ip: str) -> str:
        log = self._folder / f"{ip}.log"
        said = log.read_text() if log.exists() else ""
        assert self.nodes[ip].pid, said
        return said


def _words(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""
