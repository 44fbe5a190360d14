#!/usr/bin/env python3
"""Runs cfleaks beside its decode floor and its rivals on the same work, interleaved, and prints ratios.

    cargo build --release && cargo bench --bench floor --no-run
    python3 benches/compare.py history [--runs N] [--libgit2] REPOSITORY...
    python3 benches/compare.py staged  [--runs N] [--files N]

`history` measures, for each repository (bare or not), the whole-history scan against decoding all
objects through the same forest with no detection, against `git cat-file` and, with `--libgit2`,
against reading each blob through libgit2; kingfisher joins in where it is installed (`pip install
kingfisher-bin`, or its path in KINGFISHER), with its Cloudflare rules only and no network.

`staged` makes a repository of that many files with three staged ones, and measures `cfleaks staged`
against `git diff --cached --name-only`.

Each figure is the median of N runs that take turns, so that a busy machine slows all alike. CPU is
user and system time of all threads; memory is the peak of resident pages, mapped packs included.
"""

import argparse
import glob
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CFLEAKS = os.path.join(ROOT, "target", "release", "cfleaks")


def measure(command):
    """Wall seconds, CPU seconds, peak MB and exit code of one run; its output is thrown away."""
    start = time.perf_counter()
    with open(os.devnull, "wb") as nowhere:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=nowhere, stderr=nowhere
        )
        _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, child.returncode


def interleaved(commands, runs):
    """The median of each figure of each command, over runs that take turns."""
    taken = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            taken[name].append(measure(command))
    medians = {}
    for name, results in taken.items():
        medians[name] = [statistics.median(column) for column in zip(*results)]
    return medians


def table(medians, base, column, unit):
    width = max(len(name) for name in medians)
    print(f"  {'':{width}}  {'wall s':>8}  {'CPU s':>8}  {'peak MB':>8}  {unit:>10}  exit")
    for name, (wall, cpu, peak, code) in medians.items():
        ratio = (wall, cpu, peak)[column] / max((medians[base])[column], 1e-9)
        print(f"  {name:{width}}  {wall:8.3f}  {cpu:8.3f}  {peak:8.0f}  {ratio:9.2f}x  {int(code)}")


def floor_binary():
    built = glob.glob(os.path.join(ROOT, "target", "release", "deps", "floor-*"))
    built = [path for path in built if os.access(path, os.X_OK) and "." not in os.path.basename(path)]
    if not built:
        sys.exit("no floor benchmark; run `cargo bench --bench floor --no-run`")
    return max(built, key=os.path.getmtime)


def kingfisher():
    return os.environ.get("KINGFISHER") or shutil.which("kingfisher")


def history(arguments):
    floor = floor_binary()
    for repository in arguments.repositories:
        git_dir = repository if os.path.isdir(os.path.join(repository, "objects")) else os.path.join(repository, ".git")
        commands = {
            "decode all objects (floor)": [floor, "--one", "all", repository, "0"],
            "cfleaks history": [CFLEAKS, "history", "--progress", "never", repository],
            "git cat-file --batch-all-objects": [
                "git", f"--git-dir={git_dir}", "cat-file", "--batch-all-objects",
                "--unordered", "--batch", "--buffer",
            ],
        }
        if arguments.libgit2:
            commands["each blob through libgit2"] = [floor, "--one", "libgit2", repository, "0"]
        if kingfisher():
            scan = [
                kingfisher(), "scan", repository, "--no-validate", "--no-update-check",
                "--rule", "cloudflare", "--git-history", "full",
            ]
            commands["kingfisher"] = scan
            commands["kingfisher --turbo"] = scan + ["--turbo"]
        print(f"{repository} (median of {arguments.runs}, ratios of CPU time to the floor)")
        table(interleaved(commands, arguments.runs), "decode all objects (floor)", 1, "CPU ratio")


def make_staged(folder, files):
    """A repository of so many files in folders of fifty, three of them changed and staged."""
    def git(*words):
        environment = dict(
            os.environ, GIT_CONFIG_GLOBAL=os.devnull, GIT_CONFIG_NOSYSTEM="1",
            GIT_AUTHOR_NAME="a", GIT_AUTHOR_EMAIL="a@example.org",
            GIT_COMMITTER_NAME="a", GIT_COMMITTER_EMAIL="a@example.org",
        )
        subprocess.run(["git", "-C", folder, *words], check=True, env=environment, stdout=subprocess.DEVNULL)

    git("init", "-q")
    for number in range(files):
        path = os.path.join(folder, f"folder{number // 50:04}", f"file{number:05}.txt")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="ascii") as file:
            file.write(f"file {number}\n" * 40)
    git("add", ".")
    git("commit", "-qm", "all")
    git("gc", "-q")
    for number in (7, files // 2, files - 1):
        with open(os.path.join(folder, f"folder{number // 50:04}", f"file{number:05}.txt"), "a", encoding="ascii") as file:
            file.write("one more line\n")
    git("add", ".")


def staged(arguments):
    with tempfile.TemporaryDirectory() as folder:
        make_staged(folder, arguments.files)
        commands = {
            "git diff --cached --name-only": ["git", "-C", folder, "diff", "--cached", "--name-only"],
            "cfleaks staged": [CFLEAKS, "staged", folder],
        }
        interleaved(commands, 3)
        print(f"{arguments.files} files, three staged (median of {arguments.runs}, ratios of wall time)")
        table(interleaved(commands, arguments.runs), "git diff --cached --name-only", 0, "wall ratio")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    jobs = parser.add_subparsers(required=True, metavar="JOB")
    job = jobs.add_parser("history", help="whole history against the decode floor and rivals")
    job.add_argument("--runs", type=int, default=5)
    job.add_argument("--libgit2", action="store_true")
    job.add_argument("repositories", nargs="+", metavar="REPOSITORY")
    job.set_defaults(run=history)
    job = jobs.add_parser("staged", help="staged changes against git itself")
    job.add_argument("--runs", type=int, default=51)
    job.add_argument("--files", type=int, default=5000)
    job.set_defaults(run=staged)
    arguments = parser.parse_args()
    if not os.path.exists(CFLEAKS):
        sys.exit("no release build; run `cargo build --release`")
    arguments.run(arguments)


if __name__ == "__main__":
    main()
