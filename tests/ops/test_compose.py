"""compose.yaml and the Dockerfile, as far as they can be held to account without an engine."""

import contextlib
import fnmatch
import re
import shlex
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import pytest
import yaml
from minio import Minio
from minio.error import S3Error
from urllib3 import PoolManager
from urllib3.exceptions import HTTPError

from portal.settings import ROOT, Settings
from tests.ops.conftest import eventually, free_port

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
LONG_LIVED = {"postgres", "s3", "web", "worker"}
INSTRUCTIONS = {
    "FROM",
    "WORKDIR",
    "COPY",
    "RUN",
    "ENV",
    "VOLUME",
    "USER",
    "EXPOSE",
    "HEALTHCHECK",
    "CMD",
    "ENTRYPOINT",
}


def environment() -> dict[str, str]:
    lines = (ROOT / "compose.env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def instructions() -> list[list[str]]:
    """The Dockerfile's instructions, continued lines joined."""
    text = re.sub(r"\\\n\s*", " ", (ROOT / "Dockerfile").read_text())
    return [line.split(maxsplit=1) for line in text.splitlines() if line and not line.startswith("#")]


def test_the_four_services_and_nothing_privileged() -> None:
    assert set(SERVICES) == LONG_LIVED | {"migrate"}
    for service in SERVICES.values():
        assert not service.get("privileged")
        assert "network_mode" not in service
        assert "pid" not in service


@pytest.mark.parametrize("name", sorted(LONG_LIVED))
def test_services_are_watched_and_start_again(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    if name != "web":
        assert service["healthcheck"]["test"]
    else:
        assert any(words[0] == "HEALTHCHECK" for words in instructions())


def test_services_wait_for_what_they_stand_on() -> None:
    for service in SERVICES.values():
        for other, condition in service.get("depends_on", {}).items():
            if condition["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[other]
            else:
                assert condition["condition"] == "service_completed_successfully"
                assert SERVICES[other]["restart"] == "on-failure"


def test_data_are_in_named_volumes() -> None:
    used = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert used == set(COMPOSE["volumes"])


def test_only_the_web_is_published_and_only_on_the_loopback() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert set(published) == {"web"}
    assert all(port.startswith("127.0.0.1:") for port in published["web"])


def test_web_has_no_privilege_and_the_worker_only_what_jails_need() -> None:
    web, worker = SERVICES["web"], SERVICES["worker"]
    assert web["cap_drop"] == worker["cap_drop"] == ["ALL"]
    assert "cap_add" not in web
    assert web["read_only"] is True
    assert "no-new-privileges:true" in web["security_opt"]
    assert "SYS_PTRACE" not in worker["cap_add"]
    assert worker["mem_limit"], "the outer memory limit is what makes the sandbox strong"
    stage = stages()["web"]
    assert ["USER", "cspon"] in stage


def test_secrets_come_by_a_file_that_is_not_committed() -> None:
    text = (ROOT / "compose.yaml").read_text()
    assert "PASSWORD:" not in text
    assert "SECRET" not in text
    for service in SERVICES.values():
        assert service.get("env_file") == "compose.env"
    secret = {name for name in environment() if re.search("PASSWORD|SECRET", name)}
    assert {environment()[name] for name in secret} == {"CHANGE-ME"}


def test_the_example_names_settings_that_exist() -> None:
    known = {f"CSPON_{name.upper()}" for name in Settings.model_fields}
    assert {name for name in environment() if name.startswith("CSPON_")} <= known
    assert (
        f"@postgres:5432/{SERVICES['postgres']['environment']['POSTGRES_DB']}"
        in environment()["CSPON_DATABASE_URL"]
    )


def stages() -> dict[str, list[list[str]]]:
    found: dict[str, list[list[str]]] = {}
    for words in instructions():
        if words[0] == "FROM":
            name = words[1].split()[-1]
            found[name] = []
        else:
            found[name].append(words)
    return found


def test_the_dockerfile_reads_and_builds_the_targets_compose_names() -> None:
    assert {words[0] for words in instructions()} <= INSTRUCTIONS
    assert {service["build"]["target"] for service in SERVICES.values() if "build" in service} <= set(
        stages()
    )
    known: set[str] = set()
    for words in instructions():
        if words[0] == "FROM":
            base, *named = words[1].split(" AS ")
            assert base in known or ":" in base
            known |= set(named)


def test_what_is_copied_exists_and_is_not_ignored() -> None:
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for words in instructions():
        if words[0] == "COPY" and "--from" not in words[1]:
            for source in words[1].split()[:-1]:
                assert (ROOT / source).exists(), source
                assert source in kept
    assert not any(fnmatch.fnmatch("var", pattern) or pattern == ".venv" for pattern in kept)


def test_scripts_that_containers_run_are_there_and_executable() -> None:
    for words in instructions():
        for path in re.findall(r"/app/(scripts/[\w.]+)", words[1]):
            assert (ROOT / path).stat().st_mode & 0o111
            assert subprocess.run(["sh", "-n", ROOT / path], check=False).returncode == 0


@pytest.mark.slow
def test_the_s3_service_starts_with_these_words_and_keeps_strangers_out(tmp_path: Path) -> None:
    """The same arguments and the same variables, with ports of this test and the wheel's program."""
    port = free_port()
    ports = {"-s3.port=8333": f"-s3.port={port}", "-dir=/data": f"-dir={tmp_path}"}
    ports["-s3.ip.bind=0.0.0.0"] = "-s3.ip.bind=127.0.0.1"
    arguments = [ports.get(word, word) for word in SERVICES["s3"]["command"]]
    for part in ("master.port", "volume.port", "filer.port"):
        arguments += [f"-{part}={free_port()}", f"-{part}.grpc={free_port()}"]
    arguments += [f"-s3.port.grpc={free_port()}"]
    program = Path(sysconfig.get_path("scripts")) / "weed"
    env = {"AWS_ACCESS_KEY_ID": "cspon", "AWS_SECRET_ACCESS_KEY": "right-one", "HOME": str(tmp_path)}
    server = subprocess.Popen([program, *arguments], env=env, cwd=tmp_path, stderr=subprocess.DEVNULL)
    try:
        right = Minio(
            f"127.0.0.1:{port}", "cspon", "right-one", secure=False, http_client=PoolManager(retries=False)
        )

        def made() -> bool:
            with contextlib.suppress(S3Error, HTTPError):  # not up yet
                right.make_bucket("cspon")
            with contextlib.suppress(S3Error, HTTPError):
                return right.bucket_exists("cspon")
            return False

        assert eventually(made, 90), shlex.join(arguments)
        with pytest.raises(S3Error):
            Minio(f"127.0.0.1:{port}", "cspon", "wrong", secure=False).bucket_exists("cspon")
    finally:
        server.terminate()
        server.wait()


def test_workers_have_a_font_with_chinese() -> None:
    """Without one, certificates have no PDF (``registry.certification.pdf``)."""
    assert any("fonts-noto-cjk" in words[1] for words in stages()["worker"] if words[0] == "RUN")
