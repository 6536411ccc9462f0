"""Access logs of Apache and nginx: the common and the combined format, and what is written after it.

After Apache's mod_log_config (`combined` is the common format with Referer and User-Agent), which nginx's `combined`
equals, with a virtual host before it or quoted cookies after it. The address of the visitor is never read. Pages and
downloads that were delivered, and forms that were taken, are what somebody did.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from mactl.findings import Finding, Place, Severity, counted
from mactl.people.analytics.addresses import named_in
from mactl.people.analytics.hits import DOWNLOAD, FORM_SUBMIT, PAGE_VIEW, Hits, hits_of

LINE = (
    r'^(?:[^\s"]+ )?\S+ - (?P<user>[^\s\[]+) \[(?P<at>\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\] '
    r'"(?P<method>[A-Z]+) (?P<url>\S+)[^"]*" (?P<status>\d{3}) \S+'
    r'(?: "(?P<referrer>(?:[^"\\]|\\.)*)" "(?P<agent>(?:[^"\\]|\\.)*)")?(?P<rest>.*)$'
)
# A user's name may have blanks; to look for those in every line takes twice as long.
_ODD_LINE = LINE.replace(r"(?P<user>[^\s\[]+)", r"(?P<user>\S.*?)")
# Requests that are none: what a port scanner sends, and connections that said nothing.
_OTHER_LINE = r'^(?:[^\s"]+ )?\S+ \S+ \S.*? \[[^\]]+\] "(?:[^"\\]|\\.)*" (?:\d{3}|-) '
_ASSETS = (
    r"(?i)^[^?#]*\.(?:css|m?js|map|png|jpe?g|gif|svg|ico|webp|avif|bmp|woff2?|ttf|otf|eot|mp[34]|webm|ogg|wav|json|xml|txt|"
    r"rss|atom|webmanifest|wasm)(?:[?#]|$)|^/\.well-known/"
)
_FILES = r"(?i)^[^?#]*\.(?:pdf|zip|docx?|xlsx?|pptx?|epub|csv|odt|ods|ics|dmg|exe|msi|gz)(?:[?#]|$)"
_USER = "user_id"
_MOST = 20  # faulty lines that are shown
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def read_lines(blocks: Iterable[pa.Array], path: str, keys: Collection[str]) -> Iterator[Hits]:
    """The hits in the lines of a log, block by block; `keys` are the parameters and cookies that may name a visitor."""
    line = 0
    for lines in blocks:
        yield _read_block(lines, path, keys, line)
        line += len(lines)


def _read_block(lines: pa.Array, path: str, keys: Collection[str], before: int) -> Hits:
    found = pc.extract_regex(lines, LINE)
    places = pc.indices_nonzero(pc.invert(found.is_valid()))
    odd = lines.take(places)
    more = pc.extract_regex(odd, _ODD_LINE)
    blank = pc.equal(pc.utf8_trim_whitespace(odd), "")
    other = pc.or_(blank, pc.match_substring_regex(odd, _OTHER_LINE))
    rows = places.filter(pc.invert(pc.or_(other, more.is_valid())))
    requests = pa.concat_arrays([found.drop_null(), more.drop_null()])
    cells = {name: requests.field(number) for number, name in enumerate(_FIELDS)}
    what = _events(cells["method"], cells["url"], cells["status"])
    did = what.is_valid()
    kept = {name: column.filter(did) for name, column in cells.items()}
    told = pc.binary_join_element_wise(
        kept["url"], kept["rest"], " ", null_handling="replace", null_replacement=""
    )
    named = {name: named_in(told, name) for name in keys}
    named[_USER] = pc.coalesce(_known(kept["user"]), named.get(_USER, _known(kept["user"])))
    return hits_of(
        _instants(kept["at"]),
        what.filter(did),
        keys=named,
        url=kept["url"],
        referrer=kept["referrer"],
        agent=kept["agent"],
        others=len(lines) - (pc.sum(did).as_py() or 0) - (pc.sum(blank).as_py() or 0) - len(rows),
        faulty=len(rows),
        findings=_findings([before + row + 1 for row in rows.to_pylist()], path),
    )


def _known(users: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(users, "-"), None, users)


_FIELDS = ("user", "at", "method", "url", "status", "referrer", "agent", "rest")


def _events(method: pa.Array, url: pa.Array, status: pa.Array) -> pa.Array:
    """What each request is: null where it is nothing that somebody did."""
    delivered = pc.or_(pc.starts_with(status, "2"), pc.equal(status, "304"))
    taken = pc.or_(pc.starts_with(status, "2"), pc.is_in(status, pa.array(["302", "303"])))
    is_page = pc.and_(pc.equal(method, "GET"), delivered)
    is_page = pc.and_not(is_page, pc.match_substring_regex(url, _ASSETS))
    is_file = pc.and_(is_page, pc.match_substring_regex(url, _FILES))
    is_form = pc.and_(pc.equal(method, "POST"), taken)
    found = pc.if_else(is_file, DOWNLOAD, pc.if_else(is_page, PAGE_VIEW, None))
    return pc.if_else(is_form, FORM_SUBMIT, found).cast(pa.string())


def _instants(texts: pa.Array) -> pa.Array:
    """Epoch seconds of `10/Oct/2026:13:55:36 +0200`; each distinct one is read once."""
    distinct = texts.dictionary_encode()
    words = distinct.dictionary
    month = pc.index_in(pc.utf8_slice_codeunits(words, 3, 6), pa.array(_MONTHS))
    numbers = pc.utf8_lpad(pc.add(month.fill_null(0), 1).cast(pa.string()), 2, "0")
    written = pc.binary_join_element_wise(
        pc.utf8_slice_codeunits(words, 7, 11), "-", numbers, "-", pc.utf8_slice_codeunits(words, 0, 2),
        " ", pc.utf8_slice_codeunits(words, 12, 20), "",
    )  # fmt: skip
    local = pc.strptime(written, "%Y-%m-%d %H:%M:%S", "s", error_is_null=True).cast(pa.int64())
    hours = pc.utf8_slice_codeunits(words, 22, 24).cast(pa.int64())
    minutes = pc.utf8_slice_codeunits(words, 24, 26).cast(pa.int64())
    offset = pc.add(pc.multiply(hours, 3600), pc.multiply(minutes, 60))
    east = pc.equal(pc.utf8_slice_codeunits(words, 21, 22), "+")
    return pc.if_else(east, pc.subtract(local, offset), pc.add(local, offset)).take(
        distinct.indices
    )


def _findings(lines: Sequence[int], path: str) -> list[Finding]:
    told = [
        Finding(
            "log-bad-line",
            Severity.WARNING,
            "this is no line of an access log in the common or combined format",
            Place(path, line),
        )
        for line in lines[:_MOST]
    ]
    if len(lines) > _MOST:
        more = f"{counted(len(lines) - _MOST, 'more line')} like these"
        told.append(Finding("log-bad-line", Severity.WARNING, more, Place(path)))
    return told
