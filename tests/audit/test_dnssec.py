"""DNSSEC: signed zones as a real server serves them, and what their records alone can't show."""

import asyncio
from pathlib import Path
from typing import Any

import dns.dnssec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.audit import MemoResolver, system_resolver
from mactl.audit.dnssec.audit import DnssecAudit, State, audit_dnssec
from mactl.audit.dnssec.signatures import (
    MAX_KEY_OCTETS,
    MAX_SAME_TAG,
    MAX_SIGNATURES,
    Check,
    anchored,
    check_signatures,
    digests_in,
    keys_in,
)
from tests.audit.knot import served
from tests.audit.peers import NOW
from tests.audit.signing import signed

TOP = "@ 60 IN SOA ns.invalid. root.invalid. 1 60 60 60 60\n"


def zone_files(**options: Any) -> dict[str, str]:
    """`com` and `example.com`, each as a zone file; `options` as for `signed`."""
    records = signed(**options)
    ds = "".join(f"example 60 IN DS {text}\n" for text in records.pop("DS"))
    kept = [text for text in records["RRSIG"] if not text.startswith("DS ")]
    lines = [
        f"@ 3600 IN {rdtype} {text}\n"
        for rdtype, texts in (records | {"RRSIG": kept}).items()
        for text in texts
    ]
    below = "".join(lines) + "@ 60 IN NS ns1\nns1 60 IN A 192.0.2.53\n"
    above = f"{TOP}@ 60 IN NS ns.invalid.\nexample 60 IN NS ns1.example\nns1.example 60 IN A 192.0.2.53\n{ds}"
    return {"com": above, "example.com": below}


def audited(files: dict[str, str], folder: Path, domain: str = "example.com") -> DnssecAudit:
    with served(folder, files) as running:

        async def run() -> DnssecAudit:
            resolver = MemoResolver(system_resolver(running.address))
            return await audit_dnssec(domain, resolver, NOW)

        return asyncio.run(run())


@pytest.mark.debian("knot")
@pytest.mark.parametrize(
    ("options", "state"),
    [
        ({}, State.SIGNED),
        ({"algorithm": 15}, State.SIGNED),
        ({"begins": -40, "expires": -10}, State.BOGUS),
        ({"ds_key": 2}, State.BOGUS),
        ({"tampered": "SOA"}, State.BOGUS),
    ],
)
def test_a_real_server_shows_the_state_of_a_zone(options, state, tmp_path):
    assert audited(zone_files(**options), tmp_path).state is state


@pytest.mark.debian("knot")
def test_a_real_server_shows_the_state_of_the_zone_above_a_name(tmp_path):
    audit = audited(zone_files(), tmp_path, "a.mail.example.com")

    assert (audit.zone, audit.state) == ("example.com", State.SIGNED)


def checked(records: dict[str, list[str]], **others: Any) -> Check:
    """What the signatures of the SOA record in `records` come to."""
    found = {"texts": records["SOA"], "signatures": records["RRSIG"]} | others
    keys = keys_in(records["DNSKEY"])
    return check_signatures(
        "example.com", "SOA", found["texts"], found["signatures"], keys, NOW
    ).check


def test_the_best_of_several_signatures_counts():
    good, old = signed(), signed(begins=-40, expires=-10)
    broken = [text[:-8] + "AAAAAAA=" for text in good["RRSIG"]]

    assert checked(good, signatures=[*old["RRSIG"], *broken, *good["RRSIG"]]) is Check.HOLDS
    assert checked(good, signatures=[*broken, *old["RRSIG"]]) is Check.EXPIRED
    assert checked(good, signatures=broken) is Check.BROKEN


def test_a_signature_by_a_key_that_is_not_there_does_not_count():
    assert checked(signed(), signatures=signed(key=2)["RRSIG"]) is Check.MISSING


def test_capitals_in_names_change_no_signature():
    records = signed()

    assert checked(records, texts=[records["SOA"][0].replace("ns1", "NS1")]) is Check.HOLDS


def test_a_key_is_named_by_its_tag_its_algorithm_and_its_digest():
    own, other = signed(), signed(key=2)
    keys = keys_in([*own["DNSKEY"], *other["DNSKEY"]])

    assert anchored("example.com", keys, digests_in(own["DS"])) == keys[:1]
    assert anchored("example.org", keys, digests_in(own["DS"])) == ()


def test_many_signatures_and_keys_of_one_tag_are_not_all_tried(monkeypatch):
    records = signed()
    tried = []
    monkeypatch.setattr(
        dns.dnssec, "_validate_signature", lambda *a: tried.append(a) or _refuse(), raising=True
    )

    checked(records | {"RRSIG": records["RRSIG"] * 40, "DNSKEY": records["DNSKEY"] * 40})

    assert 0 < len(tried) <= MAX_SIGNATURES * MAX_SAME_TAG


def _refuse() -> None:
    raise dns.dnssec.ValidationFailure


def test_a_key_of_any_size_is_not_tried():
    text = "257 3 8 AwEAAb" + "q" * (MAX_KEY_OCTETS * 4 // 3 // 4 * 4 + 2)

    assert keys_in([text]) == ()


TOKENS = "SOA DNSKEY 13 2 3600 20261201000000 1 example.com. AAAA 257 3 \x1b"
WORDS = st.lists(
    st.sampled_from(TOKENS.split(" ")) | st.text(max_size=12),
    max_size=12,
).map(" ".join)


@given(st.lists(WORDS, max_size=4), st.lists(WORDS, max_size=4), st.lists(WORDS, max_size=3))
def test_no_text_is_too_odd_to_be_no_key_or_signature(records, signatures, keys):
    found = check_signatures("example.com", "SOA", records, signatures, keys_in(keys), NOW)

    assert found.check is not Check.HOLDS and digests_in(records) == ()


def test_a_better_digest_of_a_key_that_is_gone_leaves_no_other_to_go_by():
    old, new = signed(digest=1)["DS"], signed(ds_key=2)["DS"]
    keys = keys_in(signed()["DNSKEY"])

    assert anchored("example.com", keys, digests_in(old))
    assert not anchored("example.com", keys, digests_in([*old, *new]))
