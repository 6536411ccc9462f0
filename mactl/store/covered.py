"""Whom the suppression list covers, of whole columns of addresses; `mactl.store.covering` says what an entry covers."""

from collections.abc import Iterable, Iterator, Sequence

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from mactl.store.covering import (
    EntryKind,
    Hashing,
    covering_keys,
    digester,
    kind_of,
    prefix_of,
    told_of,
    ways_written,
)


def cover(listed: pd.DataFrame, keys: Sequence["pd.Series[str]"], secret: bytes) -> pd.DataFrame:
    """Who among `keys` (columns of address keys, null for none) is suppressed: address_key, topic, reason.

    `listed` has the entries: address_key, topic, reason, and more. An address comes once for each topic, with the
    reason of its own entry, else of one that hides it, else of its nearest domain; whatever has an entry of its own is
    there whether it is among `keys` or not.
    """
    entries = listed[["address_key", "topic", "reason"]]
    if entries.empty:
        return entries
    kinds = _kinds(entries["address_key"])
    plain = ~kinds.isin([EntryKind.DOMAIN, EntryKind.HASH])
    others = entries.loc[kinds == EntryKind.OTHER, "address_key"]
    dialled = others[others.str.fullmatch(r"[0-9]+")]
    if plain.all() and dialled.empty:
        return entries
    asked = pa.chunked_array(
        [pa.array(column.dropna(), pa.string()) for column in keys], pa.string()
    )
    pairs = [
        *_hidden(asked, entries.loc[kinds == EntryKind.HASH, "address_key"], secret),
        *_below(asked, entries.loc[kinds == EntryKind.DOMAIN, "address_key"]),
        *_dialled(asked, dialled),
    ]
    found = pd.DataFrame(pairs, columns=["whose", "address_key"], dtype="str")
    found = found.merge(entries, on="address_key", how="left", sort=False)
    told = found["address_key"].map(told_of)
    covered = pd.DataFrame(
        {
            "address_key": found["whose"],
            "topic": found["topic"],
            "reason": found["reason"] + " (" + told.astype("str") + ")",
        }
    )
    every = pd.concat([entries[plain], covered.astype("str")], ignore_index=True)
    return every.drop_duplicates(["address_key", "topic"], ignore_index=True)


def _kinds(keys: "pd.Series[str]") -> "pd.Series[str]":
    """`kind_of` each; most of a long list are addresses, which a column tells at once."""
    kinds = pd.Series(str(EntryKind.ADDRESS), index=keys.index, dtype="str")
    odd = keys.str.startswith("@") | ~keys.str.contains("@", regex=False)
    kinds[odd] = keys[odd].map(lambda key: str(kind_of(key))).astype("str")
    return kinds


def _hidden(
    addresses: pa.ChunkedArray, entries: Iterable[str], secret: bytes
) -> Iterator[tuple[str, str]]:
    """Each address that an entry hides, with the key of the entry."""
    wanted = set(entries)
    if not wanted:
        return
    every = addresses.to_pylist()
    in_letters = addresses.filter(pc.invert(pc.string_is_ascii(addresses))).to_pylist()
    for how in Hashing:
        prefix = prefix_of(how, secret)
        digests = {key.removeprefix(prefix) for key in wanted if key.startswith(prefix)}
        if not digests:
            continue
        digest = digester(how, secret)
        for key in every:
            if (found := digest(key.encode())) in digests:
                yield key, prefix + found
        for key in in_letters:  # nearly all are written in one way alone
            for text in ways_written(how, key)[1:]:
                if (found := digest(text.encode())) in digests:
                    yield key, prefix + found


def _dialled(addresses: pa.ChunkedArray, entries: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each phone number in E.164 that an entry has as it is dialled, with the key of the entry."""
    wanted = set(entries)
    if wanted:
        for number in addresses.filter(pc.starts_with(addresses, "+")).to_pylist():
            for key in covering_keys(number):
                if key in wanted:
                    yield number, key


def _below(addresses: pa.ChunkedArray, entries: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each address of a domain that an entry names, with the key of the entry, the nearest domain first."""
    wanted = set(entries)
    if not wanted:
        return
    with_domain = addresses.filter(pc.match_substring(addresses, "@")).combine_chunks()
    domains = pc.replace_substring_regex(with_domain, "(?s)^.*@", "@").dictionary_encode()
    covering = [
        [k for k in covering_keys(d) if k in wanted] for d in domains.dictionary.to_pylist()
    ]
    chosen = pa.array([bool(found) for found in covering], pa.bool_()).take(domains.indices)
    rows = zip(
        with_domain.filter(chosen).to_pylist(),
        domains.indices.filter(chosen).to_pylist(),
        strict=True,
    )
    for address, number in rows:
        for key in covering[number]:
            yield address, key
