#!/usr/bin/env python3
"""Runs cfleaks and its rivals on one generated corpus and prints what each finds of it.

    python3 benches/corpus.py [--seed N] [--size N] [--folder DIR]

The corpus and its answer key come from `tests/corpus.rs`; half of its files hold one secret each, the
others only what looks like one. A secret counts as found when a finding in its file shows it, names
its digest, or stands on its line. A finding anywhere else is a false alarm; several on one line of
one file count once. Secrets with a wrong checksum are neither, nor are the values of other vendors
that some files hold.

cfleaks is taken from target/release or, failing that, target/debug (or CFLEAKS). Rivals join in where
they are installed: kingfisher (`pip install kingfisher-bin`, or its path in KINGFISHER), counted with
all its rules and with those that concern Cloudflare; detect-secrets (DETECT_SECRETS); ripsecrets
(RIPSECRETS); secretlint with its recommended preset, where SECRETLINT names a folder in which npm has
installed both. Nothing is sent anywhere: validation is off.
"""

import argparse
import collections
import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# Lookalikes that hold what another vendor's rule may rightly report.
FOREIGN = ("other vendors", "AWS keys", "AWS beside R2", "JWT of others")
Finding = collections.namedtuple("Finding", "file line secret digest rule")


def output(command, **options):
    """Standard output of a run, whatever its exit code says."""
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **options
    ).stdout


def program(variable, name):
    return os.environ.get(variable) or shutil.which(name)


def cfleaks(files):
    built = [os.path.join(ROOT, "target", kind, "cfleaks") for kind in ("release", "debug")]
    path = os.environ.get("CFLEAKS") or next(filter(os.path.exists, built), None)
    if not path:
        return None
    report = json.loads(
        output([path, "scan", ".", "--no-ignore", "--format", "json", "--show-secrets"], cwd=files)
    )
    return [
        Finding(
            re.split(r"[!]", place["path"])[0],
            place.get("region", {}).get("start_line"),
            finding.get("secret", ""),
            None,
            finding["rule"],
        )
        for finding in report["findings"]
        for place in finding["places"]
    ]


def kingfisher(files):
    path = program("KINGFISHER", "kingfisher")
    if not path:
        return None
    lines = output(
        [path, "scan", "--no-validate", "--no-update-check", "--git-history", "none", "--no-dedup"]
        + ["--confidence", "low", "--format", "jsonl", files]
    )
    found = []
    for line in lines.splitlines():
        record = json.loads(line)
        if "finding" in record:
            one, rule = record["finding"], record["rule"]
            names = f"{rule['id']} {rule['name']}"
            found.append(Finding(within(files, one["path"]), one["line"], one["snippet"], None, names))
    return found


def detect_secrets(files):
    path = program("DETECT_SECRETS", "detect-secrets")
    if not path:
        return None
    report = json.loads(output([path, "scan", "--all-files", "."], cwd=files))
    return [
        Finding(os.path.normpath(one["filename"]), one["line_number"], "", one["hashed_secret"], one["type"])
        for all_of_file in report["results"].values()
        for one in all_of_file
    ]


def ripsecrets(files):
    path = program("RIPSECRETS", "ripsecrets")
    if not path:
        return None
    found = []
    for line in output([path, files]).decode("utf-8", "replace").splitlines():
        match = re.match(r"(.*?):(?:(\d+):)?(.*)", line)
        if match:
            number = int(match[2]) if match[2] else None
            found.append(Finding(within(files, match[1]), number, match[3], None, ""))
    return found


def secretlint(files):
    folder = os.environ.get("SECRETLINT")
    if not folder:
        return None
    with tempfile.NamedTemporaryFile("w", suffix=".json", dir=folder) as config:
        json.dump({"rules": [{"id": "@secretlint/secretlint-rule-preset-recommend"}]}, config)
        config.flush()
        lines = output(
            ["npx", "secretlint", "--format", "json", "--no-maskSecrets", "--secretlintrc", config.name]
            + [f"{files}/**/*", f"{files}/**/.*", f"{files}/**/.*/**"],
            cwd=folder,
        )
    return [
        Finding(
            within(files, one["filePath"]),
            message["loc"]["start"]["line"],
            one["sourceContent"][message["range"][0] : message["range"][1]],
            None,
            message["ruleId"],
        )
        for one in json.loads(lines or b"[]")
        for message in one["messages"]
    ]


def within(files, path):
    """The path inside the corpus; what a scanner adds behind an archive's name goes."""
    path = os.path.relpath(path, files) if os.path.isabs(path) else os.path.normpath(path)
    return re.split(r"[!]", path)[0]


def entry_of(keys, path):
    """The corpus's entry: each has a numbered folder of its own."""
    number = re.match(r"(?:\./)?(\d{5})/", path)
    return keys.get(number[1]) if number else None


def tells(entry, finding):
    """Whether the finding is the entry's secret."""
    secret = entry["secret"].strip()
    shown = finding.secret.strip()
    if finding.digest:
        if finding.digest == hashlib.sha1(secret.encode()).hexdigest():
            return True
    elif secret in shown or (len(shown) >= 16 and shown in secret):
        return True
    lines = entry["lines"]
    return bool(lines and finding.line and lines[0] <= finding.line <= lines[1])


def judge(keys, findings):
    """Secrets found, by entry, and false alarms, by file and line."""
    found, alarms = set(), set()
    for finding in findings:
        entry = entry_of(keys, finding.file)
        if entry is None or entry.get("lookalike", "").startswith(FOREIGN):
            continue
        if "secret" not in entry or not tells(entry, finding):
            alarms.add((entry["path"], finding.line))
        elif not entry["mangled"]:
            found.add(entry["path"])
    return found, alarms


def table(title, keys, results, group):
    rows = collections.Counter(group(entry) for entry in keys)
    width = max(len(row) for row in rows)
    print(f"\n{title:<{width}} {'of':>6}" + "".join(f" {name:>24}" for name in results))
    for row in sorted(rows):
        of_row = {entry["path"] for entry in keys if group(entry) == row}
        counts = "".join(f" {len(of_row & found):>24}" for found, _ in results.values())
        print(f"{row:<{width}} {rows[row]:>6}{counts}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", type=int, default=2000)
    parser.add_argument("--folder", help="keep the corpus here")
    options = parser.parse_args()
    folder = options.folder or tempfile.mkdtemp(prefix="corpus-")
    environment = dict(
        os.environ,
        CFLEAKS_CORPUS_SEED=str(options.seed),
        CFLEAKS_CORPUS_SIZE=str(options.size),
        CFLEAKS_CORPUS_DIR=folder,
    )
    subprocess.run(
        ["cargo", "test", "--quiet", "--test", "corpus", "--", "--ignored", "--exact", "write"],
        cwd=ROOT,
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    files = os.path.join(folder, "files")
    with open(os.path.join(folder, "key.json")) as key:
        entries = json.load(key)
    keys = {entry["path"][:5]: entry for entry in entries}
    secrets = [entry for entry in entries if "secret" in entry and not entry["mangled"]]

    runs = {
        "cfleaks": cfleaks(files),
        "kingfisher": kingfisher(files),
        "detect-secrets": detect_secrets(files),
        "ripsecrets": ripsecrets(files),
        "secretlint": secretlint(files),
    }
    results = {}
    for name, findings in runs.items():
        if findings is None:
            print(f"{name}: not installed")
            continue
        if name == "kingfisher":
            ours = [one for one in findings if re.search(r"(?i)cloudfl|\br2\b|turnstile", one.rule)]
            results["kingfisher, Cloudflare"] = judge(keys, ours)
        results[name] = judge(keys, findings)

    print(f"seed {options.seed}: {len(secrets)} secrets, {len(entries) - len(secrets)} files without\n")
    print(f"{'':<24} {'found':>7} {'recall':>8} {'false alarms':>13} {'per 100 findings':>17}")
    for name, (found, alarms) in results.items():
        recall = 100 * len(found) / len(secrets)
        rate = 100 * len(alarms) / max(1, len(found) + len(alarms))
        print(f"{name:<24} {len(found):>7} {recall:>7.1f}% {len(alarms):>13} {rate:>17.1f}")
    table("kind", secrets, results, lambda entry: entry["kind"])
    table("layer", secrets, results, lambda entry: entry["layer"])
    if not options.folder:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
