"""The language of tests/cases/*.case: lines to calls, names to values, patterns to verdicts.

The language is documented in tests/cases/README.md. Nothing here talks to a server.
"""

import base64
import hmac
import json
import re
import time
from dataclasses import dataclass, field

ARROW = "→"
STRETCH = "…"
NAME = r"[a-z][A-Za-z0-9_]*"
PATH = NAME + r"(?:\.[A-Za-z0-9_]+)*"
REFERENCE = re.compile(
    r"\{(?P<path>" + PATH + r")\}"
    r"|\{totp:(?P<seed>" + PATH + r")(?P<steps>[+-][0-9]+)?\}"
    r"|\{(?P<text>[^{}*\"]+)\*(?P<times>[0-9]+)\}"
)
# Seconds of a step of the clock for one-time codes.
STEP = 30


class CaseError(Exception):
    """A line that cannot be read, or whose names are bound to nothing."""


@dataclass
class Let:
    """`let NAME=VALUE`."""

    name: str
    value: str


@dataclass
class Outcome:
    """What stands behind the arrow of a call."""

    ok: bool
    callers: list = field(default_factory=list)
    binds: list = field(default_factory=list)
    members: list = field(default_factory=list)
    absent: list = field(default_factory=list)
    code: str = ""
    status: int = 0
    message: str = None


@dataclass
class Call:
    """`[N times] as CALLER SERVICE OPERATION MEMBER=VALUE … → OUTCOME`."""

    times: int
    caller: str
    region: str
    service: str
    operation: str
    members: list
    outcome: Outcome


@dataclass
class Trail:
    """`trail [of other] → EVENT, EVENT!CODE, EVENT*N`: the events since the trail was last looked at."""

    events: list
    of: str = "root"


def read(text):
    """The lines of a file that say something, with their numbers."""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            yield number, parse(tokens(line))
        except CaseError as error:
            yield number, error


def tokens(line):
    """Splits at blanks that are outside of double quotes."""
    found, token, quoted, escaped = [], "", False, False
    for char in line:
        if char in " \t" and not quoted:
            if token:
                found.append(token)
            token = ""
            continue
        token += char
        if escaped:
            escaped = False
        elif quoted and char == "\\":
            escaped = True
        elif char == '"':
            quoted = not quoted
    if quoted:
        raise CaseError("a double quote is not closed")
    return found + [token] if token else found


def parse(words):
    if words[0] == "let" and len(words) == 2:
        return Let(*assignment(words[1]))
    if ARROW not in words:
        raise CaseError(f"a line is a comment, `let NAME=VALUE`, or has an arrow {ARROW}")
    at = words.index(ARROW)
    left, right = words[:at], words[at + 1:]
    if left in (["trail"], ["trail", "of", "other"]):
        return Trail([event for word in right for event in events(word)], of=left[-1] if left[1:] else "root")
    times = 1
    if len(left) > 2 and left[0].isdecimal() and left[1] == "times":
        times, left = int(left[0]), left[2:]
        if times < 2:
            raise CaseError("a call is made once, or two times and more")
    if len(left) < 4 or left[0] != "as":
        raise CaseError("a call begins `as CALLER SERVICE OPERATION`")
    caller, _, region = left[1].partition("@")
    members = [assignment(word) for word in left[4:]]
    expected = outcome(right)
    if times > 1 and (expected.callers or expected.binds):
        raise CaseError("a call that is made many times binds no names")
    return Call(times, caller, region or "us-east-1", left[2], left[3], members, expected)


def events(word):
    """`CreateGroup!LimitExceeded*3,` is three events of one kind."""
    event, star, times = word.rstrip(",").partition("*")
    return [event] * (int(times) if star else 1) if event else []


def assignment(word):
    name, equals, value = word.partition("=")
    if not equals or not name:
        raise CaseError(f"`{word}` is not NAME=VALUE")
    return name, plain(value)


def plain(value):
    """A value that begins with a double quote is a JSON string; any other is what it is."""
    if not value.startswith('"'):
        return value
    try:
        return json.loads(value)
    except ValueError as error:
        raise CaseError(f"`{value}` is not a JSON string: {error}") from error


def outcome(words):
    if not words:
        raise CaseError(f"nothing stands behind the arrow {ARROW}")
    return success(words[1:]) if words[0] == "ok" else refusal(words)


def success(words):
    made, rest = Outcome(ok=True), list(words)
    while rest:
        word = rest.pop(0)
        if word in ("as", "let") and not rest:
            raise CaseError(f"`{word}` wants a name behind it")
        if word == "as":
            made.callers.append(rest.pop(0))
        elif word == "let":
            made.binds.append(assignment(rest.pop(0)))
        elif word.startswith("!"):
            made.absent.append(word[1:])
        else:
            made.members.append(assignment(word))
    return made


def refusal(words):
    made, rest = Outcome(ok=False, code=words[0]), list(words[1:])
    if rest and rest[0].isdecimal():
        made.status = int(rest.pop(0))
    if rest and rest[0].startswith('"'):
        made.message = plain(rest.pop(0))
    if rest or not re.fullmatch(r"[A-Za-z]+", made.code):
        raise CaseError('a refusal is `CODE`, `CODE STATUS`, `CODE "message"` or `CODE STATUS "message"`')
    return made


class Names:
    """What names are bound to: texts, and structures of answers."""

    def __init__(self, **bound):
        self.bound = bound

    def fill(self, text):
        """`text` with `{name}`, `{name.Member}`, `{totp:name+1}` and `{text*N}` replaced."""

        def value(match):
            if match["text"] is not None:
                return match["text"] * int(match["times"])
            if match["seed"] is not None:
                return totp(self.look_up(match["seed"]), time.time() // STEP + int(match["steps"] or 0))
            return self.look_up(match["path"])

        return REFERENCE.sub(value, text)

    def look_up(self, reference):
        """The text that lies at `name` or `name.Member`."""
        name, *path = reference.split(".")
        if name not in self.bound:
            raise CaseError(f"nothing is called `{name}`")
        found = shown(at(self.bound[name], path))
        if found is None:
            raise CaseError(f"there is no `{reference}`")
        return found

    def counting(self, number):
        """The same names, and `{n}`, `{nn}` … for a call's turn, padded with zeros to their length."""
        return Names(**self.bound, **{"n" * width: f"{number:0{width}}" for width in range(1, 6)})


def totp(seed, step):
    """The one-time code of a base32 seed at a step of the clock. Source: RFC 4226, section 5.3, and RFC 6238."""
    try:
        key = base64.b32decode(seed)
    except ValueError as error:
        raise CaseError(f"`{seed}` is not base32: {error}") from error
    digest = hmac.digest(key, int(step).to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 15
    number = int.from_bytes(digest[offset:offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def at(value, path):
    """What lies at `path`: members by name, items by number, `*` for all items, `#` for their number."""
    for place, step in enumerate(path):
        if step == "*" and isinstance(value, list):
            found = [shown(at(item, path[place + 1:])) for item in value]
            return ",".join("" if text is None else text for text in found)
        if step == "#" and isinstance(value, (list, dict)):
            value = len(value)
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        elif isinstance(value, dict):
            value = value.get(step)
        else:
            return None
    return value


def shown(value):
    """A value as text; nothing for what is not there."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return value.decode()
    if hasattr(value, "strftime"):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, (int, float)):
        return str(value)
    raise CaseError("a list or a structure has no text: name a member, `*` or `#`")


def fits(pattern, text):
    """Whether `text` is `pattern`, in which each `…` stands for any stretch."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split(STRETCH))), text, re.DOTALL) is not None
