"""Whatever stops a build: the old files stay whole, what was extracted is kept, and the next run ends the same.

The whole trial, 20 kills over 5,000 papers, runs with `make test-kills`; by default it is a small one.
"""

from __future__ import annotations

import json
import os
import random
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import kg
from kg.exporters import switching
from kg.locking import LOCK, locked
from kg.store import NAME, Store, opened
from tests import corpus
from tests.test_build import GOOD, OTHER, graph_files, run

KILLS, PAPERS = int(os.environ.get("KG_KILLS", "2")), int(os.environ.get("KG_KILL_PAPERS", "100"))
COMMAND = [sys.executable, "-c", "from kg.cli import main; main()"]
Write = Callable[..., Path]


def records(folder: Path) -> int:
    """Return how many records the store of a folder holds, graph or not."""
    with sqlite3.connect(f"file:{folder / NAME}?mode=ro", uri=True) as db:
        count = int(db.execute("SELECT count(*) FROM record").fetchone()[0])
    db.close()
    return count


def is_whole(folder: Path) -> bool:
    """Tell whether all files of a folder are of one build, or are about to be, by a run that finishes the move."""
    manifest = json.loads((folder / switching.MANIFEST).read_text(encoding="utf-8"))
    return (folder / switching.READY).is_dir() or not switching.problem(folder, state=manifest["state"])


@pytest.mark.slow
def test_kills_at_random_moments_cost_nothing(tmp_path: Path) -> None:
    """A kill -9 at any moment: files stay whole, no record is lost, and the end equals the undisturbed build."""
    chance = random.Random(7)
    old, source = corpus.write(tmp_path / "old.jsonl", 20, seed=9), corpus.write(tmp_path / "new.jsonl", PAPERS)
    options = ["-w", "2", "--without", "html"]
    start = time.monotonic()
    assert run("build", "-q", source, "-o", tmp_path / "calm", *options).returncode == 0
    whole = time.monotonic() - start
    kg.build_folder([old], tmp_path / "before", without=["html"])
    folder, killed, old_ones = tmp_path / "out", 0, 20
    shutil.copytree(tmp_path / "before", folder)
    while killed < KILLS:
        kept = records(folder)
        process = subprocess.Popen(
            [*COMMAND, "build", str(source), "-o", str(folder), *options], stderr=subprocess.PIPE, text=True
        )
        try:
            process.wait(chance.uniform(0, 4 + 3 * whole / KILLS))
        except subprocess.TimeoutExpired:
            process.kill()
        _, messages = process.communicate()
        if found := re.search(r"extracting \(0 of (\d+) papers\)", messages):
            # The records of the old graph stay until the new one takes its place.
            assert int(found[1]) == PAPERS - (kept - old_ones), "papers with a record are extracted again"
        assert is_whole(folder)
        if process.returncode == 0:  # done before its kill: begin again
            assert graph_files(folder) == graph_files(tmp_path / "calm")
            shutil.rmtree(folder)
            shutil.copytree(tmp_path / "before", folder)
            continue
        assert process.returncode == -signal.SIGKILL, messages
        killed += 1
        assert records(folder) >= kept - old_ones
    assert run("build", "-q", source, "-o", folder, *options).returncode == 0
    assert graph_files(folder) == graph_files(tmp_path / "calm")


@pytest.fixture
def folder(tmp_path: Path, papers_file: Write) -> Path:
    """Return a folder with the graph of one paper."""
    kg.build_folder([papers_file(GOOD, name="good.jsonl")], tmp_path / "graph")
    return tmp_path / "graph"


def dying(work: Callable[[], object], *, at: int) -> bool:
    """Run some work in a fork that dies without any cleaning up at its nth change of the folder; tell if it died."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    left = [at]

    def deadly(original: Callable[..., object]) -> Callable[..., object]:
        def act(*arguments: object, **options: object) -> object:
            if not left[0]:
                os._exit(9)
            left[0] -= 1
            return original(*arguments, **options)

        return act

    for owner, name in ((Path, "replace"), (Path, "unlink"), (Path, "rmdir"), (Store, "switch"), (Store, "put")):
        setattr(owner, name, deadly(getattr(owner, name)))
    try:
        work()
    finally:
        os._exit(0)


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_death_at_every_step_leaves_old_or_new(folder: Path, papers_file: Write, tmp_path: Path) -> None:
    """A run that dies between any two changes of the folder leaves the old graph or the new one, and nothing lost."""
    more = papers_file(OTHER, name="more.jsonl")
    kg.build_folder([tmp_path / "good.jsonl", more], tmp_path / "both")
    old, new = graph_files(folder), graph_files(tmp_path / "both")
    graphs = [kg.load(folder), kg.load(tmp_path / "both")]
    steps = 0
    while True:
        trial = tmp_path / f"trial{steps}"
        shutil.copytree(folder, trial)
        died = dying(lambda: kg.add(trial, more), at=steps)  # noqa: B023 - called at once
        for name in set(old) - {switching.MANIFEST}:
            assert (trial / name).read_bytes() in (old[name], new[name])
        assert kg.load(trial) in graphs
        assert is_whole(trial)
        if not died:
            break
        kg.rebuild(trial)
        assert graph_files(trial) in (old, new)
        kg.add(trial, more)
        assert graph_files(trial) == new
        steps += 1
    assert steps > 8


@pytest.mark.parametrize("limit", [30_000, 300_000])
def test_full_disk_is_told_and_costs_nothing(folder: Path, papers_file: Write, tmp_path: Path, limit: int) -> None:
    """Where no more can be written, store or files, the error says so, the old files stay, and a later run goes on."""
    before, source = graph_files(folder), corpus.write(tmp_path / "more.jsonl", 30)
    done = subprocess.run(
        [*COMMAND, "add", "-q", str(folder), str(source)],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr
    assert "cannot be written" in done.stderr
    assert graph_files(folder) == before
    assert not {p.name for p in folder.iterdir()} & {switching.STAGING, switching.READY, LOCK}
    kg.add(folder, source)
    kg.build_folder([tmp_path / "good.jsonl", source], tmp_path / "calm")
    assert graph_files(folder) == graph_files(tmp_path / "calm")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a file system of its own with little space."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1600k", "tmpfs", str(place)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small file system can be mounted by root only")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_small_and_read_only_disks(small_disk: Path, tmp_path: Path, papers_file: Write) -> None:
    """A disk without space and one that cannot be written are clear errors; what is there can still be read."""
    folder = small_disk / "graph"
    kg.build_folder([papers_file(GOOD)], folder, without=["html"])
    before = graph_files(folder)
    with pytest.raises(kg.StoreError, match="cannot be written"):
        kg.add(folder, corpus.write(tmp_path / "more.jsonl", 40))
    assert graph_files(folder) == before
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    for work in (lambda: kg.rebuild(folder), lambda: kg.build_folder([papers_file(GOOD)], small_disk / "other")):
        with pytest.raises(kg.StoreError, match="Read-only file system"):
            work()
    assert len(kg.load(folder).papers) == 1
    assert not kg.status(folder).problem


def test_second_run_on_a_folder_is_refused(folder: Path, papers_file: Write) -> None:
    """While one process writes to a folder, another is told which one, and changes nothing."""
    before = graph_files(folder)
    with locked(folder):
        done = run("add", folder, papers_file(OTHER, name="more.jsonl"))
        assert (done.returncode, f"process {os.getpid()} is working on this folder" in done.stderr) == (1, True)
        assert {name: data for name, data in graph_files(folder).items() if name != LOCK} == before
        assert kg.status(folder).papers == 1
    assert kg.add(folder, papers_file(OTHER, name="more.jsonl")).report.extracted == 1


def test_lock_of_a_dead_process_is_taken_over(folder: Path, papers_file: Write) -> None:
    """A lock file that a killed process left stops nobody."""
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    (folder / LOCK).write_text(str(dead.pid), encoding="utf-8")
    kg.add(folder, papers_file(OTHER, name="more.jsonl"))
    assert not (folder / LOCK).exists()


def test_unfinished_run_is_told(folder: Path) -> None:
    """Papers that a run listed and did not finish are told by status, and are no part of the graph."""
    with opened(folder / NAME) as store:
        store.begin(keep=True)
        store.want([kg.Paper("x", "T", "A.")], extractor="0")
    assert (kg.status(folder).unfinished, len(kg.load(folder).papers)) == (2, 1)
    kg.rebuild(folder)
    assert (kg.status(folder).unfinished, len(kg.load(folder).papers)) == (0, 1)


@pytest.mark.slow
def test_ctrl_c_stops_cleanly(tmp_path: Path) -> None:
    """Ctrl-C ends the command and its workers, says that nothing is lost, and leaves no file half written."""
    source = corpus.write(tmp_path / "papers.jsonl", 250)
    folder = tmp_path / "out"
    process = subprocess.Popen(
        [*COMMAND, "build", "-w", "2", str(source), "-o", str(folder)],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while not (folder / NAME).is_file() or not records(folder):
        time.sleep(0.1)
        assert process.poll() is None
    workers = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="utf-8").split()
    os.killpg(process.pid, signal.SIGINT)
    _, messages = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "what was read so far is kept" in messages
    assert "Traceback" not in messages
    assert not [pid for pid in workers if Path(f"/proc/{pid}").exists()]
    assert {path.name for path in folder.iterdir()} == {NAME}
    assert 0 < records(folder) < 250
