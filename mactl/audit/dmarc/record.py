"""DMARC records: text to a policy in which one bad tag spoils nothing else (RFC 9989 4.7, 4.8)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum

from mactl.audit.mailto import mail_address
from mactl.audit.tags import Tag, TagFault, TagList, parse_tags

_VERSION = re.compile(r"[vV][ \t]*=[ \t]*DMARC1[ \t]*(;|\Z)")
_BAD_START = re.compile(r"\A(v ?[=:]? ?)?dmarc ?1\b ?[;:,.]? ?", re.IGNORECASE)
_DIGITS = re.compile(r"[0-9]{1,3}\Z")
_SIZE = re.compile(r"!([0-9]+[kmgt]?)\Z", re.IGNORECASE)
_FAILURE_OPTIONS = frozenset("01ds")
MAX_REPORT_URIS = 20

REMOVED = ("pct", "rf", "ri")  # RFC 9989 C.5.2


class Policy(StrEnum):
    """What the domain asks receivers to do with mail that fails."""

    NONE = "none"
    QUARANTINE = "quarantine"
    REJECT = "reject"

    @property
    def milder(self) -> "Policy":
        """One step down, as `t=y` asks for (RFC 9989 4.7)."""
        return {Policy.REJECT: Policy.QUARANTINE}.get(self, Policy.NONE)


@dataclass(frozen=True, slots=True)
class ReportUri:
    """One address for reports; `host` is '' and `fault` says why where it can't be used."""

    text: str
    host: str = ""
    address: str = ""
    fault: str = ""
    size_limit: str = ""  # of RFC 7489; removed

    @property
    def corrected(self) -> str:
        """The address as it should be written; '' where that can't be told."""
        if not self.fault:
            return self.text.removesuffix(f"!{self.size_limit}")
        # Spaces, angle brackets, a full stop and a limit of some form are what people add.
        bare = re.sub(r"[\s<>]|\.?(!\w*)?\Z", "", self.text)
        again = _report_uri(bare if ":" in bare else f"mailto:{bare}")
        return again.text if not again.fault else ""


@dataclass(frozen=True, slots=True)
class DmarcRecord:
    """A record as published; what is absent or can't be understood has its default.

    `p`, `sp` and `np` are None where they are absent or bad; `bad_policies` names the bad ones.
    """

    text: str = field(compare=False)
    tags: TagList
    p: Policy | None = None
    sp: Policy | None = None
    np: Policy | None = None
    bad_policies: tuple[str, ...] = ()
    psd: str = "u"
    testing: bool = False
    adkim: str = "r"
    aspf: str = "r"
    fo: str = "0"
    pct: int = 100
    rua: tuple[ReportUri, ...] = ()
    ruf: tuple[ReportUri, ...] = ()
    bad_tags: tuple[TagFault, ...] = ()
    removed: tuple[Tag, ...] = ()
    unknown: tuple[Tag, ...] = ()

    def __str__(self) -> str:
        return str(self.tags)

    @property
    def published(self) -> dict[str, str | None]:
        """The values of `p`, `sp` and `np` as they stand, None where they are absent or bad."""
        policies = {"p": self.p, "sp": self.sp, "np": self.np}
        return {name: policy.value if policy else None for name, policy in policies.items()}

    @property
    def never_in_force(self) -> str:
        """What to publish of a record that stood where nobody looks: who wrote it may not have seen what it refuses."""
        return self.rewritten(p=Policy.NONE.value, sp=None, np=None)

    @property
    def is_policy_second(self) -> bool:
        """Whether `p=` follows the version, as RFC 7489 6.4 wants it."""
        return len(self.tags.tags) > 1 and self.tags.tags[1].name == "p"

    @property
    def meant_policies(self) -> dict[str, str | None]:
        """What was probably meant by the policies that are bad; None where that can't be told."""
        return {name: _meant_policy(self.tags.get(name) or "") for name in self.bad_policies}

    @property
    def stray_addresses(self) -> tuple[ReportUri, ...]:
        """The addresses that stand where they don't belong: in a second `rua=`, or without one."""
        texts = (
            re.sub(r"^rua\s*=\s*", "", t.text, flags=re.IGNORECASE)
            for t in self.bad_tags[:MAX_REPORT_URIS]
            if not t.name
        )
        found = (uri for text in texts if "@" in text for uri in _report_uris(text))
        return tuple(uri for uri in found if uri.corrected)

    @property
    def has_report_address(self) -> bool:
        """Whether `rua` has one address that can be used."""
        return any(not uri.fault for uri in self.rua)

    def rewritten(self, **values: str | None) -> str:
        """The record to publish: what can't be understood or was removed left out, and some tags
        set to another value, or left out for None. Without `p=` nothing was in force anywhere
        (RFC 9989 4.10.1), and nothing comes into force."""
        broken = {*self.bad_policies, *(tag.name for tag in self.bad_tags)}
        kept = {
            t.name: t.value for t in self.tags if t.name not in broken and t not in self.removed
        }
        if self.p is None and not values.get("p"):
            kept = {name: value for name, value in kept.items() if name not in ("sp", "np")}
        policy = kept.pop("p", Policy.NONE.value)
        written = {"v": "DMARC1", "p": policy} | kept | _corrected(rua=self.rua, ruf=self.ruf)
        if self.pct < 100:
            written["pct"] = str(self.pct)  # whether to go on to all mail is not for us to say
        pairs = (f"{name}={value}" for name, value in (written | values).items() if value)
        return "; ".join(pairs)


def _corrected(**lists: tuple[ReportUri, ...]) -> dict[str, str]:
    """Lists of addresses without what can't be used; '' for those that have nothing else."""
    return {
        name: ",".join(filter(None, (uri.corrected for uri in uris)))
        for name, uris in lists.items()
        if uris
    }


def is_dmarc(text: str) -> bool:
    """Whether a TXT record is a DMARC record: `v=DMARC1` first, the value in capitals."""
    return _VERSION.match(text) is not None  # RFC 9989 4.7 and 4.8: %s"DMARC1"


def looks_like_dmarc(text: str) -> bool:
    """Whether a TXT record that is no DMARC record was meant to be one."""
    squeezed = "".join(text.lower().split())
    return "v=dmarc" in squeezed or bool(re.match(r"[\"']?(v:?dmarc|dmarc1|p=)", squeezed))


def repaired(text: str) -> str:
    """What was probably meant by a text that `looks_like_dmarc`; '' where that can't be told."""
    # Quotes and backslashes get in when a line of a zone file is pasted into a web form.
    bare = re.sub(r"[\"'\\]", "", text).strip()
    bare = _BAD_START.sub("v=DMARC1; ", " ".join(bare.split()), count=1)
    tags = parse_tags(bare, fold_case=True)
    rest = (str(tag) for tag in tags if tag.name != "v")
    meant = "; ".join(("v=DMARC1", *rest))
    known = (tags.get("v") or "DMARC1").upper().replace(" ", "") == "DMARC1"
    return meant if known and not tags.faults and tags.get("p") else ""


def parse_dmarc(text: str) -> DmarcRecord:
    """The record in a text for which `is_dmarc` holds; never raises."""
    tags = parse_tags(text, fold_case=True)
    bad = list(tags.faults)

    def choice(name: str, allowed: str, default: str) -> str:
        value = tags.get(name)
        if value is None:
            return default
        if value.lower() in tuple(allowed):
            return value.lower()
        expected = " or ".join(allowed)
        bad.append(_bad(tags, name, f"{name}= is {expected}; receivers use '{default}'"))
        return default

    psd = choice("psd", "ynu", "u")
    testing = choice("t", "yn", "n") == "y"
    adkim, aspf = choice("adkim", "rs", "r"), choice("aspf", "rs", "r")
    fo = tags.get("fo") or "0"
    options = [option.strip().lower() for option in fo.split(":")]
    is_list = set(options) <= _FAILURE_OPTIONS and len(options) == len(set(options))
    if not is_list or {"0", "1"} <= set(options):  # RFC 9989 4.7: they exclude each other
        bad.append(_bad(tags, "fo", "fo= is 0 or 1, then d and s; receivers use '0'"))
        fo = "0"
    pct = tags.get("pct")
    if pct is not None and not (_DIGITS.match(pct) and int(pct) <= 100):
        bad.append(_bad(tags, "pct", "pct= is a number from 0 to 100; old receivers use 100"))
        pct = None
    empty = (name for name in ("rua", "ruf") if tags.get(name) == "")
    bad += (_bad(tags, name, f"{name}= without an address") for name in empty)
    known = {"v", "p", "sp", "np", "psd", "t", "adkim", "aspf", "fo", "rua", "ruf", *REMOVED}
    policies = {name: _policy(tags.get(name)) for name in ("p", "sp", "np")}
    return DmarcRecord(
        text,
        tags,
        p=policies["p"],
        sp=policies["sp"],
        np=policies["np"],
        bad_policies=tuple(n for n, p in policies.items() if p is None and tags.get(n) is not None),
        psd=psd,
        testing=testing,
        adkim=adkim,
        aspf=aspf,
        fo=fo,
        pct=100 if pct is None else int(pct),
        rua=_report_uris(tags.get("rua")),
        ruf=_report_uris(tags.get("ruf")),
        bad_tags=tuple(bad),
        removed=tuple(tag for tag in tags if tag.name in REMOVED),
        unknown=tuple(tag for tag in tags if tag.name not in known),
    )


def mildest(records: Sequence[str]) -> str:
    """Of several records the one that loses the least mail: a stricter one can follow.

    Of those that lose the same, the first that has reports sent. Raises ValueError where there is none.
    """
    return min(records, key=_strictness)


def _strictness(text: str) -> tuple[int, ...]:
    record = parse_dmarc(text)
    below = record.sp or record.p
    ranks = (_RANKS[policy] for policy in (record.p, below, record.np or below))
    return (*ranks, not record.has_report_address)


_RANKS = {policy: rank for rank, policy in enumerate((*Policy, None))}


def _policy(value: str | None) -> Policy | None:
    return next((policy for policy in Policy if policy == (value or "").lower()), None)


def _meant_policy(value: str) -> str | None:
    """The policy that a value was probably meant as: `rejct`, `reject, sp=none`, `"reject"`."""
    word = re.sub(r"[^a-z]+", " ", value.lower()).split()
    near = get_close_matches(word[0][:20], [policy.value for policy in Policy], 1) if word else []
    return near[0] if near else None


def _bad(tags: TagList, name: str, message: str) -> TagFault:
    tag = next(tag for tag in tags if tag.name == name)
    return TagFault(tag.column, str(tag), message, name)


def _report_uris(value: str | None) -> tuple[ReportUri, ...]:
    if not value:
        return ()
    return tuple(map(_report_uri, value.split(",")[:MAX_REPORT_URIS]))


def _report_uri(text: str) -> ReportUri:
    text = text.strip()
    bare = text
    size = ""
    if found := _SIZE.search(text):
        bare, size = text[: found.start()], found[1]
    scheme, colon, _ = bare.partition(":")
    if not colon:
        fault = "it does not begin with 'mailto:'" if "@" in text else "it is no URI"
        return ReportUri(text, fault=fault)
    if scheme.lower() != "mailto":
        # RFC 9989 4.7: any URI may stand here, and receivers need to know only mailto.
        return ReportUri(text, fault=f"receivers need not support '{scheme}:'")
    address, host = mail_address(bare)
    if not host:
        return ReportUri(text, fault="there is no e-mail address in it")
    return ReportUri(text, host, address, size_limit=size)
