"""Hold a running service to its OpenAPI document with schemathesis.

`python tests/service_schema.py [EXAMPLES]` is the long run, on a repository made for it; CI has a short one.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from sandbox import CONFIGURATION, ENTITIES, SCHEMA, Sandbox

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
PHASES = ("examples", "coverage", "fuzzing", "stateful")
IDENTITY = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Ann Archivist"), ("EMAIL", "ann@example.org"))
}


def prepare(sandbox: Sandbox) -> None:
    """The drafts and tombstones that the guesses are led to."""
    library = sandbox.library
    library.drafts.new("Fix", draft_id="fix").set("category/Person", "/description", "Somebody.")
    library.drafts.new("Other", draft_id="other").delete("property/unused", "unused")
    done = library.drafts.new("Done", draft_id="done")
    done.create("property/gone", {"id": "gone"})
    done.submit()
    done.merge()
    library.canonical.delete("property/gone", "not needed")
    sandbox.change("categories/Person.json", description="Homo sapiens.")


def schemathesis(
    url: str, token: str, examples: int, seed: int, phases: tuple[str, ...] = PHASES
) -> subprocess.CompletedProcess[str]:
    """Run it against the service; its exit code is 0 when every answer is one of the document."""
    arguments = [
        *("run", f"{url}/openapi.json", "--checks", ",".join(CHECKS), "--phases", ",".join(phases)),
        *("--max-examples", str(examples), "--seed", str(seed), "--mode", "all"),
        *("--header", f"Authorization:Bearer {token}", "--no-color", "--continue-on-failure"),
        *("--suppress-health-check", "all", "--request-timeout", "60"),
    ]
    program = Path(sys.executable).with_name("schemathesis")
    with tempfile.TemporaryDirectory() as folder:  # it leaves its own folders where it runs
        return subprocess.run(
            [str(program), *arguments],
            cwd=folder,
            env={
                **os.environ,
                "SCHEMATHESIS_HOOKS": "service_hooks",
                "PYTHONPATH": str(Path(__file__).parent),
                "PYTHONWARNINGS": "ignore",
            },
            capture_output=True,
            text=True,
            check=False,
        )


def main(examples: int) -> int:
    """A fresh repository, a server on it, and so many examples an operation."""
    os.environ.update(IDENTITY)
    with tempfile.TemporaryDirectory() as folder:
        sandbox = Sandbox(Path(folder))
        sandbox.git("init", "--quiet", "--initial-branch", "main")
        for name, content in {
            "gitdraft.yaml": CONFIGURATION,
            "categories/_schema.json": SCHEMA,
            **ENTITIES,
        }.items():
            sandbox.write(name, content)
        sandbox.commit("Start")
        prepare(sandbox)
        made = sandbox.run("-o", "json", "token", "create", "schemathesis", "--role", "maintainer")
        with (
            Path(folder, ".git/serve.log").open("w") as log,
            subprocess.Popen(
                [
                    *(sys.executable, "-m", "gitdraft.cli.main", "-o", "jsonl"),
                    *("serve", "--port", "0", "--rate", "0"),
                ],
                cwd=folder,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            ) as server,
        ):
            assert server.stdout is not None
            url = json.loads(server.stdout.readline())["url"]
            done = schemathesis(url, made.json["token"], examples, 1)
            server.terminate()
        records = [json.loads(line) for line in Path(folder, ".git/serve.log").read_text().splitlines()]
        print(done.stdout[-6000:], done.stderr[-2000:])
        for record in [record for record in records if record.get("status", 500) >= 500][:20]:
            print(json.dumps(record))  # what failed, and what the log has besides requests
        records = [record for record in records if "status" in record]
        sandbox.fsck()
        counted = {s: sum(r["status"] == s for r in records) for s in sorted({r["status"] for r in records})}
        print(f"{len(records):,} requests by status: {counted}")
    return done.returncode


def generated_cases(output: str) -> int:
    """How many test cases a run had."""
    found = re.search(r"([0-9,]+) generated", output)
    return int(found[1].replace(",", "")) if found else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100))
