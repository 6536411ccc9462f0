"""A received message for people: does it pass, by what, and will it show a way out."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from mactl.audit.message.audit import MessageAudit

if TYPE_CHECKING:
    from rich.text import Text

_GOOD, _DOUBT, _BAD = ("✓", "green"), ("!", "yellow"), ("✗", "bold red")
_NOTHING = ("–", "dim")
_WORDS = {True: "aligned", False: "not aligned", None: "alignment unknown"}


def message_lines(audit: MessageAudit) -> Iterator["Text"]:
    """The message in some lines: who it is from, DMARC, every signature, SPF, the way out."""
    from rich.text import Text

    told: Any = audit.as_json()
    subject = told["subject"] or "(no subject)"
    yield Text.assemble((subject, "bold"), f"  from {told['from'] or 'nobody'}")
    lines = [_dmarc(told["dmarc"]), *map(_dkim, told["dkim"]), _spf(told["spf"])]
    if not told["dkim"]:
        lines.insert(1, (_DOUBT, "DKIM", "none", "not signed"))
    for (mark, style), name, word, gist in [*lines, _one_click(told["one_click"])]:
        yield Text.assemble("  ", (mark, style), f" {name:10}", (f"{word:10}", style), gist)
    for seen in told["received"]:
        results = ", ".join(f"{m} {' and '.join(r)}" for m, r in seen["results"].items())
        if results:
            yield Text(f"    {seen['by']} saw: {results}", style="dim")


_Line = tuple[tuple[str, str], str, str, str]


def _dmarc(part: dict[str, Any]) -> _Line:
    result, domain = part["result"], part["domain"]
    if result == "pass":
        by = [name.upper() for name in ("dkim", "spf") if part["aligned"][name]]
        return _GOOD, "DMARC", "pass", f"{domain}, by {' and '.join(by)}"
    if result == "fail":
        old = part["policy_rfc7489"]
        gist = f"{domain}: receivers apply '{part['policy']}'"
        if old != part["policy"]:
            gist += f", older ones '{old}'"
        return _BAD, "DMARC", "fail", gist
    if result is None:
        return _DOUBT, "DMARC", "unknown", f"{domain}: all depends on SPF"
    return (_NOTHING if result == "none" else _BAD), "DMARC", result, domain or ""


def _dkim(part: dict[str, Any]) -> _Line:
    key = part["key"]
    kind = f", {key['type']} {key['bits']}" if key and key["bits"] else ""
    gist = f"{part['domain'] or '?'} ({part['selector'] or '?'}{kind}), {_WORDS[part['aligned']]}"
    if part["result"] == "pass":
        counts = part["aligned"] and not part["testing"]
        gist += ", key in test mode" if part["testing"] else ""
        return (_GOOD if counts else _DOUBT), "DKIM", "pass", gist
    return _BAD, "DKIM", part["result"], f"{gist}: {part['problem']}"


def _spf(part: dict[str, Any]) -> _Line:
    if part["result"] is None:
        return _DOUBT, "SPF", "unknown", part["problem"]
    why = part["problem"] or part["term"]
    gist = f"{part['ip']} for {part['domain']}" + (f" ({why})" if why else "")
    gist += f", {_WORDS[part['aligned']]}"
    told_by = ", ".join(dict.fromkeys(part["told_by"].values()))
    mark = _BAD
    if part["result"] == "pass":
        mark = _GOOD if part["aligned"] else _DOUBT
    return mark, "SPF", part["result"], f"{gist}; by {told_by}"


def _one_click(part: dict[str, Any]) -> _Line:
    if part["works"]:
        return _GOOD, "One-click", "works", part["uris"][0]
    if not part["uris"]:
        return _DOUBT, "One-click", "missing", "no List-Unsubscribe header"
    return _DOUBT, "One-click", "broken", ", ".join(part["uris"][:2])
