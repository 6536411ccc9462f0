"""MTA-STS policies: what the web says beside the record (RFC 8461 3.2)."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

MAX_OCTETS = 64 * 1024  # RFC 8461 3.3
DAY = 86400
YEAR = 31557600  # RFC 8461 3.2: no max_age beyond
_MAX_LINES = 2000

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}\Z")
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_MX = re.compile(rf"(?=.{{1,255}}\Z)(\*\.)?{_LABEL}(\.{_LABEL})*\Z")
_SECONDS = re.compile(r"[0-9]{1,10}\Z")
_SPACE = " \t"


class Mode(StrEnum):
    """What senders do where TLS can't be had, or is not of the right host (RFC 8461 5)."""

    ENFORCE = "enforce"
    TESTING = "testing"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class PolicyFault:
    """A line that no sender can use, and why; `line` counts from 1, 0 is the whole policy."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class StsPolicy:
    """A policy as published; what is absent or can't be understood is None.

    `blank_lines` are allowed by no grammar and passed over by most senders.
    """

    text: str = field(compare=False)
    mode: Mode | None = None
    max_age: int | None = None
    mx: tuple[str, ...] = ()
    faults: tuple[PolicyFault, ...] = ()
    blank_lines: int = field(default=0, compare=False)

    def __str__(self) -> str:
        lines = ["version: STSv1", f"mode: {self.mode or Mode.NONE}"]
        lines += [f"mx: {pattern}" for pattern in self.mx]
        return "".join(f"{line}\n" for line in (*lines, f"max_age: {self.max_age or 0}"))

    def covers(self, host: str) -> bool:
        """Whether senders accept `host` as a mail host of the domain (RFC 8461 4.1)."""
        return any(mx_matches(pattern, host) for pattern in self.mx)

    def as_json(self) -> dict[str, object]:
        """The policy as plain values."""
        mode = self.mode.value if self.mode else None
        return {"mode": mode, "max_age": self.max_age, "mx": list(self.mx)}


def mx_matches(pattern: str, host: str) -> bool:
    """Whether a pattern is the host, a leading `*` standing for exactly one label."""
    pattern, host = pattern.lower(), host.lower().removesuffix(".")
    if pattern.startswith("*."):
        label, _, rest = host.partition(".")
        return bool(label) and rest == pattern[2:]
    return pattern == host


def parse_sts_policy(body: bytes) -> StsPolicy:
    """The policy in `body`; never raises. Without faults it is one that senders use."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        text = body.decode("latin-1")
        return StsPolicy(text, faults=(PolicyFault(0, "it is not UTF-8"),))
    lines = re.split(r"\r?\n", text)  # RFC 8461 3.2: LF or CRLF
    if lines[-1] == "":
        lines.pop()
    faults = [PolicyFault(0, f"it has more than {_MAX_LINES} lines")] * (len(lines) > _MAX_LINES)
    values: dict[str, tuple[int, str]] = {}
    patterns: list[str] = []
    blank = 0
    for number, line in enumerate(lines[:_MAX_LINES], start=1):
        if not line.strip(_SPACE):
            blank += 1
            continue
        name, colon, value = line.partition(":")
        value = value.strip(_SPACE)
        why = _line_fault(name, colon, value)
        if why:
            faults.append(PolicyFault(number, why))
        elif name == "mx":
            patterns.append(value)
        else:
            values.setdefault(name, (number, value))  # RFC 8461 3.2: the first counts
    faults += _value_faults(values, patterns)
    mode = values.get("mode", (0, ""))[1]
    seconds = values.get("max_age", (0, ""))[1]
    return StsPolicy(
        text,
        Mode(mode) if mode in tuple(Mode) else None,
        int(seconds) if _SECONDS.match(seconds) else None,
        tuple(patterns),
        tuple(sorted(faults, key=lambda fault: fault.line)),
        blank,
    )


def _line_fault(name: str, colon: str, value: str) -> str:
    if not colon:
        return "it has no colon"
    if not _NAME.match(name):
        return "its name is none"
    if not value or any(ord(c) < 0x20 or ord(c) == 0x7F for c in value):
        return f"'{name}:' has no value, or one with control characters"
    if name == "mx" and not _MX.match(value):
        return "'mx:' is a host name, perhaps with '*.' in front, in ASCII"
    return ""


def _value_faults(
    values: dict[str, tuple[int, str]], patterns: Iterable[str]
) -> Iterable[PolicyFault]:
    """What is missing, or can't be the value of its field."""
    checks: tuple[tuple[str, Callable[[str], object], str], ...] = (
        ("version", "STSv1".__eq__, "'version:' is STSv1"),
        ("mode", tuple(Mode).__contains__, "'mode:' is enforce, testing or none"),
        ("max_age", _SECONDS.match, "'max_age:' is a number of seconds"),
    )
    for name, is_allowed, expected in checks:
        if name not in values:
            yield PolicyFault(0, f"there is no '{name}:'")
        elif not is_allowed(values[name][1]):
            yield PolicyFault(values[name][0], expected)
    if not list(patterns) and values.get("mode", (0, ""))[1] != Mode.NONE:
        yield PolicyFault(0, "there is no 'mx:'")
