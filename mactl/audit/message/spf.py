"""SPF of a received message: the session that its headers tell of, checked again."""

from dataclasses import dataclass

from mactl.audit.dns import Resolver
from mactl.audit.message.mail import domain_of
from mactl.audit.message.origin import Origin
from mactl.audit.names import printable
from mactl.audit.spf.evaluate import Result, SpfCheck, check_host


@dataclass(frozen=True, slots=True)
class MessageSpf:
    """SPF of one session; `check` is None, and `unknown` says why, where it can't be told.

    `domain` is what it authenticates: that of MAIL FROM, of a bounce the HELO (RFC 9989 4.4.2).
    """

    origin: Origin
    domain: str = ""
    check: SpfCheck | None = None
    unknown: str = ""

    @property
    def result(self) -> Result | None:
        """The result; None where it can't be told."""
        return self.check.result if self.check is not None else None

    def as_json(self, aligned: bool | None) -> dict[str, object]:
        """The part of the report about SPF."""
        check, origin = self.check, self.origin
        return {
            "result": check.result.value if check else None,
            "domain": printable(self.domain) or None,
            "aligned": aligned,
            "term": printable(check.term) or None if check else None,
            "problem": printable((check.problem if check else self.unknown), 300) or None,
            "ip": origin.ip,
            "mail_from": _shown(origin.mail_from),
            "helo": _shown(origin.helo),
            "told_by": origin.as_json(),
        }


async def check_spf(origin: Origin, resolver: Resolver) -> MessageSpf:
    """SPF of the session that `origin` tells of."""
    domain = ""
    if origin.mail_from is not None:
        identity = origin.mail_from or f"postmaster@{origin.helo or ''}"
        domain = domain_of(identity) if "@" in identity else ""
    if origin.ip is None:
        return MessageSpf(origin, domain, unknown="the server that brought it is not known")
    if not domain:
        what = "HELO" if origin.mail_from == "" else "return path"
        return MessageSpf(origin, unknown=f"the {what} is not known, or has no domain")
    mail_from = origin.mail_from or ""
    check = await check_host(origin.ip, mail_from, origin.helo or domain, resolver)
    return MessageSpf(origin, domain, check)


def _shown(name: str | None) -> str | None:
    """What a session tells; of some return paths only the domain is known."""
    return None if name is None else printable(name.removeprefix("@"), 300)
