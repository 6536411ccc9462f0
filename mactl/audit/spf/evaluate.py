"""check_host(): what SPF says about one message from one address (RFC 7208 4)."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address

from mactl.audit.dns import Answer, Resolver
from mactl.audit.names import is_queryable, is_within, normalised
from mactl.audit.spf.macros import (
    EXPLANATION_LETTERS,
    MacroString,
    SpfSyntaxError,
    address_macro,
    parse_macro_string,
)
from mactl.audit.spf.ptr import validated_names
from mactl.audit.spf.record import SpfRecord, is_spf, parse_spf
from mactl.audit.spf.terms import Directive, Modifier
from mactl.audit.spf.trace import Step, Trace

MAX_LOOKUPS = 10  # RFC 7208 4.6.4: terms that look up, per check
MAX_VOID_LOOKUPS = 2
MAX_MX_NAMES = 10
MAX_SECONDS = 20.0  # RFC 7208 4.6.4: at least 20 seconds for the whole check


class Result(StrEnum):
    """The results of RFC 7208 2.6."""

    NONE = "none"
    NEUTRAL = "neutral"
    PASS = "pass"
    FAIL = "fail"
    SOFTFAIL = "softfail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


QUALIFIED = {
    "+": Result.PASS,
    "-": Result.FAIL,
    "~": Result.SOFTFAIL,
    "?": Result.NEUTRAL,
}


@dataclass(frozen=True, slots=True)
class SpfCheck:
    """One check: its result, the term that matched and whose record it stands in, and the costs.

    `explanation` is the sender's text for a fail, '' for the receiver's own; `problem` says why
    the result is an error, `trace` how it was come to.
    """

    result: Result
    domain: str
    term: str = ""
    explanation: str = ""
    problem: str = ""
    lookups: int = 0
    void_lookups: int = 0
    trace: tuple[Step, ...] = ()


async def check_host(
    ip: str,
    mail_from: str,
    helo: str,
    resolver: Resolver,
    *,
    receiver: str = "unknown",
    timestamp: int = 0,
) -> SpfCheck:
    """What SPF says of a message from `ip`; an empty `mail_from` is a bounce (RFC 7208 2.4).

    `receiver` and `timestamp` (seconds since 1970) are for the macros of explanations. Raises
    ValueError where `ip` is not an address.
    """
    address = ip_address(ip)
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped  # RFC 7208 5: such a connection is IPv4
    local_part, _, domain = (mail_from or helo).rpartition("@")
    check = _Check(address, local_part or "postmaster", domain, helo, resolver)
    check.values |= {"r": receiver, "t": str(timestamp), "c": str(address)}
    try:
        async with asyncio.timeout(MAX_SECONDS):
            result = await check.domain(domain, outermost=True)
    except TimeoutError:
        check.problem = f"not done within {MAX_SECONDS:g} seconds"
        result = Result.TEMPERROR
    except _Stop as stop:
        check.problem = stop.problem
        result = stop.result
    matched = check.matched if result in QUALIFIED.values() else ("", "")
    return SpfCheck(
        result,
        matched[0] or normalised(domain),
        matched[1],
        check.explanation if result is Result.FAIL else "",
        check.problem,
        check.lookups,
        check.void_lookups,
        check.trace.ended(result.value),
    )


class _Stop(Exception):
    """An error ends the whole check, from however deep."""

    def __init__(self, result: Result, problem: str) -> None:
        super().__init__(problem)
        self.result = result
        self.problem = problem


class _Check:
    """The state of one check: what was counted, and what the macros stand for."""

    def __init__(
        self,
        address: IPv4Address | IPv6Address,
        local_part: str,
        domain: str,
        helo: str,
        resolver: Resolver,
    ) -> None:
        self.address = address
        self.resolver = resolver
        self.lookups = 0
        self.void_lookups = 0
        self.trace = Trace()
        self.matched = ("", "")
        self.explanation = ""
        self.problem = ""
        self.values: dict[str, str] = {
            "s": f"{local_part}@{domain}",
            "l": local_part,
            "o": domain,
            "h": helo,
            "i": address_macro(address),
            "v": "in-addr" if address.version == 4 else "ip6",
        }

    async def domain(self, domain: str, *, outermost: bool) -> Result:
        """The result for the record of `domain`; only the outermost explains a fail."""
        domain = domain.removesuffix(".")
        if not is_queryable(domain) or "." not in domain or domain.startswith("["):
            return Result.NONE  # RFC 7208 4.3
        record = await self._record(domain)
        if record is None:
            return Result.NONE  # RFC 7208 4.5
        if record.faults:
            fault = record.faults[0]
            # RFC 7208 4.6: an error anywhere, even after a match.
            raise _Stop(Result.PERMERROR, f"{domain}: '{fault.term}': {fault.message}")
        for directive in record.directives:
            with self.trace.looking_at(domain, directive.text) as step:
                matches = await self._matches(directive, domain)
                step.outcome = "match" if matches else "no match"
            if matches:
                result = QUALIFIED[directive.qualifier]
                if outermost:
                    self.matched = (domain, directive.text)
                    if result is Result.FAIL:
                        self.explanation = await self._explain(record, domain)
                return result
        if record.redirect is None:
            return Result.NEUTRAL  # RFC 7208 4.7
        return await self._redirected(record.redirect, domain, outermost=outermost)

    async def _redirected(self, redirect: Modifier, domain: str, *, outermost: bool) -> Result:
        with self.trace.looking_at(domain, redirect.text) as step:
            self._count_lookup()
            values = await self._values(redirect.value, domain)
            target = redirect.value.expand_name(values)
            result = await self.domain(target, outermost=outermost)
            if result is Result.NONE:  # RFC 7208 6.1
                raise _Stop(Result.PERMERROR, f"no SPF record at redirect={target}")
            step.outcome = "redirected"
        return result

    async def _record(self, domain: str) -> SpfRecord | None:
        answer = await self._ask(domain, "TXT")
        records = [text for text in answer.records if is_spf(text)]
        if len(records) > 1:
            raise _Stop(Result.PERMERROR, f"{domain} has {len(records)} SPF records")
        return parse_spf(records[0]) if records else None

    async def _matches(self, directive: Directive, domain: str) -> bool:
        match directive.mechanism:
            case "all":
                return True
            case "ip4" | "ip6":
                return directive.network is not None and self.address in directive.network
        self._count_lookup()
        target = domain
        if directive.domain is not None:
            target = directive.domain.expand_name(await self._values(directive.domain, domain))
        if directive.mechanism == "include":
            return await self._includes(target)
        if not is_queryable(target):
            return False  # RFC 7208 4.8: such a name can't exist
        match directive.mechanism:
            case "a":
                return self._any_within(directive, await self._look_up(target, self._family))
            case "mx":
                return await self._matches_mx(directive, target)
            case "exists":
                return bool((await self._look_up(target, "A")).records)  # RFC 7208 5.7
            case _:
                # RFC 7208 5.5: a failure or a void answer is no match.
                names = await self._validated_names(count_void=True)
                return any(is_within(name, target) for name in names)

    async def _includes(self, target: str) -> bool:
        result = await self.domain(target, outermost=False)
        if result is Result.NONE:
            raise _Stop(Result.PERMERROR, f"no SPF record at include:{target}")  # RFC 7208 5.2
        return result is Result.PASS

    async def _matches_mx(self, directive: Directive, target: str) -> bool:
        answer = await self._look_up(target, "MX")
        if len(answer.exchanges) > MAX_MX_NAMES:
            raise _Stop(Result.PERMERROR, f"{target} has more than {MAX_MX_NAMES} MX names")
        for _, host in answer.exchanges:
            if is_queryable(host) and self._any_within(
                directive, await self._ask(host, self._family)
            ):
                return True
        return False

    def _any_within(self, directive: Directive, answer: Answer) -> bool:
        length = directive.cidr4 if self.address.version == 4 else directive.cidr6
        # By numbers: a hostile host has thousands of addresses, and networks are slow to make.
        ignored = self.address.max_prefixlen - length
        own = int(self.address) >> ignored
        return any(
            place.version == self.address.version and int(place) >> ignored == own
            for place in map(ip_address, answer.records)
        )

    async def _validated_names(self, *, count_void: bool) -> list[str]:
        names = await validated_names(self.address, self.resolver)
        if count_void and names is None:
            self._count_void()
        return names or []

    async def _values(self, text: MacroString, domain: str) -> Mapping[str, str]:
        values = self.values | {"d": domain}
        if "p" in text.letters:
            names = await self._validated_names(count_void=False)
            # RFC 7208 7.3: the domain itself, else a name below it, else any.
            names.sort(
                key=lambda n: (normalised(n) != normalised(domain), not is_within(n, domain))
            )
            values["p"] = names[0] if names else "unknown"
        return values

    async def _explain(self, record: SpfRecord, domain: str) -> str:
        """The sender's explanation; '' wherever anything is wrong with it (RFC 7208 6.2)."""
        modifier = record.modifier("exp")
        if modifier is None:
            return ""
        name = modifier.value.expand_name(await self._values(modifier.value, domain))
        if not is_queryable(name):
            return ""
        answer = await self.resolver.query(name, "TXT")
        if len(answer.records) != 1:
            return ""
        try:
            text = parse_macro_string(answer.records[0], EXPLANATION_LETTERS, spaces=True)
        except SpfSyntaxError:
            return ""
        return text.expand(await self._values(text, domain))

    @property
    def _family(self) -> str:
        return "A" if self.address.version == 4 else "AAAA"

    async def _look_up(self, name: str, rdtype: str) -> Answer:
        answer = await self._ask(name, rdtype)
        if answer.absent:
            self._count_void()
        return answer

    async def _ask(self, name: str, rdtype: str) -> Answer:
        answer = await self.resolver.query(name, rdtype)
        if answer.failed:
            raise _Stop(Result.TEMPERROR, answer.failure)  # RFC 7208 4.4 and 5
        return answer

    def _count_lookup(self) -> None:
        self.lookups += 1
        if self.lookups > MAX_LOOKUPS:
            raise _Stop(Result.PERMERROR, f"more than {MAX_LOOKUPS} terms that look up")

    def _count_void(self) -> None:
        self.void_lookups += 1
        if self.void_lookups > MAX_VOID_LOOKUPS:
            raise _Stop(Result.PERMERROR, f"more than {MAX_VOID_LOOKUPS} void lookups")
