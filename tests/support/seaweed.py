"""A real S3 service for tests: SeaweedFS from its wheel, on free ports, stopped with the test session."""

import contextlib
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

from portal.settings import Settings

TRIES = 4
PORTS = (
    "master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc", "s3.port",
    "s3.port.grpc",
)  # fmt: skip
UNUSED = (
    "-s3.port.iceberg=0",
    "-s3.port.lance=0",
    "-master.telemetry=false",
    "-s3.allowedOrigins=http://none.invalid",
)
"""Two catalogue servers that listen on fixed ports unless they are told not to (so that of two test processes the
second stopped), reports to the makers, and leave for every origin: a bucket's own rule shall say who may come."""


def free_port() -> int:
    """A port nobody listens on just now."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Different ports nobody listens on: all are held until the last one is found."""
    with contextlib.ExitStack() as held:
        probes = [held.enter_context(contextlib.closing(socket.socket())) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


class Seaweed:
    """Start in a folder, wait until S3 answers, stop at the end.

    A port may be taken between looking for it and listening on it: the server then stops by itself, and is started
    again on others.
    """

    def __init__(self, folder: Path, *, everywhere: bool = False) -> None:
        self.folder = folder
        self._bind = ["-ip.bind=0.0.0.0"] if everywhere else []
        self.port = 0

    def settings(self, home: Path, bucket: str = "cspon", *, direct: bool = False) -> Settings:
        """Settings that point at this server; ``direct``: clients may speak to it themselves."""
        return Settings(
            home=home,
            store_url=f"s3://{bucket}",
            s3_endpoint=f"127.0.0.1:{self.port}",
            s3_access_key="any",
            s3_secret_key="any",
            s3_secure=False,
            s3_public_endpoint=f"http://127.0.0.1:{self.port}" if direct else None,
        )

    def __enter__(self) -> Self:
        for _try in range(TRIES):
            self._start()
            if self._answers():
                return self
            self.process.kill()
            self.process.wait()
        raise AssertionError(f"SeaweedFS did not start {TRIES} times; its last words:\n{self._words()}")

    def _start(self) -> None:
        weed = Path(sys.executable).parent / "weed"
        ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
        self.port = ports["s3.port"]
        chosen = [f"-{name}={port}" for name, port in ports.items()]
        with (self.folder / "weed.out").open("wb") as out:
            self.process = subprocess.Popen(
                [
                    str(weed), "-logdir", str(self.folder), "server", "-dir", str(self.folder), "-ip=127.0.0.1",
                    *self._bind, "-s3",
                    "-volume.max=100", "-master.volumeSizeLimitMB=64", *chosen, *UNUSED,
                ],
                stdout=out,
                stderr=out,
            )  # fmt: skip

    def _words(self) -> str:
        return (self.folder / "weed.out").read_text(errors="replace")[-3000:]

    def _answers(self) -> bool:
        """Whether S3 answers within a minute; False as soon as the server has stopped."""
        from minio import Minio

        client = Minio(
            f"127.0.0.1:{self.port}", access_key="any", secret_key="any", secure=False, region="us-east-1"
        )
        for _attempt in range(240):
            if self.process.poll() is not None:
                return False
            with contextlib.suppress(Exception):
                client.list_buckets()
                return True
            time.sleep(0.25)
        return False

    def __exit__(self, *_exc: object) -> None:
        self.process.kill()
        self.process.wait()
