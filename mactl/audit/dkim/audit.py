"""DKIM of one domain: which selectors have keys, and what is wrong with them."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mactl.audit.dkim import kinds
from mactl.audit.dkim.judge import judge_key
from mactl.audit.dkim.record import DkimKey, looks_like_key, parse_dkim_key
from mactl.audit.dns import ASK_AGAIN, Answer, Outcome, Resolver
from mactl.audit.kinds import Status, status_of
from mactl.audit.names import normalised, printable, unlikely_label
from mactl.audit.providers import AMAZON_SES, Provider, guessed_selectors
from mactl.audit.selectors import checked_selectors, is_selector
from mactl.findings import Finding

USABLE = (Status.PASS, Status.WARN)  # receivers accept what such a key signs

MAX_LEARNED = 50


@dataclass(frozen=True, slots=True)
class DkimSelector:
    """One selector: its status, its key where it has exactly one, and where a CNAME leads."""

    name: str
    status: Status
    key: DkimKey | None = None
    alias: str = ""
    findings: tuple[Finding, ...] = ()

    def as_json(self) -> dict[str, object]:
        """The selector as plain values."""
        return {
            "status": self.status.value,
            "type": printable(self.key.key_type) if self.key else None,
            "bits": self.key.bits or None if self.key else None,
            "revoked": self.key.revoked if self.key else False,
            "testing": self.key.testing if self.key else False,
            "alias": printable(self.alias) or None,
        }


@dataclass(frozen=True, slots=True)
class DkimAudit:
    """What was found about DKIM; `certain` where no other selector can have a key.

    `elder` is a domain above that has keys, and whose signatures align as well, where this has none.
    """

    status: Status
    findings: tuple[Finding, ...]
    selectors: tuple[DkimSelector, ...] = ()
    certain: bool = False
    elder: str = ""

    @property
    def usable(self) -> tuple[DkimSelector, ...]:
        """The selectors whose signatures receivers accept."""
        return tuple(s for s in self.selectors if s.status in USABLE)

    @property
    def may_sign(self) -> bool:
        """Whether it has a key, or may have one that nobody guesses; a wildcard hides none."""
        has_wildcard = any(finding.id == kinds.WILDCARD.id for finding in self.findings)
        return bool(self.usable) or not (self.certain or has_wildcard or self.elder)

    def as_json(self) -> dict[str, object]:
        """The part of the report about DKIM."""
        return {
            "status": self.status.value,
            "selectors": {s.name: s.as_json() for s in self.selectors},
        }


async def audit_dkim(
    domain: str,
    resolver: Resolver,
    *,
    selectors: Sequence[str] = (),
    learned: Sequence[str] = (),
    providers: Sequence[Provider] = (),
    guess: bool = True,
    elder: str = "",
) -> DkimAudit:
    """DKIM of `domain`: the given selectors, and those that can be guessed.

    A selector that is given must have a key; one that was `learned` from mail may be gone by now,
    and those of them that can be none are passed over. `providers` are the mail services that the
    domain seems to use, `elder` is a domain above whose signatures align with its mail. Raises
    UsageError for an impossible selector.
    """
    search = _DkimSearch(normalised(domain), resolver, providers, elder)
    return await search.audit(checked_selectors(selectors), _possible(learned), guess)


def _possible(selectors: Iterable[str]) -> tuple[str, ...]:
    """Those of `selectors` that a message or a report can mean, in lower case, as many as are worth a question."""
    names = (selector.lower() for selector in selectors)
    found = filter(is_selector, names)
    return tuple(dict.fromkeys(found))[:MAX_LEARNED]


class _DkimSearch:
    def __init__(
        self, domain: str, resolver: Resolver, providers: Sequence[Provider], elder: str
    ) -> None:
        self.elder = elder
        self.zone = f"_domainkey.{domain}"
        self.resolver = resolver
        self.providers = providers
        self.findings: list[Finding] = []
        self.unknown = False  # a question failed: what is not found may still be there

    async def audit(
        self, given: tuple[str, ...], learned: tuple[str, ...], guess: bool
    ) -> DkimAudit:
        learned = tuple(selector for selector in learned if selector not in given)
        asked = await self._ask((*given, *learned))
        found = [self._judged(selector, asked[selector], given=True) for selector in given]
        found += self._guessed({selector: asked[selector] for selector in learned}, frozenset())
        certain, elder = False, ""
        if guess:
            guesses, certain = await self._guess((*given, *learned), any(s.key for s in found))
            found += guesses
            elder = self.elder if certain and await self._elder_signs() else ""
            certain = certain and not elder
            if not self.unknown and all(s.status is Status.NONE and not s.key for s in found):
                self._nothing_found(certain, elder)
        usable = [s for s in found if s.status in USABLE]
        if usable and all(s.key and s.key.key_type == "ed25519" for s in usable):
            names = ", ".join(s.name for s in usable)
            self.findings.append(
                kinds.ONLY_ED25519.found(
                    f"{printable(self.zone)} has only Ed25519 keys ({names})",
                    "sign with an RSA key of 2048 bits as well",
                )
            )
        found.sort(key=lambda selector: selector.name)
        findings = (*(f for s in found for f in s.findings), *self.findings)
        return DkimAudit(_overall(found, findings), findings, tuple(found), certain, elder)

    async def _guess(
        self, given: tuple[str, ...], keys_exist: bool
    ) -> tuple[list[DkimSelector], bool]:
        """The guessed selectors that have a record, and whether there surely is none."""
        top = await self.resolver.query(self.zone, "TXT")
        if top.failed:
            self._failed(top)
            return [], False
        likely = {selector for provider in self.providers for selector in provider.selectors}
        guesses = [s for s in guessed_selectors(self.providers) if s not in given]
        if top.outcome is Outcome.NXDOMAIN and not keys_exist:
            # RFC 8020: nothing is below a name that does not exist. Some servers say so wrongly of
            # a name that only has names below it; a likely selector that answers gives those away.
            answers = await self._ask([s for s in guesses if s in likely])
            if not any(answer.records for answer in answers.values()):
                return self._guessed(answers, frozenset(), top.canonical), True
        probe = await self.resolver.query(f"{unlikely_label(self.zone)}.{self.zone}", "TXT")
        if probe.failed:
            self._failed(probe)
            return [], False
        answers = await self._ask(guesses)
        guessed = self._guessed(answers, frozenset(probe.records), probe.canonical)
        return self._wildcard(probe) + guessed, False

    def _guessed(
        self, answers: dict[str, Answer], wildcard: frozenset[str], common_alias: str = ""
    ) -> list[DkimSelector]:
        """Those that have a record of their own that is meant as a key, or an alias to nothing.

        `wildcard` are the records of a name that nobody has, `common_alias` is where it leads.
        """
        found = [
            self._judged(selector, answer, given=False)
            for selector, answer in answers.items()
            if (answer.absent and answer.canonical not in ("", common_alias))
            or (wildcard != set(answer.records) and any(map(looks_like_key, answer.records)))
        ]
        failures = [answer for answer in answers.values() if answer.failed]
        if failures and not any(s.key for s in found):
            self._failed(failures[0], len(failures))
        return found

    def _wildcard(self, probe: Answer) -> list[DkimSelector]:
        if not probe.records:
            return []
        self.findings.append(
            kinds.WILDCARD.found(f"any name below {printable(self.zone)} has a TXT record")
        )
        if not any(map(looks_like_key, probe.records)):
            return []
        return [self._judged("*", probe, given=False)]

    async def _ask(self, selectors: Iterable[str]) -> dict[str, Answer]:
        names = tuple(selectors)
        answers = await asyncio.gather(
            *(self.resolver.query(f"{name}.{self.zone}", "TXT") for name in names)
        )
        return dict(zip(names, answers, strict=True))

    def _judged(self, selector: str, answer: Answer, *, given: bool) -> DkimSelector:
        name = f"{selector}.{self.zone}"
        at = printable(name)
        key: DkimKey | None = None
        findings: list[Finding] = []
        if answer.failed:
            message = f"the key at {at} can't be read: {answer.failure}"
            findings = [kinds.TEMPERROR.found(message, ASK_AGAIN)]
        elif answer.absent and answer.canonical:
            findings = [
                kinds.DANGLING.found(
                    f"{at} points to {printable(answer.canonical)}, which has no key",
                    "leave it out, or set the service up again",
                )
            ]
        elif len(answer.records) > 1:
            findings = [
                kinds.MULTIPLE_RECORDS.found(
                    f"{at} has {len(answer.records)} TXT records", "leave only the key"
                )
            ]
        elif given and answer.records and not looks_like_key(answer.records[0]):
            message = f"{at} has no key, but '{printable(answer.records[0], 120)}'"
            findings = [kinds.SELECTOR_MISSING.found(message, "publish its key, or correct it")]
        elif answer.records:
            key = parse_dkim_key(answer.records[0])
            findings = list(judge_key(name, key))
        if given and answer.absent:
            message = f"{at} has no TXT record"
            if answer.outcome is Outcome.NXDOMAIN:
                message = f"{at} does not exist"
            findings.append(kinds.SELECTOR_MISSING.found(message, "publish its key, or correct it"))
        if given and key is not None and key.revoked:
            findings = [kinds.SELECTOR_REVOKED.found(f"{at} is revoked", "sign with another key")]
        status = status_of(findings, kinds.KINDS)
        if answer.absent or (key is not None and key.revoked):
            status = Status.NONE
        return DkimSelector(selector, status, key, answer.canonical, tuple(findings))

    def _failed(self, answer: Answer, times: int = 1) -> None:
        self.unknown = True
        others = f" (and {times - 1} more)" if times > 1 else ""
        self.findings.append(
            kinds.TEMPERROR.found(
                f"whether there are keys can't be told: {answer.failure}{others}",
                ASK_AGAIN,
            )
        )

    async def _elder_signs(self) -> bool:
        """Whether the domain above has keys, or may have: one for every selector revokes them all."""
        if not self.elder:
            return False
        zone = f"_domainkey.{self.elder}"
        names = (zone, f"{unlikely_label(zone)}.{zone}")
        top, probe = await asyncio.gather(*(self.resolver.query(name, "TXT") for name in names))
        return top.outcome is not Outcome.NXDOMAIN and not probe.records

    def _nothing_found(self, certain: bool, elder: str) -> None:
        zone = printable(self.zone)
        if elder:
            self.findings.append(
                kinds.NOT_FOUND.found(
                    f"{zone} does not exist; {printable(elder)} may sign its mail, which aligns too",
                    f"see that what sends it signs as {printable(elder)}, or with a key of its own",
                )
            )
            return
        if certain:
            self.findings.append(
                kinds.NONE.found(
                    f"{zone} does not exist: no selector has a key",
                    "have the service that sends your mail sign it, and publish the key it names",
                )
            )
            return
        self.findings.append(
            kinds.NOT_FOUND.found(
                f"no key at {len(guessed_selectors(()))} usual selectors below {zone}",
                "name the selector (s= in the DKIM-Signature of a message that was sent)",
            )
        )
        if AMAZON_SES in self.providers:
            self.findings.append(
                kinds.UNGUESSABLE.found(
                    f"{AMAZON_SES.name} makes up selectors that can't be guessed",
                    "name one of the three selectors that its settings page shows",
                )
            )


def _overall(selectors: Sequence[DkimSelector], findings: Iterable[Finding]) -> Status:
    """One good key is enough; without one, unknown goes before broken, broken before absent."""
    statuses = {kinds.KINDS[finding.id].status for finding in findings}
    if any(s.status in USABLE for s in selectors):
        return Status.WARN if statuses - {Status.PASS} else Status.PASS
    for status in (Status.TEMPERROR, Status.PERMERROR):
        if status in statuses:
            return status
    return Status.NONE
