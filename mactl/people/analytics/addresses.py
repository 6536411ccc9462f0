"""Addresses of pages: what is kept of them, which is nothing that names a person or lets anybody act for one."""

from urllib.parse import unquote_plus

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

CAMPAIGN = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")
_PARTS = (
    r"^(?:[A-Za-z][A-Za-z0-9+.-]*:)?(?://(?P<host>[^/?#]*))?(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?"
)
_EMAIL = r"[^/?&=;,\s]+(?:@|%40)[^/?&=;,\s]+"
_TOKEN = r"(^|[^A-Za-z0-9_-])[A-Za-z0-9_-]{38}($|[^A-Za-z0-9_-])"
_LONGEST = 1_000  # characters


def page_of(urls: pa.Array) -> dict[str, pa.Array]:
    """host, path and utm_… of addresses, absolute or from the root on; each null where there is none.

    The query is dropped but for the campaign. An e-mail address becomes `{email}`, and what looks like a token of
    mactl's links `{token}`.
    """
    distinct = urls.dictionary_encode()
    parts = pc.extract_regex(distinct.dictionary, _PARTS)
    found = {
        "host": _filled(pc.ascii_lower(_without_user(pc.struct_field(parts, "host")))),
        "path": _filled(anonymous(pc.struct_field(parts, "path"))),
        **{name: _parameter(pc.struct_field(parts, "query"), name) for name in CAMPAIGN},
    }
    return {name: column.take(distinct.indices) for name, column in found.items()}


def referrer_of(urls: pa.Array) -> pa.Array:
    """Where somebody came from as host and path: `www.example.com/news`."""
    page = page_of(urls)
    return pc.binary_join_element_wise(
        page["host"], pc.coalesce(page["path"], pa.scalar("")), "", null_handling="emit_null"
    )


def anonymous(texts: pa.Array) -> pa.Array:
    """Text without e-mail addresses and tokens, of a length that can be borne."""
    short = pc.utf8_slice_codeunits(texts, 0, _LONGEST)
    plain = pc.replace_substring_regex(short, _EMAIL, "{email}")
    # Twice, for one character may stand between two.
    for _ in range(2):
        plain = pc.replace_substring_regex(plain, _TOKEN, r"\1{token}\2")
    return plain


def named_in(texts: pa.Array, name: str) -> pa.Array:
    """The value of the parameter or cookie called `name` in queries and in lists of cookies; null where it has none."""
    pattern = rf"(?:^|[?&;\s\"]){_quoted(name)}=(?P<value>[^&;#\s\"]+)"
    return _value_in(texts, f"{name}=", pattern)


def tokens_in(texts: pa.Array) -> pa.Array:
    """What may be a token of mactl's in each text, the first; null where nothing is."""
    return pc.struct_field(
        pc.extract_regex(
            texts, r"(?:^|[^A-Za-z0-9_-])(?P<token>[A-Za-z0-9_-]{38})(?:$|[^A-Za-z0-9_-])"
        ),
        "token",
    )


def _parameter(queries: pa.Array, name: str) -> pa.Array:
    return _filled(
        anonymous(_value_in(queries, f"{name}=", rf"(?:^|[&;]){name}=(?P<value>[^&;]*)"))
    )


def _value_in(texts: pa.Array, needle: str, pattern: str) -> pa.Array:
    """The part called value where `pattern`, of which `needle` is a piece, is found; null elsewhere."""
    has = pc.match_substring(texts, needle).fill_null(False)
    some = _decoded(pc.struct_field(pc.extract_regex(texts.filter(has), pattern), "value"))
    places = np.cumsum(has.to_numpy(zero_copy_only=False)) - 1
    return some.take(pa.array(places, mask=~has.to_numpy(zero_copy_only=False)))


def _decoded(texts: pa.Array) -> pa.Array:
    """Percent signs and plus signs of a query read; each distinct text once."""
    is_odd = pc.match_substring_regex(texts, r"[^\x21-\x24\x26-\x2a\x2c-\x7e]").fill_null(False)
    odd = texts.filter(is_odd).dictionary_encode()
    plain = [_printable(unquote_plus(text)) for text in odd.dictionary.to_pylist()]
    read = pa.array(plain, pa.string()).take(odd.indices)
    return pc.replace_with_mask(texts, is_odd, read)


def _printable(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable())


def _without_user(hosts: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(hosts, r"^.*@", "")


def _filled(texts: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(texts, ""), None, texts)


def _quoted(name: str) -> str:
    return "".join(letter if letter.isalnum() else f"\\{letter}" for letter in name)
