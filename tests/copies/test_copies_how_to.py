"""The how-to is typed against real servers, and says what is printed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from real_servers import make_bucket
from sandbox import Sandbox

PAGE = Path(__file__).parents[2] / "docs/how-to/feed-other-systems.md"


@pytest.mark.long
def test_the_page_can_be_typed(
    sandbox: Sandbox, redis_url: str, moto_url: str, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ann")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    make_bucket(moto_url, "bucket")
    sandbox.library.drafts.new("Fix").set("category/Person", "/label", "Human")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    replaced = {
        "redis://127.0.0.1:6379": redis_url,
        "http://127.0.0.1:8333": moto_url,
        "postgresql://gitdraft@127.0.0.1/vocabulary": postgresql_url,
    }
    blocks = re.findall(r"```console\n(.*?)```", PAGE.read_text(), re.DOTALL)
    for step in (step for block in blocks for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]):
        typed, _, printed = step.partition("\n")
        for name, real in replaced.items():
            typed = typed.replace(name, real)
        done = subprocess.run(
            ["bash", "-c", typed],
            cwd=sandbox.path,
            env={**os.environ, "PATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.stdout == printed, typed
