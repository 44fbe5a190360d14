"""The programs cfleaks is compared with: where they are, and how each is asked for the same work.

Each is asked for Cloudflare's rules only where it can be told so, and never to verify: besides its own
option, it runs where there is no network at all (`unshare -rn`, where the system allows that).
"""

import os
import shutil
import subprocess

TRUFFLEHOG_DETECTORS = "cloudflareapitoken,cloudflareglobalapikey,cloudflarecakey"


def offline():
    """What to put before a command so that it has no network; nothing where that cannot be had."""
    words = ["unshare", "--map-root-user", "--net"]
    if shutil.which("unshare") is None:
        return []
    done = subprocess.run(words + ["true"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return words if done.returncode == 0 else []


def find(name):
    """The path of a program: from the variable of its name in capitals, or from PATH."""
    return os.environ.get(name.upper().replace("-", "_")) or shutil.which(name)


def history(repository, scratch):
    """Commands over a whole history that write a report to `{report}`."""
    commands = {}
    if path := find("kingfisher"):
        scan = [path, "scan", repository, "--no-validate", "--no-update-check", "--rule", "cloudflare",
                "--git-history", "full", "--format", "json", "--output", "{report}"]
        commands["kingfisher"] = scan
        commands["kingfisher --turbo"] = scan + ["--turbo"]
    if path := find("noseyparker"):
        # It has no way to name its own rules, so it searches for all of them.
        commands["noseyparker (all rules)"] = [
            path, "scan", "--datastore", os.path.join(scratch, "noseyparker-{fresh}"), repository]
    for name in ("gitleaks", "betterleaks"):
        if path := find(name):
            commands[name] = [path, "git", repository, "--no-banner", "--exit-code", "0",
                              "--enable-rule", "cloudflare-api-key", "--enable-rule", "cloudflare-global-api-key",
                              "--enable-rule", "cloudflare-origin-ca-key",
                              "--report-format", "json", "--report-path", "{report}"]
    if path := find("trufflehog"):
        commands["trufflehog"] = [path, "git", "file://" + os.path.abspath(repository), "--no-verification",
                                  "--no-update", "--json", "--include-detectors", TRUFFLEHOG_DETECTORS]
    return commands


def tree(folder, scratch):
    """The same over a folder of files."""
    commands = {}
    if path := find("kingfisher"):
        scan = [path, "scan", folder, "--no-validate", "--no-update-check", "--rule", "cloudflare",
                "--git-history", "none", "--format", "json", "--output", "{report}"]
        commands["kingfisher"] = scan
        commands["kingfisher --turbo"] = scan + ["--turbo"]
    if path := find("noseyparker"):
        commands["noseyparker (all rules)"] = [
            path, "scan", "--datastore", os.path.join(scratch, "noseyparker-{fresh}"), "--git-history", "none", folder]
    for name in ("gitleaks", "betterleaks"):
        if path := find(name):
            commands[name] = [path, "dir", folder, "--no-banner", "--exit-code", "0",
                              "--enable-rule", "cloudflare-api-key", "--enable-rule", "cloudflare-global-api-key",
                              "--enable-rule", "cloudflare-origin-ca-key",
                              "--report-format", "json", "--report-path", "{report}"]
    if path := find("trufflehog"):
        commands["trufflehog"] = [path, "filesystem", folder, "--no-verification", "--no-update", "--json",
                                  "--include-detectors", TRUFFLEHOG_DETECTORS]
    if path := find("ripsecrets"):
        commands["ripsecrets (all rules)"] = [path, folder]
    if path := find("detect-secrets"):
        commands["detect-secrets (all rules)"] = [path, "scan", "--all-files", "--no-verify", folder]
    return commands
