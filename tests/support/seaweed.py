"""A real S3 service for tests: SeaweedFS from its wheel, on free ports, stopped with the test session."""

import contextlib
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

from portal.settings import Settings


def free_port() -> int:
    """A port nobody listens on just now."""
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Seaweed:
    """Start in a folder, wait until S3 answers, stop at the end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()

    def settings(self, home: Path, bucket: str = "cspon") -> Settings:
        """Settings that point at this server."""
        return Settings(
            home=home,
            store_url=f"s3://{bucket}",
            s3_endpoint=f"127.0.0.1:{self.port}",
            s3_access_key="any",
            s3_secret_key="any",
            s3_secure=False,
        )

    def __enter__(self) -> Self:
        weed = Path(sys.executable).parent / "weed"
        ports = [free_port() for _ in range(3)]
        self.process = subprocess.Popen(
            [
                str(weed), "-logdir", str(self.folder), "server", "-dir", str(self.folder), "-ip=127.0.0.1", "-s3",
                f"-s3.port={self.port}", f"-master.port={ports[0]}", f"-volume.port={ports[1]}",
                f"-filer.port={ports[2]}", f"-master.port.grpc={free_port()}", f"-volume.port.grpc={free_port()}",
                f"-filer.port.grpc={free_port()}", f"-s3.port.grpc={free_port()}", "-volume.max=20",
                "-master.volumeSizeLimitMB=64",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._wait()
        return self

    def _wait(self) -> None:
        from minio import Minio

        client = Minio(
            f"127.0.0.1:{self.port}", access_key="any", secret_key="any", secure=False, region="us-east-1"
        )
        for _attempt in range(120):
            assert self.process.poll() is None, "weed stopped by itself"
            with contextlib.suppress(Exception):
                client.list_buckets()
                return
            time.sleep(0.5)
        raise AssertionError("SeaweedFS did not start")

    def __exit__(self, *_exc: object) -> None:
        self.process.kill()
        self.process.wait()
