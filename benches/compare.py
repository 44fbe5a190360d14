#!/usr/bin/env python3
"""Runs cfleaks beside its decode floor and its rivals on the same work, interleaved, and prints ratios.

    cargo build --release && cargo bench --bench floor --no-run
    python3 benches/compare.py plant REPOSITORY DEST [--secrets N] [--commits N] [--checkout]
    python3 benches/compare.py join REPOSITORY... DEST
    python3 benches/compare.py history    [--runs N] [--libgit2] [--beside NAME]... REPOSITORY...
    python3 benches/compare.py tree       [--runs N] [--beside NAME]... FOLDER...
    python3 benches/compare.py cache      [--runs N] REPOSITORY...
    python3 benches/compare.py provenance [--runs N] [--secrets N] [--commits N] [REPOSITORY]
    python3 benches/compare.py staged     [--runs N] [--files N]

`plant` clones a repository and puts made-up secrets into new commits on top, which all scanners are
then expected to find; `history` and `tree` say of each how many of them its report holds. `join` puts
all objects and refs of several repositories into one pack of a new one, with their deltas as they are.

`history` measures, for each repository (bare or not), the whole-history scan against decoding all
objects through the same forest with no detection, against `git cat-file` and, with `--libgit2`,
against reading each blob through libgit2. `tree` measures `cfleaks scan --no-ignore` against `rg -uuu
-c` for one literal, `.git` left out by both. Those of kingfisher, noseyparker, gitleaks, betterleaks, trufflehog, ripsecrets and
detect-secrets that are installed join in (KINGFISHER=path and the like name one that is not on PATH);
with `--beside`, only those named as in the table.
No rival verifies anything: each runs without a network where `unshare` can arrange that.

`cache` measures a first and a second run with `--cache`, against one without. `provenance` makes a
repository of that many commits and secrets (on top of the one named) and measures the scan with and
without the rule that finds them: the difference is what it costs to judge, to trace and to report them.
`staged` makes a repository of that many files with three staged ones, and measures `cfleaks staged`
against `git diff --cached --name-only`.

Each figure is the median of N runs that take turns, so that a busy machine slows all alike. CPU is
user and system time of all threads; peak memory is that of resident pages, mapped packs included as far
as they were touched, and "own" what of it is not mapped from files.
"""

import argparse
import glob
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import plant as planting
import rivals

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CFLEAKS = os.environ.get("CFLEAKS") or os.path.join(ROOT, "target", "release", "cfleaks")
LITERAL = "cfut_"
# The rule that finds what `plant` plants.
PLANTED_RULE = "cloudflare-user-api-token"


def measure(command, said=None):
    """Wall seconds, CPU seconds, peak MB, of that not mapped from files, and exit code of one run; its
    output goes to a file, if one is named."""
    with open(said or os.devnull, "wb") as out, open(os.devnull, "wb") as nowhere:
        start = time.perf_counter()
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=nowhere)
        own = OwnMemory(child.pid)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    peak = usage.ru_maxrss / 1024
    return wall, usage.ru_utime + usage.ru_stime, peak, min(own.peak(), peak), child.returncode


class OwnMemory(threading.Thread):
    """Watches how much memory of a process and its children is its own: without pages of mapped files,
    which the system may take back at any time. Looked at fifty times a second, where Linux tells it."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.most, self.over = pid, 0, threading.Event()
        self.start()

    def run(self):
        while not self.over.wait(0.02):
            self.most = max(self.most, self.of(self.pid))

    def of(self, pid):
        try:
            with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
                found = sum(int(line.split()[1]) for line in file if line.startswith(("RssAnon:", "RssShmem:")))
            with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
                return found + sum(self.of(child) for child in file.read().split())
        except (OSError, ValueError):
            return 0

    def peak(self):
        """In MB; 0 if the process was gone before it was looked at."""
        self.over.set()
        self.join()
        return self.most / 1024


def interleaved(commands, runs, before=None):
    """The median of each figure of each command, over runs that take turns. `before` is called with the
    name of each command that is about to run."""
    taken = {name: [] for name in commands}
    for number in range(runs):
        for name, command in commands.items():
            if before:
                before(name)
            filled = [word.replace("{fresh}", f"{name[0]}{number}") for word in command]
            taken[name].append(measure(filled))
    return {name: [statistics.median(column) for column in zip(*results)] for name, results in taken.items()}


def table(medians, base, column, unit, found=None):
    width = max(len(name) for name in medians)
    planted = "  planted secrets reported" if found else ""
    print(f"  {'':{width}}  {'wall s':>8}  {'CPU s':>8}  {'peak MB':>8}  {'own MB':>8}  {unit:>10}  exit{planted}")
    for name, (wall, cpu, peak, own, code) in medians.items():
        ratio = (wall, cpu)[column] / max(medians[base][column], 1e-9)
        told = f"  {found[name]}" if found and name in found else ""
        print(f"  {name:{width}}  {wall:8.3f}  {cpu:8.3f}  {peak:8.0f}  {own:8.0f}  {ratio:9.2f}x  {int(code):4}{told}")


def reported(commands, secrets, scratch):
    """How many of the planted secrets each scanner's report names, out of how many."""
    found = {}
    for name, command in commands.items():
        report, said = os.path.join(scratch, "report"), os.path.join(scratch, "said")
        for path in (report, said):
            if os.path.exists(path):
                os.remove(path)
        measure([word.replace("{report}", report).replace("{fresh}", "check") for word in command], said)
        text = ""
        for path in (report, said):
            if os.path.exists(path):
                with open(path, encoding="utf-8", errors="replace") as file:
                    text += file.read()
        if name.startswith("noseyparker"):
            datastore = command[command.index("--datastore") + 1].replace("{fresh}", "check")
            words = [rivals.find("noseyparker"), "report", "--datastore", datastore, "--format", "json"]
            text = subprocess.run(words, capture_output=True, text=True, errors="replace").stdout
        count = sum(secret in text for secret in secrets)
        found[name] = f"{count} of {len(secrets)}" + ("" if count == len(secrets) else "  INCOMPLETE")
    return found


def floor_binary():
    built = glob.glob(os.path.join(ROOT, "target", "release", "deps", "floor-*"))
    built = [path for path in built if os.access(path, os.X_OK) and "." not in os.path.basename(path)]
    if not built:
        sys.exit("no floor benchmark; run `cargo bench --bench floor --no-run`")
    return max(built, key=os.path.getmtime)


def with_rivals(commands, others, ours, secrets, scratch, beside):
    """Adds the rivals, offline, with their reports thrown away; and what each scanner reports of what was
    planted. Only those of `beside`, if any are named."""
    if beside:
        others = {name: command for name, command in others.items() if name in beside}
        for name in [name for name in commands if name.startswith("git ") and name not in beside]:
            del commands[name]
    apart = rivals.offline()
    if others and not apart:
        print("  (no `unshare`: rivals keep the network, and are only told not to use it)")
    others = {name: apart + command for name, command in others.items()}
    found = reported({**ours, **others}, secrets, scratch) if secrets else None
    for name, command in others.items():
        commands[name] = [word.replace("{report}", os.devnull) for word in command]
    return found


def history(arguments):
    floor = floor_binary()
    for repository in arguments.repositories:
        git_dir = repository if os.path.isdir(os.path.join(repository, "objects")) else os.path.join(repository, ".git")
        scan = [CFLEAKS, "history", "--progress", "never", repository]
        commands = {
            "decode all objects (floor)": [floor, "--one", "all", repository, "0"],
            "cfleaks history": scan,
            "git cat-file --batch-all-objects": [
                "git", f"--git-dir={git_dir}", "cat-file", "--batch-all-objects",
                "--unordered", "--batch", "--buffer",
            ],
        }
        if arguments.libgit2:
            commands["each blob through libgit2"] = [floor, "--one", "libgit2", repository, "0"]
        with tempfile.TemporaryDirectory() as scratch:
            print(f"{repository} (median of {arguments.runs}, ratios of CPU time to the floor)")
            ours = {"cfleaks history": scan + ["--format", "json", "--show-secrets"]}
            found = with_rivals(
                commands, rivals.history(repository, scratch), ours, planting.planted(repository), scratch,
                arguments.beside)
            table(interleaved(commands, arguments.runs), "decode all objects (floor)", 1, "CPU ratio", found)


def tree(arguments):
    for folder in arguments.folders:
        scan = [CFLEAKS, "scan", "--no-ignore", "--progress", "never", folder]
        commands = {"rg -uuu -c (floor)": ["rg", "-uuu", "-c", "-g", "!.git", LITERAL, folder], "cfleaks scan": scan}
        if shutil.which("rg") is None:
            sys.exit("`rg` (ripgrep) is the floor and is not installed")
        with tempfile.TemporaryDirectory() as scratch:
            # For the page cache.
            measure(commands["rg -uuu -c (floor)"])
            print(f"{folder} (median of {arguments.runs}, ratios of wall time to rg)")
            ours = {"cfleaks scan": scan + ["--format", "json", "--show-secrets"]}
            secrets = planting.planted(folder, "planted-at-head")
            found = with_rivals(commands, rivals.tree(folder, scratch), ours, secrets, scratch, arguments.beside)
            table(interleaved(commands, arguments.runs), "rg -uuu -c (floor)", 0, "wall ratio", found)


def cache(arguments):
    for repository in arguments.repositories:
        with tempfile.TemporaryDirectory() as scratch:
            folder = os.path.join(scratch, "cache")
            scan = [CFLEAKS, "history", "--progress", "never", repository]
            cached = scan + ["--cache-dir", folder]
            commands = {"without --cache": scan, "first run": cached, "second run": cached}

            def before(name):
                if name == "first run":
                    shutil.rmtree(folder, ignore_errors=True)

            print(f"{repository} (median of {arguments.runs}, ratios of CPU time to the first run)")
            table(interleaved(commands, arguments.runs, before), "first run", 1, "CPU ratio")
            size = sum(entry.stat().st_size for entry in os.scandir(folder))
            print(f"  the cache holds {size / 1e6:.1f} MB")


def provenance(arguments):
    with tempfile.TemporaryDirectory() as scratch:
        repository, rules = os.path.join(scratch, "repository"), os.path.join(scratch, "rules")
        secrets = planting.plant(arguments.repository, repository, arguments.secrets, arguments.commits, False)
        os.makedirs(rules)
        with open(os.path.join(rules, f"{PLANTED_RULE}.toml"), "w", encoding="ascii") as file:
            file.write(f'id = "{PLANTED_RULE}"\ndisabled = true\n')
        scan = [CFLEAKS, "history", "--progress", "never", repository]
        commands = {"without the planted rule": scan + ["--rules", rules], "with it": scan}
        print(f"{len(secrets)} secrets, {arguments.commits} commits (median of {arguments.runs}, ratios of CPU time)")
        found = reported({"with it": scan + ["--format", "json", "--show-secrets"]}, set(secrets), scratch)
        table(interleaved(commands, arguments.runs), "without the planted rule", 1, "CPU ratio", found)


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


def plant(arguments):
    secrets = planting.plant(
        arguments.repository, arguments.destination, arguments.secrets, arguments.commits, arguments.checkout)
    print(f"{len(secrets)} secrets are in {arguments.destination}, listed in {arguments.destination}.planted")


def join(arguments):
    *sources, destination = arguments.repositories
    planting.join(sources, destination)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    jobs = parser.add_subparsers(required=True, metavar="JOB")

    def job(run, text, runs=5):
        added = jobs.add_parser(run.__name__, help=text)
        if runs:
            added.add_argument("--runs", type=int, default=runs)
        added.set_defaults(run=run)
        return added

    added = job(plant, "put made-up secrets into a clone", runs=0)
    added.add_argument("--secrets", type=int, default=100)
    added.add_argument("--commits", type=int, default=0, help="at least one for each secret")
    added.add_argument("--checkout", action="store_true", help="with a work tree, for `tree`")
    added.add_argument("repository", metavar="REPOSITORY")
    added.add_argument("destination", metavar="DEST")
    added = job(join, "several repositories in one pack", runs=0)
    added.add_argument("repositories", nargs="+", metavar="REPOSITORY... DEST")
    added = job(history, "whole history against the decode floor and rivals")
    added.add_argument("--libgit2", action="store_true")
    added.add_argument("--beside", action="append", metavar="NAME", help="measure only this beside")
    added.add_argument("repositories", nargs="+", metavar="REPOSITORY")
    added = job(tree, "files against ripgrep and rivals")
    added.add_argument("--beside", action="append", metavar="NAME", help="measure only this beside")
    added.add_argument("folders", nargs="+", metavar="FOLDER")
    job(cache, "a second run against the first").add_argument("repositories", nargs="+", metavar="REPOSITORY")
    added = job(provenance, "what it costs to trace what was found")
    added.add_argument("--secrets", type=int, default=1000)
    added.add_argument("--commits", type=int, default=10_000)
    added.add_argument("repository", nargs="?", metavar="REPOSITORY")
    job(staged, "staged changes against git itself", runs=51).add_argument("--files", type=int, default=5000)
    arguments = parser.parse_args()
    if arguments.run not in (plant, join) and not os.path.exists(CFLEAKS):
        sys.exit("no release build; run `cargo build --release`")
    arguments.run(arguments)


if __name__ == "__main__":
    main()
