"""Domains of mailbox providers, and which misspelt one a domain is likely to be."""

from collections.abc import Iterable, Sequence

_BRANDS = {  # label → what may follow it; the first is suggested
    "gmail": ("com",),
    "googlemail": ("com",),
    "icloud": ("com",),
    "protonmail": ("com", "ch"),
    "fastmail": ("com", "fm"),
    "rocketmail": ("com",),
    "hotmail": (
        *("com", "nl", "be", "de", "fr", "dk", "se", "no", "fi", "it", "es", "ch", "at"),
        *("co.uk", "com.br", "com.ar", "com.tr", "gr"),
    ),
    "outlook": (
        *("com", "be", "de", "fr", "dk", "it", "es", "at", "pt", "ie", "cz", "hu", "sk"),
        *("com.au", "com.br", "com.tr", "com.gr", "in", "jp", "sa", "ph", "sg", "kr", "id"),
    ),
    "yahoo": (
        *("com", "nl", "be", "de", "fr", "dk", "se", "no", "fi", "it", "es", "gr", "ie", "ca"),
        *("co.uk", "com.au", "com.br", "co.in", "co.jp", "in", "com.mx", "com.ar", "ro", "pl"),
    ),
}
_OTHERS = frozenset(
    [
        *("live.com", "live.nl", "live.be", "live.de", "live.fr", "live.dk", "live.se", "live.no"),
        *("live.co.uk", "live.it", "live.ca", "msn.com", "ymail.com", "me.com", "mac.com"),
        *("aol.com", "aol.de", "aol.co.uk", "proton.me", "pm.me", "gmx.com", "gmx.de", "gmx.net"),
        *(
            "gmx.at",
            "gmx.ch",
            "gmx.fr",
            "web.de",
            "mail.com",
            "email.com",
            "zoho.com",
            "yandex.com",
        ),
        *(
            "yandex.ru",
            "mail.ru",
            "tutanota.com",
            "tuta.com",
            "hey.com",
            "mailbox.org",
            "posteo.de",
        ),
        # The Netherlands
        *("ziggo.nl", "kpnmail.nl", "planet.nl", "hetnet.nl", "home.nl", "xs4all.nl", "upcmail.nl"),
        *(
            "chello.nl",
            "casema.nl",
            "quicknet.nl",
            "zonnet.nl",
            "tele2.nl",
            "online.nl",
            "caiway.nl",
        ),
        *("telfort.nl", "solcon.nl", "freedom.nl", "hccnet.nl", "zeelandnet.nl", "wxs.nl"),
        *("multiweb.nl", "onsmail.nl", "xmsnet.nl", "kabelfoon.nl", "versatel.nl", "tiscali.nl"),
        # Belgium and Luxembourg
        *(
            "telenet.be",
            "skynet.be",
            "proximus.be",
            "scarlet.be",
            "belgacom.net",
            "voo.be",
            "pt.lu",
        ),
        *("pandora.be", "edpnet.be", "brutele.be", "base.be"),
        # The Nordic countries
        *("mail.dk", "stofanet.dk", "tdcadsl.dk", "jubii.dk", "youmail.dk", "webspeed.dk"),
        *("telia.com", "comhem.se", "spray.se", "bredband.net", "tele2.se", "glocalnet.net"),
        *("online.no", "broadpark.no", "getmail.no", "luukku.com", "kolumbus.fi", "elisanet.fi"),
        # Around them
        *("t-online.de", "freenet.de", "arcor.de", "vodafone.de", "orange.fr", "wanadoo.fr"),
        *("free.fr", "laposte.net", "sfr.fr", "neuf.fr", "bluewin.ch", "btinternet.com", "sky.com"),
        *("virginmedia.com", "ntlworld.com", "talktalk.net", "blueyonder.co.uk", "libero.it"),
        *("comcast.net", "verizon.net", "att.net", "sbcglobal.net", "bellsouth.net", "cox.net"),
    ]
)
KNOWN = _OTHERS | {f"{label}.{rest}" for label, rests in _BRANDS.items() for rest in rests}
"""Domains that are right as they are."""

# None of these is delegated, so that no right address is told to be wrong.
_MISSPELT_ENDS = {
    **dict.fromkeys(
        ("con", "cmo", "ocm", "comm", "coom", "vom", "xom", "cim", "cpm", "dom"), "com"
    ),
    **dict.fromkeys(("nll", "nk", "ln"), "nl"),
    **dict.fromkeys(("bee", "eb"), "be"),
    **dict.fromkeys(("ner", "nte", "nett", "ent"), "net"),
    **dict.fromkeys(("ogr", "orf", "orgg"), "org"),
    **dict.fromkeys(("dkk", "kd"), "dk"),
    **dict.fromkeys(("dee", "ed"), "de"),
}
# One letter from a brand, and words of their own.
_OWN_WORDS = frozenset(
    ["mail", "email", "ymail", "amail", "webmail", "cloud", "photon", "homemail", "outlooks"]
)
_LONG_ENOUGH = 6  # letters of a lesser known provider, below which one letter makes another word
_AT_ONCE = 50_000


def suggest_domains(domains: Sequence[str]) -> dict[str, str]:
    """Of `domains` (lower case) those that are likely to be misspelt → what is likely to be meant."""
    unknown = [domain for domain in domains if domain not in KNOWN]
    found = {}
    near = _near_labels({domain.partition(".")[0] for domain in unknown})
    for domain in unknown:
        meant = _meant_by(domain, near)
        if meant is not None and meant != domain:
            found[domain] = meant
    return found


def _meant_by(domain: str, near: dict[str, list[str]]) -> str | None:
    label, _, rest = domain.partition(".")
    head, _, end = rest.rpartition(".")
    mended = ".".join(part for part in (head, _MISSPELT_ENDS.get(end, end)) if part)
    for wanted in near.get(label, ()):
        rests = _BRANDS.get(wanted)
        if rests is None:
            whole = f"{wanted}.{mended}"
            if whole in _OTHERS:
                return whole
        elif label not in _OWN_WORDS:
            if mended in rests:
                return f"{wanted}.{mended}"
            if label == wanted or _is_one_off(mended, rests[0]):
                return _brand(label, wanted, rests, mended)
    return f"{label}.{mended}" if mended != rest else None


def _brand(label: str, wanted: str, rests: Sequence[str], rest: str) -> str | None:
    """The domain of a brand with an end that the brand does not have."""
    if len(rests) == 1 or _is_one_off(rest, rests[0]):
        return f"{wanted}.{rests[0]}"
    close = next((known for known in rests if len(known) > 2 and _is_one_off(rest, known)), None)
    return f"{wanted}.{close}" if close else None


def _is_one_off(one: str, other: str) -> bool:
    from rapidfuzz.distance import OSA

    return OSA.distance(one, other, score_cutoff=1) <= 1


def _near_labels(labels: Iterable[str]) -> dict[str, list[str]]:
    """Each label that is a provider's, or one letter off → the labels that it may stand for, nearest first."""
    import numpy as np
    from rapidfuzz.distance import OSA
    from rapidfuzz.process import cdist

    wanted = [*_BRANDS, *sorted({domain.partition(".")[0] for domain in _OTHERS} - _OWN_WORDS)]
    lengths = {len(label) for label in wanted}
    given = sorted(label for label in labels if min(lengths) - 1 <= len(label) <= max(lengths) + 1)
    near: dict[str, list[str]] = {}
    for start in range(0, len(given), _AT_ONCE):
        some = given[start : start + _AT_ONCE]
        apart = cdist(some, wanted, scorer=OSA.distance, score_cutoff=1, dtype=np.uint8)
        rows, columns = np.nonzero(apart <= 1)
        pairs = zip(rows.tolist(), columns.tolist(), apart[rows, columns].tolist(), strict=True)
        for row, column, off in sorted(pairs, key=lambda pair: (pair[0], pair[2], pair[1])):
            meant = wanted[column]
            if not off or meant in _BRANDS or len(meant) >= _LONG_ENOUGH:
                near.setdefault(some[row], []).append(meant)
    return near
