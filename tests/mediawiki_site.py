"""A MediaWiki with SQLite in a temporary folder, on loopback: Debian's `mediawiki`, PHP's own web server."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

MEDIAWIKI = Path("/usr/share/mediawiki")
PACKAGES = ("mediawiki", "php-cli", "php-sqlite3")
USER, PASSWORD = "Admin", "a long one for loopback"


def install_packages() -> None:
    """Install Debian's packages where they are not there."""
    if shutil.which("php") and (MEDIAWIKI / "api.php").exists() and "pdo_sqlite" in _run("php", "-m"):
        return
    root = () if os.geteuid() == 0 else ("sudo",)
    _run(*root, "apt-get", "update", "-qq")
    _run(
        *(*root, "env", "DEBIAN_FRONTEND=noninteractive"),
        *("apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES),
    )


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


@dataclass
class Site:
    """A wiki in a folder."""

    folder: Path
    url: str
    opener: urllib.request.OpenerDirector = field(
        default_factory=lambda: urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    )

    @property
    def log(self) -> str:
        """What the extension logged."""
        file = self.folder / "push.log"
        return file.read_text() if file.exists() else ""

    def configure(self, php: str) -> None:
        """Add to LocalSettings.php."""
        with (self.folder / "LocalSettings.php").open("a") as settings:
            settings.write(php + "\n")

    def maintain(self, script: str, *arguments: str, stdin: str = "") -> str:
        """What a maintenance script prints."""
        return _run(
            *("php", str(MEDIAWIKI / "maintenance" / script), *arguments),
            stdin=stdin,
            MW_CONFIG_FILE=str(self.folder / "LocalSettings.php"),
        )

    def api(self, **parameters: str) -> dict[str, Any]:
        """What api.php answers to a POST."""
        body = urllib.parse.urlencode({"format": "json", "formatversion": "2", **parameters}).encode()
        with self.opener.open(f"{self.url}/api.php", body, timeout=120) as answer:
            found: dict[str, Any] = json.load(answer)
        assert "error" not in found, found["error"]
        return found

    def token(self, kind: str) -> str:
        """A token as its clients have to send it."""
        found = self.api(action="query", meta="tokens", type=kind)
        return str(found["query"]["tokens"][f"{kind}token"])

    def log_in(self) -> None:
        """Log in; the cookies are kept."""
        done = self.api(action="login", lgname=USER, lgpassword=PASSWORD, lgtoken=self.token("login"))
        assert done["login"]["result"] == "Success", done

    def edit(self, page: str, text: str, summary: str = "") -> dict[str, Any]:
        """Save a page."""
        done = self.api(action="edit", title=page, text=text, summary=summary, token=self.token("csrf"))
        assert done["edit"]["result"] == "Success", done
        saved: dict[str, Any] = done["edit"]
        return saved

    def delete(self, page: str, reason: str) -> None:
        """Delete a page."""
        self.api(action="delete", title=page, reason=reason, token=self.token("csrf"))

    def text(self, page: str) -> str:
        """The wikitext of a page as it is now."""
        found = self.api(action="query", prop="revisions", rvprop="content", rvslots="main", titles=page)
        return str(found["query"]["pages"][0]["revisions"][0]["slots"]["main"]["content"])


def make_site(folder: Path) -> Site:
    """Install a wiki into an empty folder."""
    site = Site(folder, f"http://127.0.0.1:{free_port()}")
    _run(
        *("php", str(MEDIAWIKI / "maintenance/install.php"), "--dbtype", "sqlite", "--dbname", "wiki"),
        *("--dbpath", str(folder), "--confpath", str(folder), "--server", site.url, "--scriptpath", ""),
        *("--pass", PASSWORD, "--skins", "Vector", "Laboratory wiki", USER),
    )
    return site


@contextmanager
def running(site: Site) -> Iterator[None]:
    """The wiki behind PHP's web server."""
    host = site.url.removeprefix("http://")
    with (
        (site.folder / "web.log").open("w") as log,
        subprocess.Popen(
            ["php", "-S", host, "-t", str(MEDIAWIKI)],
            env={**os.environ, "MW_CONFIG_FILE": str(site.folder / "LocalSettings.php")},
            stdout=subprocess.PIPE,
            stderr=log,
        ) as server,
    ):
        try:
            _await(site.url, server)
            yield
        finally:
            server.terminate()


def _await(url: str, server: subprocess.Popen[bytes]) -> None:
    """Return when the web server takes connections; fails when it ended instead."""
    host, port = url.removeprefix("http://").split(":")
    while server.poll() is None:
        try:
            socket.create_connection((host, int(port)), timeout=5).close()
        except ConnectionRefusedError:
            continue
        return
    raise AssertionError(f"php -S ended with {server.returncode}")


def _run(*command: str, stdin: str = "", **environment: str) -> str:
    done = subprocess.run(
        command,
        input=stdin,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout
