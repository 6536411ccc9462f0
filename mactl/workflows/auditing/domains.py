"""The domains that an audit is about: named on the command line, listed in a file, or the project's own."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mactl.audit.names import audited_domain
from mactl.delivery.opening import stays_here
from mactl.errors import ConfigurationError, UsageError
from mactl.findings import Finding, Place, Severity
from mactl.network import host_of
from mactl.project import Project, Sender
from mactl.workflows.auditing.given import name_of, octets_of
from mactl.workflows.opening import open_project

_LARGEST = 16 << 20  # bytes of a list that are read
NOT_A_DOMAIN = "not-a-domain"


@dataclass(frozen=True, slots=True)
class Subject:
    """A domain to audit, and where it was named, None for the command line."""

    domain: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Subjects:
    """The domains to audit, each once, with the lines that name none; and what the project knows of them, where they
    are its own."""

    domains: tuple[Subject, ...]
    findings: tuple[Finding, ...] = ()
    selectors: tuple[str, ...] = ()
    nameserver: str | None = None
    relay: str = ""
    """The host that takes the project's mail, '' where nobody knows it from here."""
    return_domain: str = ""
    """The domain of the project's return path."""


def subjects(given: Path | None, domains: Sequence[str], lists: Sequence[Path]) -> Subjects:
    """What `domains` and the files `lists` name; the sender of the project `given` where they name nothing.

    Raises UsageError for a domain of the command line that is none, a file that can't be read, and where there is
    nothing to audit.
    """
    if not domains and not lists:
        project = open_project(given)
        sender = _sender(project)
        selectors = tuple(k.selector for k in sender.dkim_keys if k.domain == sender.domain)
        own = Subject(audited_domain(sender.domain))
        back = sender.bounces.rpartition("@")[2] if sender.bounces else sender.domain
        return Subjects((own,), (), selectors, sender.nameserver, _relay(project), back)
    found = [Subject(audited_domain(domain)) for domain in domains]
    findings: list[Finding] = []
    for path in lists:
        for read in _listed(path):
            if isinstance(read, Subject):
                found.append(read)
            else:
                findings.append(read)
    if not found:
        names = ", ".join(map(str, lists))
        raise UsageError(f"{names}: no line names a domain", "write one domain a line")
    first: dict[str, Subject] = {}
    for subject in found:
        first.setdefault(subject.domain, subject)
    return Subjects(tuple(first.values()), tuple(findings))


def _sender(project: Project) -> Sender:
    sender = project.settings.sender
    if sender is None:
        raise UsageError("there is no domain to audit", "name one: mactl audit example.com")
    return sender


def _relay(project: Project) -> str:
    """The relay's host; '' where the mail stays on this machine, or only the sending one knows the relay."""
    smtp = project.settings.smtp
    try:
        url = project.secret(smtp.url) if smtp is not None else ""
    except ConfigurationError:
        return ""
    return "" if stays_here(url) else host_of(url)


def _listed(path: Path) -> Iterator[Subject | Finding]:
    """The domains in a file, one a line; what follows a # is a remark."""
    for number, line in enumerate(_lines(path), 1):
        text = line.partition("#")[0].strip()
        if not text:
            continue
        place = Place(name_of(path), number)
        try:
            yield Subject(audited_domain(text), place)
        except UsageError as bad:
            yield Finding(NOT_A_DOMAIN, Severity.ERROR, bad.message, place, bad.hint)


def _lines(path: Path) -> Iterable[str]:
    try:
        data = octets_of(path, _LARGEST)
    except OSError as failed:
        raise UsageError(f"{path}: {failed.strerror or failed}", "name a file of domains") from None
    if len(data) > _LARGEST:
        raise UsageError(f"{path}: more than {_LARGEST >> 20} MB", "split the list")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as bad:
        line = data.count(b"\n", 0, bad.start) + 1
        raise UsageError(f"{path}:{line}: this is not UTF-8", "save the list as UTF-8") from None
    return text.splitlines()
