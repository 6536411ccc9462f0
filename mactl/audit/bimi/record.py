"""BIMI assertion records: text to the addresses of a logo and a certificate (BIMI draft 4.3)."""

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from mactl.audit.tags import Tag, TagList, parse_tags

_VERSION = re.compile(r"v[ \t]*=[ \t]*BIMI1[ \t]*(;|\Z)")
_HOST = re.compile(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]*[a-z0-9]\Z", re.IGNORECASE)
_OTHER_IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".ico", ".tif", ".tiff", ".avif")


@dataclass(frozen=True, slots=True)
class BimiRecord:
    """A record as published; `logo` is None where `l=` is missing, '' where it is empty."""

    text: str
    tags: TagList
    logo: str | None = None
    certificate: str = ""
    avatar: str = "brand"
    local_parts: tuple[str, ...] | None = None  # of lps=: which local parts have their own logo
    bad_tags: tuple[Tag, ...] = ()

    @property
    def declined(self) -> bool:
        """Both addresses are empty: the domain wants no logo (BIMI draft 4.3.1)."""
        return self.logo == "" and not self.certificate

    @property
    def is_usable(self) -> bool:
        """Whether it is a list of tags with a logo that can be fetched."""
        return not self.tags.faults and bool(self.logo) and not location_fault(self.logo or "")


def is_bimi(text: str) -> bool:
    """Whether a TXT record is a BIMI record; its version is taken to the letter."""
    return _VERSION.match(text) is not None


def looks_like_bimi(text: str) -> bool:
    """Whether a TXT record that is no BIMI record was meant to be one."""
    return "v=bimi" in "".join(text.lower().split())


def parse_bimi(text: str) -> BimiRecord:
    """The record in a text for which `is_bimi` holds; never raises."""
    tags = parse_tags(text)
    avatar = tags.get("avp")
    prefixes = tags.get("lps")
    return BimiRecord(
        text,
        tags,
        tags.get("l"),
        tags.get("a") or "",
        avatar if avatar in ("brand", "personal") else "brand",
        None if prefixes is None else tuple(part.strip() for part in prefixes.split(",")),
        tuple(t for t in tags if t.name == "avp" and t.value not in ("brand", "personal")),
    )


def repaired(text: str) -> str:
    """The record that was probably meant by a text for which `looks_like_bimi` holds."""
    rest = re.sub(r"^\W*v\s*=\s*bimi\s*1?\s*;?\s*", "", text, flags=re.IGNORECASE)
    tags = parse_tags(rest.strip(" ;\"'"))
    return "; ".join(("v=BIMI1", *(str(tag) for tag in tags if tag.name != "v")))


def location_fault(uri: str) -> str:
    """Why mailbox providers can't fetch from `uri`; '' where nothing keeps them."""
    parts = _split(uri)
    if parts is None or not parts.scheme:
        return "it is no URI"
    if parts.scheme.lower() != "https":
        return f"it begins with '{parts.scheme}:', not 'https:'"
    if not _HOST.match(parts.hostname or ""):
        return "it names no host"
    if "," in uri or re.search(r"[^\x21-\x7e]", uri):
        return "it has characters that must be percent-encoded"
    return ""


def is_other_image(uri: str) -> bool:
    """Whether the address ends as that of a picture which is no SVG does."""
    parts = _split(uri)
    return parts is not None and parts.path.lower().endswith(_OTHER_IMAGES)


def _split(uri: str) -> SplitResult | None:
    try:
        parts = urlsplit(uri)
        _ = parts.port  # it is only looked at when asked for
    except ValueError:
        return None
    return parts
