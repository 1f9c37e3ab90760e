"""`python -m benchmarks.compare`: what became slower, and the exit code that says so."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.command_speed import PEERS
from benchmarks.compare import main
from benchmarks.runs import write
from benchmarks.tables import Measured, Recording, megabytes, shown

ROOT = Path(__file__).parents[2]


def written(folder: Path, name: str, measures: dict[str, Measured]) -> str:
    file = folder / f"{name}.json"
    write(file, name, measures)
    return str(file)


def test_each_measured_cell_is_named_by_title_row_and_column() -> None:
    recording = Recording()
    rows = [["", "time", "memory", ""], ["  list", shown(0.5), megabytes(20), "2 x"], ["note", "none"]]
    recording.tables.append(("5 drafts; load 2.4", rows))
    recording.tables.append(("no header", [["index made first", shown(2)]]))
    measures = recording.measures()
    assert {name: (cell.value, cell.unit) for name, cell in measures.items()} == {
        "5 drafts | list | time": (0.5, "s"),
        "5 drafts | list | memory": (20, "MiB"),
        "no header | index made first": (2, "s"),
    }


@pytest.mark.parametrize(
    ("before", "after", "options", "code", "word"),
    [
        (shown(1.0), shown(1.1), [], 0, "1.10 x"),
        (shown(1.0), shown(1.3), [], 1, "SLOWER"),
        (shown(1.0), shown(1.3), ["--threshold", "1.5"], 0, "1.30 x"),
        (shown(1.0), shown(1.1), ["--threshold", "1.05"], 1, "SLOWER"),
        (shown(1.3), shown(1.0), [], 0, "faster"),
        (shown(0.0001), shown(0.001), [], 0, "10.00 x"),
        (shown(0.0001), shown(0.001), ["--least", "0.0005"], 1, "SLOWER"),
        (megabytes(50), megabytes(80), [], 1, "LARGER"),
        (megabytes(80), megabytes(50), [], 0, "smaller"),
    ],
)
def test_a_measure_that_grew_by_more_than_the_threshold_fails(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    before: Measured,
    after: Measured,
    options: list[str],
    code: int,
    word: str,
) -> None:
    files = [written(tmp_path, "before", {"list": before}), written(tmp_path, "after", {"list": after})]
    assert main([*files, *options]) == code
    assert word in capsys.readouterr().out


def test_what_only_one_run_measured_is_said_and_fails_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = written(tmp_path, "before", {"list": shown(1), "old": shown(1), "grown": shown(1)})
    after = written(tmp_path, "after", {"list": shown(1), "new": shown(9), "grown": megabytes(9)})
    assert main([before, after]) == 0
    said = capsys.readouterr().out
    assert "no longer measured: old" in said
    assert "new: new" in said
    assert "no longer measured: grown" in said


def test_runs_with_nothing_in_common_are_not_green(tmp_path: Path) -> None:
    assert main([written(tmp_path, "a", {"a": shown(1)}), written(tmp_path, "b", {"b": shown(1)})]) == 2


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text('{"measures": {}}')
    with pytest.raises(ValueError, match="is no result of a benchmark"):
        main([str(other), str(other)])


def test_a_benchmark_writes_what_it_measured(tmp_path: Path) -> None:
    file = tmp_path / "out/run.json"
    subprocess.run(
        [sys.executable, "-m", "benchmarks.merge_speed", "--json", str(file)],
        cwd=ROOT,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        check=True,
        capture_output=True,
    )
    document = json.loads(file.read_text())
    assert document["name"] == "merge_speed"
    assert [m["unit"] for name, m in document["measures"].items() if "rebase_patch" in name] == ["s"] * 3
    assert main([str(file), str(file)]) == 0


@pytest.mark.long
def test_what_short_commands_cost_is_measured_against_their_peers(tmp_path: Path) -> None:
    file = tmp_path / "commands.json"
    command = [sys.executable, "-m", "benchmarks.command_speed", "1", "--json", str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    measures = json.loads(file.read_text())["measures"]
    assert len(measures) == len(PEERS)
    for name, (peer, _) in PEERS.items():
        assert any(f"| {name} |" in measure for measure in measures), name
        assert peer in done.stdout
