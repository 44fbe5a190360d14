"""Plants made-up secrets in a clone of a repository, so that every scanner can be checked.

The tokens have the shape and the checksum of Cloudflare's user API tokens and are drawn from a seed;
none of them ever was one. Beside the clone two lists are written: `DEST.planted`, all tokens, one a
line, and `DEST.planted-at-head`, those that the last commit still holds.
"""

import os
import random
import shutil
import string
import subprocess
import sys
import zlib

FOLDERS = 40


def token(draw):
    body = "".join(draw.choices(string.ascii_letters + string.digits, k=40))
    return f"cfut_{body}{zlib.crc32(body.encode()):08x}"


def git(repository, *words, **options):
    environment = dict(os.environ, GIT_CONFIG_GLOBAL=os.devnull, GIT_CONFIG_NOSYSTEM="1")
    return subprocess.run(["git", "-C", repository, *words], check=True, env=environment, **options)


def clone(source, destination, checkout):
    """A clone of its own, which shares no file with its source; an empty repository without a source."""
    kind = [] if checkout else ["--bare"]
    if source is None:
        os.makedirs(destination)
        git(destination, "init", "--quiet", "--initial-branch=main", *kind)
    else:
        words = ["clone", "--quiet", "--no-hardlinks", "--no-checkout", *kind, source, destination]
        git(".", *(word for word in words if checkout or word != "--no-checkout"))


def stream(secrets, commits, branch, parent, draw):
    """What `git fast-import` reads: so many commits, each of which writes one file; evenly spread among
    them are those that bring a secret, and half of the secrets are taken out again later."""
    files, planted = {}, []
    for number in range(commits):
        name = f"planted/{number % FOLDERS:02}/{number % 997:03}.env"
        brings = number * secrets // commits != (number + 1) * secrets // commits
        lines = [f"NUMBER={number}"] + [f"LINE_{line}={draw.getrandbits(64)}" for line in range(20)]
        if brings:
            planted.append(token(draw))
            lines.insert(7, f"CLOUDFLARE_API_TOKEN={planted[-1]}")
        kept = files.get(name)
        if kept and len(planted) % 2:
            lines.append(f"CLOUDFLARE_API_TOKEN={kept}")
        files[name] = planted[-1] if brings else kept if kept and len(planted) % 2 else None
        text = "\n".join(lines) + "\n"
        message = f"Planted {number}\n"
        when = 1_700_000_000 + 60 * number
        yield f"commit refs/heads/{branch}\ncommitter Planter <planter@example.org> {when} +0000\n"
        yield f"data {len(message)}\n{message}\n"
        if number == 0 and parent:
            yield f"from {parent}\n"
        yield f"M 100644 inline {name}\ndata {len(text)}\n{text}\n"
    yield "done\n"
    stream.planted, stream.at_head = planted, [kept for kept in files.values() if kept]


def plant(source, destination, secrets, commits, checkout, seed=1):
    if os.path.exists(destination):
        sys.exit(f"{destination} is there already; remove it, or name another")
    clone(source, destination, checkout)
    branch = git(destination, "symbolic-ref", "--short", "HEAD", capture_output=True, text=True).stdout.strip()
    known = subprocess.run(["git", "-C", destination, "rev-parse", "--verify", "--quiet", "HEAD"],
                           capture_output=True, text=True).stdout.strip()
    text = "".join(stream(secrets, max(commits, secrets), branch, known, random.Random(seed)))
    git(destination, "fast-import", "--quiet", "--done", "--force", input=text.encode())
    pack(destination)
    if checkout:
        git(destination, "reset", "--quiet", "--hard")
    for ending, tokens in (("planted", stream.planted), ("planted-at-head", stream.at_head)):
        note(destination, ending, tokens)
    return stream.planted


def pack(repository):
    """All objects in one pack; if some are missing, as in a partial clone, the new ones in one of their own."""
    try:
        git(repository, "repack", "-a", "-d", "-q", stderr=subprocess.DEVNULL)
    except subprocess.CalledProcessError:
        git(repository, "repack", "-d", "-q")
        print("objects are missing, so what was planted is in a pack of its own; `join` makes one of both")


def join(sources, destination):
    """One bare repository of one pack that holds every object of several, whether a ref leads to it or
    not, with the deltas they have; the refs of each are below a folder of its name. What was planted in
    them was planted in it."""
    if os.path.exists(destination):
        sys.exit(f"{destination} is there already; remove it, or name another")
    os.makedirs(destination)
    git(destination, "init", "--quiet", "--bare")
    folders, refs = [], []
    for number, source in enumerate(sources):
        def told(*words):
            return git(source, *words, capture_output=True, text=True).stdout
        folders.append(os.path.abspath(os.path.join(source, told("rev-parse", "--git-path", "objects").strip())))
        form = f"%(objectname) refs/heads/{number}/%(refname:lstrip=1)"
        refs += told("for-each-ref", f"--format={form}").splitlines()
    alternates = os.path.join(destination, "objects", "info", "alternates")
    with open(alternates, "w", encoding="utf-8") as file:
        file.write("".join(folder + "\n" for folder in folders))
    names = git(destination, "cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objectname)",
                capture_output=True).stdout
    git(destination, "pack-objects", "--quiet", "--window=0", "objects/pack/pack", input=names,
        stdout=subprocess.DEVNULL)
    os.remove(alternates)
    with open(os.path.join(destination, "packed-refs"), "w", encoding="utf-8") as file:
        file.write("".join(ref + "\n" for ref in sorted(refs, key=lambda ref: ref.split(" ", 1)[1])))
    for ending in ("planted", "planted-at-head"):
        if tokens := sorted(token for source in sources for token in planted(source, ending)):
            note(destination, ending, tokens)


def note(place, ending, tokens):
    with open(f"{place.rstrip('/')}.{ending}", "w", encoding="ascii") as file:
        file.write("".join(token + "\n" for token in tokens))


def planted(place, ending="planted"):
    """The tokens planted in a repository or folder; none where none were."""
    try:
        with open(f"{place.rstrip('/')}.{ending}", encoding="ascii") as file:
            return set(file.read().split())
    except FileNotFoundError:
        return set()


def remove(destination):
    shutil.rmtree(destination, ignore_errors=True)
    for ending in ("planted", "planted-at-head"):
        if os.path.exists(f"{destination}.{ending}"):
            os.remove(f"{destination}.{ending}")
