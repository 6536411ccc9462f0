"""What was recorded is judged again the same, and nothing but a recording is."""

import asyncio
import base64
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.audit import Answer, Means, MemoResolver, Outcome, Scope, audit_domain
from mactl.audit.tape import Recording, replayed
from mactl.audit.tape.lines import AnswerLine, Damaged, PageLine, read_head, read_line
from mactl.audit.web import Page, Trouble
from mactl.errors import UsageError
from tests.audit.cases import HEALTHY
from tests.audit.keys import with_keys
from tests.audit.peers import NOW, Pages, Zone, means_of

HEAD = b'{"recording": "mactl audit", "version": 1, "now": "2026-11-20T12:00:00Z"}\n'
LINE = b'{"name": "example.com", "type": "TXT", "outcome": "nodata"}\n'


def recorded(means: Means, path: Path, *questions, pages=()) -> Means:
    async def run() -> Recording:
        recording = Recording(means)
        for ask in questions:
            await ask(recording.means.resolver)
        for url in pages:
            await recording.means.web.fetch(url, 100)
        return recording

    asyncio.run(run()).save(path)
    return replayed(path)


def query(*question, **options):
    return lambda resolver: resolver.query(*question, **options)


@pytest.fixture
def healthy(keys) -> Zone:
    return Zone.of(with_keys(HEALTHY, keys))


def test_a_replay_judges_as_it_was_judged(healthy, tmp_path):
    healthy.txt("example.com", "v=spf1 include:gone.test ?all \u00e9").servfail(
        "_dmarc.example.com"
    )
    path = tmp_path / "tape"

    async def run() -> dict[str, object]:
        recording = Recording(means_of(healthy))
        report = await audit_domain("example.com", recording.means)
        recording.save(path)
        return report.as_json()

    async def again() -> dict[str, object]:
        return (await audit_domain("example.com", replayed(path))).as_json()

    assert asyncio.run(run()) == asyncio.run(again())
    assert replayed(path).now == NOW


def test_every_kind_of_answer_comes_back(tmp_path):
    zone = Zone().put("example.com", "MX", ["10 mail.example.com", "0 "])
    zone.put("s1.example.com", "CNAME", "key.test").txt("key.test", "\0\xff\n\u0085")
    zone.servfail("a.test").timeout("b.test").put("c.test", "*", "REFUSED")
    zone.servers["192.0.2.53"] = Zone().txt("example.com", "there")
    asked = [
        ("example.com", "MX"),
        ("example.com", "TXT"),
        ("s1.example.com", "TXT"),
        ("a.test", "TXT"),
        ("b.test", "A"),
        ("c.test", "AAAA"),
        ("d.test", "PTR"),
    ]
    path = tmp_path / "tape"

    means = recorded(
        means_of(zone),
        path,
        *(query(*question) for question in asked),
        query("example.com", "TXT", unchecked=True),
        lambda resolver: resolver.at("192.0.2.53").query("example.com", "TXT"),
    )

    async def compare() -> None:
        for question in asked:
            assert await means.resolver.query(*question) == await zone.query(*question)
        there = await means.resolver.at("192.0.2.53").query("Example.com.", "txt")
        assert (there.name, there.records) == ("Example.com.", ("there",))
        unchecked = await means.resolver.query("example.com", "TXT", unchecked=True)
        assert unchecked.outcome is Outcome.NODATA

    asyncio.run(compare())


def test_pages_come_back(tmp_path):
    pages = {
        "https://a.test/": Page("https://a.test/", 200, "image/svg+xml", bytes(range(100))),
        "https://b.test/": Page("https://b.test/", trouble=Trouble.CERTIFICATE, detail="expired"),
    }
    means = recorded(
        means_of(Zone(), Pages(pages)), tmp_path / "tape", pages=[*pages, "https://c.test/"]
    )

    async def fetched(url: str, largest: int = 100) -> Page:
        return await means.web.fetch(url, largest)

    for url, page in pages.items():
        assert asyncio.run(fetched(url)) == page
    assert asyncio.run(fetched("https://c.test/")).status == 404
    assert asyncio.run(fetched("https://a.test/", 99)).trouble is Trouble.TOO_LARGE
    missing = asyncio.run(fetched("https://d.test/"))
    assert missing.trouble is Trouble.NOT_FETCHED and "not in" in missing.detail


def test_what_is_not_in_the_recording_stays_unasked(tmp_path):
    means = recorded(means_of(Zone()), tmp_path / "tape", query("example.com", "TXT"))

    async def ask(resolver, *question, **options) -> Answer:
        return await resolver.query(*question, **options)

    for answer in (
        asyncio.run(ask(means.resolver, "example.com", "MX")),
        asyncio.run(ask(means.resolver, "example.com", "TXT", unchecked=True)),
        asyncio.run(ask(means.resolver.at("192.0.2.1"), "example.com", "TXT")),
    ):
        assert answer.outcome is Outcome.UNASKED and answer.failed
        assert answer.detail == f"not in {tmp_path / 'tape'}"


class Never(Zone):
    """Answers nothing."""

    async def query(self, name: str, rdtype: str, *, unchecked: bool = False) -> Answer:
        await asyncio.Event().wait()
        raise AssertionError


def test_what_had_no_answer_when_it_was_saved_is_kept_as_that(tmp_path):
    async def run() -> None:
        recording = Recording(means_of(Never()))
        await audit_domain("example.com", recording.means, Scope(deadline=0.05))
        recording.save(tmp_path / "tape")

    asyncio.run(run())
    answer = asyncio.run(replayed(tmp_path / "tape").resolver.query("example.com", "TXT"))

    assert (answer.outcome, answer.detail) == (Outcome.TIMEOUT, "no answer before the end")


def test_a_recording_is_readable_and_the_same_whatever_came_first(tmp_path):
    questions = [query("b.test", "TXT"), query("a.test", "MX"), query("a.test", "A")]
    pages = ["https://b.test/", "https://a.test/"]
    zone = Zone().txt("b.test", "v=spf1 -all").put("a.test", "A", "192.0.2.1")

    recorded(means_of(zone), tmp_path / "one", *questions, pages=pages)
    recorded(means_of(zone), tmp_path / "two", *reversed(questions), pages=pages[::-1])

    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    not_found = base64.b64encode(b"not found").decode()
    page = f'"status": 404, "content_type": "text/plain", "body": "{not_found}"'
    assert (tmp_path / "one").read_text().splitlines() == [
        '{"recording": "mactl audit", "version": 1, "now": "2026-11-20T12:00:00Z"}',
        '{"name": "a.test", "type": "A", "outcome": "records", "records": ["192.0.2.1"]}',
        '{"name": "a.test", "type": "MX", "outcome": "nodata"}',
        '{"name": "b.test", "type": "TXT", "outcome": "records", "records": ["v=spf1 -all"]}',
        f'{{"url": "https://a.test/", {page}}}',
        f'{{"url": "https://b.test/", {page}}}',
    ]


def test_nothing_is_forgotten_while_it_is_recorded(tmp_path):
    zone = Zone().txt("a.test", "before")
    path = tmp_path / "tape"

    async def run() -> list[Answer]:
        recording = Recording(means_of(MemoResolver(zone, keep=1)))
        first = await recording.means.resolver.query("a.test", "TXT")
        await recording.means.resolver.query("b.test", "TXT")
        zone.txt("a.test", "after")
        again = await recording.means.resolver.query("a.test", "TXT")
        recording.save(path)
        return [first, again, await replayed(path).resolver.query("a.test", "TXT")]

    assert {answer.records for answer in asyncio.run(run())} == {("before",)}


text = st.text(st.characters(exclude_categories=["Cs"]))
answers = st.builds(
    Answer,
    text,
    st.just("TXT"),
    st.sampled_from(Outcome),
    st.lists(text).map(tuple),
    text,
    text,
    st.booleans(),
)
pages = st.builds(
    Page, text, st.integers(0, 999), text, st.binary(), st.none() | st.sampled_from(Trouble), text
)


@given(answers, text, st.booleans())
def test_an_answer_survives_its_line(answer, at, unchecked):
    line = AnswerLine.of(at, unchecked, answer)
    read = read_line(line.text())

    assert read == line and isinstance(read, AnswerLine)
    assert replace(read.answer, name=answer.name) == answer


@given(pages)
def test_a_page_survives_its_line(page):
    read = read_line(PageLine.of(page).text())

    assert isinstance(read, PageLine) and read.page == page


@given(st.binary(max_size=300) | st.builds(lambda cut: LINE[:cut], st.integers(0, 58)))
def test_a_line_of_anything_else_is_damaged(line):
    for read in (read_head, read_line):
        with pytest.raises(Damaged):
            read(line)


def changed(**values: object) -> bytes:
    return json.dumps({**json.loads(LINE), **values}).encode()


DAMAGED = {
    "nothing": (b"", "it is empty"),
    "another file": (b'{"name": "x"}\n', ":1: it does not begin as a recording does"),
    "no JSON": (b"recipe: x\n", ":1: it does not begin"),
    "a later version": (HEAD.replace(b"1", b"2", 1), ":1: it is of version 2"),
    "no zone of time": (HEAD.replace(b"00Z", b"00"), ":1: "),
    "cut": (HEAD + LINE + LINE[:30], ":3: it is not JSON"),
    "octets": (HEAD + b"\xff\xfe\n", ":2: it is not JSON"),
    "deep": (HEAD + b"[" * 100_000, ":2: it is not JSON"),
    "a list": (HEAD + b"[]\n", ":2: it is none of a recording"),
    "an unknown key": (HEAD + changed(colour="red"), ":2: colour: "),
    "an unknown outcome": (HEAD + changed(outcome="fine"), ":2: outcome: "),
    "records of numbers": (HEAD + changed(records=[1]), ":2: records.0: "),
    "an MX without a preference": (HEAD + changed(type="MX", records=["a.test"]), "no MX"),
    "an address that is none": (HEAD + changed(type="A", records=["192.0.2"]), "no A"),
    "an unknown type": (HEAD + changed(type="NEWS", records=["x"]), "no NEWS"),
    "a signature that is none": (HEAD + changed(signatures=["x"]), "signature"),
    "a body that is none": (HEAD + b'{"url": "https://a.test/", "body": "*"}', "base64"),
    "an endless line": (HEAD + b'{"name": "' + b"x" * (33 << 20), ":2: it is not JSON"),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_file_is_told_with_the_line(tmp_path, damage):
    content, why = DAMAGED[damage]
    path = tmp_path / "tape"
    path.write_bytes(content)

    with pytest.raises(UsageError) as refused:
        replayed(path)

    assert str(path) in refused.value.message and why in refused.value.message
    assert refused.value.hint


@pytest.mark.parametrize("name", ["missing", "."])
def test_a_file_that_cannot_be_read_is_told(tmp_path, name):
    with pytest.raises(UsageError) as refused:
        replayed(tmp_path / name)

    assert refused.value.hint


def test_an_empty_line_is_no_damage(tmp_path):
    (tmp_path / "tape").write_bytes(HEAD + b"\n" + LINE + b"\n")

    assert asyncio.run(replayed(tmp_path / "tape").resolver.query("example.com", "TXT")).absent
