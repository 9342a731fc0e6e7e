"""Coverage by subtraction: what the models say can be, less what case files have seen.

What remains stands in tests/golden/, line by line, each with its reason.
"""

import json
from fnmatch import fnmatchcase
from pathlib import Path

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests/golden"
FILES = {
    "uncovered-operations.txt": "Built operations that no case sees succeed.",
    "uncovered-refusals.txt": "Built operations that no case sees refused by policies, in the whole sentence.",
    "uncovered-records.txt": "Built operations whose success no case sees recorded.",
    "uncovered-errors.txt": "Errors that the models declare for built operations and that no case provokes.",
}


def built():
    """The operations that are built, as `service:Operation`, from the page that the gate keeps true."""
    service, found = None, []
    for line in (ROOT / "COVERAGE.md").read_text().splitlines():
        if line.startswith("## "):
            service = line[3:]
        elif line.startswith("Built: "):
            found += [f"{service}:{name}" for name in line[7:].rstrip(".").split(", ")]
    return found


def declared(operations):
    """`service:Operation` and error code, for each error that the models declare."""
    for name in operations:
        service, operation = name.split(":")
        model = json.loads((ROOT / f"models/{service}.json").read_text())
        for shape in model["operations"][operation].get("errors", []):
            yield name, model["shapes"][shape].get("error", {}).get("code", shape)


def remainders(seen):
    """For each golden file: what remains, and what has been seen of its kind."""
    operations = built()
    errors = set(declared(operations))
    return {
        "uncovered-operations.txt": (set(operations) - seen.succeeded, seen.succeeded),
        "uncovered-refusals.txt": (set(operations) - seen.refused, seen.refused),
        "uncovered-records.txt": (set(operations) - seen.recorded, seen.recorded),
        "uncovered-errors.txt": (words(errors - seen.errors), words(errors & seen.errors)),
    }


def words(pairs):
    return {" ".join(pair) for pair in pairs}


def lines(text):
    """The lines of a golden file: what remains, and why."""
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            entry, _, reason = line.partition("#")
            yield entry.strip(), reason.strip()


def complaints(name, remaining, seen):
    """What of a golden file is not so. A line with `*` speaks for all of its kind, without exception."""
    entries, found = list(lines((GOLDEN / name).read_text())), []
    for entry, reason in entries:
        if not reason:
            found.append(f"{name}: `{entry}` has no reason behind a #")
        if not any(fnmatchcase(item, entry) for item in remaining):
            found.append(f"{name}: `{entry}` does not remain any more: delete the line")
        if "*" in entry and (covered := sorted(item for item in seen if fnmatchcase(item, entry))):
            found.append(f"{name}: `{entry}` says never, but there was {', '.join(covered)}")
    for item in sorted(remaining):
        if not any(fnmatchcase(item, entry) for entry, _ in entries):
            found.append(f"{name}: `{item}` is not covered by any case")
    return found


def rewrite(name, remaining, seen):
    """Writes what remains, and keeps the reasons and the lines with `*` that still hold."""
    path = GOLDEN / name
    old = dict(lines(path.read_text())) if path.exists() else {}
    stars = {
        entry for entry in old
        if "*" in entry and any(fnmatchcase(item, entry) for item in remaining)
        and not any(fnmatchcase(item, entry) for item in seen)
    }
    alone = {item for item in remaining if not any(fnmatchcase(item, star) for star in stars)}
    entries = sorted(stars | alone, key=lambda entry: (entry.split()[-1], entry))
    kept = [f"{entry}  # {old.get(entry, '')}".rstrip() for entry in entries]
    path.write_text("\n".join([f"# {FILES[name]}", *kept]) + "\n")
