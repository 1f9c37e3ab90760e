"""kill -9 of the watcher at random while canonical moves: afterwards one `gitdraft rebase` puts all right.

`GITDRAFT_KILLS=200 pytest tests/damage/test_damage_watch.py` is the long sweep.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sandbox import Sandbox

pytestmark = pytest.mark.long

KILLS = int(os.environ.get("GITDRAFT_KILLS", "3"))
KILLS_A_ROUND = 3
DRAFTS = 40
COMMITS = """
for i in $(seq 25); do
    printf '{"id": "name", "label": "Name %s", "rank": %s}\\n' $((i %% 3)) $i > properties/name.json
    printf '{"id": "unused", "rank": %s}\\n' $i > properties/unused.json
    git commit --quiet --all --message "canonical $i" || exit 1
done
"""


def make_drafts(sandbox: Sandbox) -> None:
    repo = sandbox.library
    for number in range(DRAFTS):
        draft = repo.drafts.new(f"Draft {number}", draft_id=f"draft-{number}")
        if number % 4:
            draft.set(f"property/{('name', 'unused')[number % 2]}", f"/n{number}", number)
        else:
            draft.set("property/name", "/label", f"Name by draft {number}")


def statuses(sandbox: Sandbox) -> dict[str, str]:
    report = sandbox.library.rebase(dry_run=True)
    return {draft.id: draft.status for draft in report.drafts}


def effective(sandbox: Sandbox) -> dict[str, object]:
    repo = sandbox.library
    return {
        name: [repo.drafts[name].view(f"property/{key}").document for key in ("name", "unused")]
        for name in repo.store.open_drafts()
    }


def test_killed_at_any_moment_one_rebase_puts_all_right(sandbox: Sandbox, tmp_path: Path) -> None:
    make_drafts(sandbox)
    chance = random.Random(7)
    for number in range(-(-KILLS // KILLS_A_ROUND)):
        watched = Sandbox(shutil.copytree(sandbox.path, tmp_path / f"watched-{number}", symlinks=True))
        mover = subprocess.Popen(["sh", "-c", COMMITS.replace("%%", "%")], cwd=watched.path)
        kill_at_random(watched, chance)
        assert mover.wait() == 0

        assert watched.run("rebase").code in (0, 1)
        tip = watched.git("rev-parse", "main")
        untouched = Sandbox(shutil.copytree(sandbox.path, tmp_path / f"untouched-{number}", symlinks=True))
        untouched.git("fetch", "--quiet", str(watched.path), "main")
        untouched.git("reset", "--quiet", "--hard", tip)
        assert untouched.run("rebase").code in (0, 1)
        assert statuses(watched) == statuses(untouched)
        assert effective(watched) == effective(untouched)
        assert watched.library.store.rebased_tip() == tip
        assert watched.run("new", "After").code == 0
        watched.fsck()
        for done in (watched, untouched):
            shutil.rmtree(done.path)


def kill_at_random(watched: Sandbox, chance: random.Random) -> None:
    """Watch, and be killed, until the commits are there."""
    for _ in range(KILLS_A_ROUND):
        watcher = subprocess.Popen(
            [sys.executable, "-m", "gitdraft.cli.main", "-q", "watch"],
            cwd=watched.path,
            stderr=subprocess.PIPE,
        )
        try:
            watcher.wait(chance.uniform(0.2, 1.2))
        except subprocess.TimeoutExpired:
            watcher.kill()
        assert watcher.stderr is not None
        with watcher.stderr as said:
            assert said.read() == b""
        watcher.wait()
