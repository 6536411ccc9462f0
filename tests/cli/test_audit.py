"""`mactl audit` as people and CI run it, against a real name server."""

import json
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from jsonschema import Draft4Validator

from tests.audit.cases import HEALTHY
from tests.audit.keys import rsa_key, with_keys
from tests.audit.peers import DnsServer, Zone
from tests.cli.conftest import Mactl, Ran
from tests.cli.test_check_formats import SARIF

Audit = Callable[..., Ran]


@pytest.fixture
def zone() -> Zone:
    fetched = ("default._bimi.example.com", "_mta-sts.example.com", "mta-sts.example.com")
    names = HEALTHY | dict.fromkeys(fetched)  # nothing is to be fetched
    zone = Zone.of(with_keys(names, {"rsa2048": rsa_key(2048)}))
    zone.txt("bad.test", "v=spf1 +all").put("bad.test", "A", "192.0.2.9")
    zone.txt("evil.test", "v=spf1 <script>alert(1)</script> @everyone -all").put(
        "evil.test", "A", "192.0.2.9"
    )
    return zone


@pytest.fixture
def audit(zone: Zone, mactl: Mactl) -> Iterator[Audit]:
    with DnsServer(zone) as server:
        yield lambda *arguments: mactl("audit", "--nameserver", server.address, *arguments)


def test_a_healthy_domain_ends_with_0_and_a_broken_one_with_1(audit: Audit) -> None:
    assert audit("example.com").status == 0
    assert audit("bad.test").status == 1


def test_fail_on_takes_no_word_that_it_does_not_know(audit: Audit) -> None:
    ran = audit("example.com", "--fail-on", "fatal")

    assert ran.status == 2 and "choose one of" in ran.err


def test_a_finding_says_what_receivers_do_and_what_to_publish(audit: Audit) -> None:
    said = audit("bad.test").out

    assert "spf-pass-all" in said and "Receivers pass SPF" in said
    assert "name the addresses that send instead of '+all'" in said and "RFC 7208" in said


def test_the_domains_of_a_list_are_audited_in_its_order(audit: Audit, tmp_path: Path) -> None:
    listed = tmp_path / "domains.txt"
    listed.write_text("# ours\nbad.test\n\nexample.com # the shop\nbad.test\n", encoding="utf-8")

    told = json.loads(audit("--file", listed, "--format", "json").out)

    assert [one["domain"] for one in told["domains"]] == ["bad.test", "example.com"]
    assert told["findings"] == []


def test_a_line_that_is_no_domain_is_told_with_its_place_and_the_rest_goes_on(
    audit: Audit, tmp_path: Path
) -> None:
    listed = tmp_path / "domains.txt"
    listed.write_bytes("\ufeffexample.com\r\nann@example.com\r\n".encode())

    ran = audit("--file", listed, "--format", "json")

    told = json.loads(ran.out)
    assert [one["domain"] for one in told["domains"]] == ["example.com"]
    assert [(f["id"], f["line"]) for f in told["findings"]] == [("not-a-domain", 2)]
    assert "did you mean 'example.com'" in told["findings"][0]["hint"]
    assert ran.status == 1


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"caf\xe9.test\n", "domains.txt:1: this is not UTF-8"),
        (b"# none\n", "no line names"),
        # What is read of it ends within a letter.
        ("ü".encode() * ((8 << 20) + 1), "domains.txt: more than 16 MB"),
    ],
    ids=["not UTF-8", "no domain", "too large"],
)
def test_a_list_that_can_not_be_read_says_why(
    audit: Audit, tmp_path: Path, content: bytes, word: str
) -> None:
    listed = tmp_path / "domains.txt"
    listed.write_bytes(content)

    ran = audit("--file", listed)

    assert ran.status == 2 and word in ran.err


def test_a_list_that_is_not_there_is_a_usage_error(audit: Audit, tmp_path: Path) -> None:
    assert audit("--file", tmp_path / "nothing.txt").status == 2


def test_many_domains_are_summed_up(audit: Audit) -> None:
    assert "3 domains: 2 fail, 1 pass" in audit("bad.test", "example.com", "evil.test").out


def test_sarif_fits_the_published_schema_and_points_at_the_list(
    audit: Audit, tmp_path: Path
) -> None:
    listed = tmp_path / "domains.txt"
    listed.write_text("example.com\nbad.test\n")
    schema = json.loads(SARIF.read_text(encoding="utf-8"))

    log = json.loads(audit("--file", listed, "--format", "sarif").out)

    assert [str(error) for error in Draft4Validator(schema).iter_errors(log)] == []
    results = log["runs"][0]["results"]
    assert {r["ruleId"] for r in results} >= {"spf-pass-all", "dmarc-missing"}
    wrong = [result for result in results if result["level"] != "note"]
    assert {r["locations"][0]["physicalLocation"]["region"]["startLine"] for r in wrong} == {2}


def test_junit_has_a_failure_for_what_is_wrong(audit: Audit) -> None:
    suite = ElementTree.fromstring(audit("bad.test", "--format", "junit").out)

    assert suite.get("name") == "mactl audit"
    failed = {case.get("name") for case in suite if case.find("failure") is not None}
    assert "spf-pass-all" in failed


def test_github_is_told_each_finding_with_its_domain(audit: Audit) -> None:
    lines = audit("bad.test", "--format", "github").out.splitlines()

    assert all(line.startswith("::") and "bad.test" in line for line in lines)


def test_markdown_shows_what_a_stranger_publishes_and_does_not_obey_it(audit: Audit) -> None:
    said = audit("evil.test", "--format", "markdown").out

    assert "## evil.test: fail" in said
    assert "@everyone" not in said and "everyone" in said
    assert "<script>" not in said and r"\<script\>" in said


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.linked: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.linked += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_shows_everything_loads_nothing_and_runs_nothing(audit: Audit) -> None:
    page = _Tags()
    page.feed(audit("evil.test", "bad.test", "--format", "html").out)

    assert "script" not in page.names and "link" not in page.names
    assert all(link.startswith("#") for link in page.linked)
    assert "<script>alert(1)</script>" in page.text and "spf-pass-all" in page.text


def test_a_baseline_tells_what_changed_and_fails_for_new_errors_only(
    audit: Audit, zone: Zone, tmp_path: Path
) -> None:
    kept = tmp_path / "audit.json"
    kept.write_text(audit("bad.test", "--format", "json").out, encoding="utf-8")

    unchanged = audit("bad.test", "--baseline", kept)
    assert unchanged.status == 0 and "nothing has changed" in unchanged.out

    zone.txt("bad.test", "v=spf1 a ~all").txt("_dmarc.bad.test", "v=DMARC1; p=nonsense")
    ran = audit("bad.test", "--baseline", kept, "--format", "json")

    changes = json.loads(ran.out)["domains"][0]["changes"]
    assert [f["id"] for f in changes["new"] if f["severity"] == "error"] == ["dmarc-bad-policy"]
    assert {"spf-pass-all", "dmarc-missing"} <= {f["id"] for f in changes["gone"]}
    assert "spf.record" in {change["what"] for change in changes["facts"]}
    assert ran.status == 1


def test_watch_is_silent_until_something_changes_and_then_says_it_once(
    audit: Audit, zone: Zone, tmp_path: Path
) -> None:
    kept = tmp_path / "audit.json"
    watch = ("example.com", "bad.test", "--watch", "--baseline", kept)

    first = audit(*watch)
    assert first.status == 1 and "spf-pass-all" in first.out
    assert audit(*watch) == Ran(0, "", "")

    zone.txt("_dmarc.example.com", "v=DMARC1; p=none; rua=mailto:dmarc@example.com")
    ran = audit(*watch)
    assert "dmarc.policy.this: 'reject' → 'none'" in ran.out and "bad.test" not in ran.out
    assert audit(*watch) == Ran(0, "", "")


def test_watch_does_not_cry_over_a_name_server_that_fails_for_a_while(
    audit: Audit, zone: Zone, tmp_path: Path
) -> None:
    kept = tmp_path / "audit.json"
    watch = ("example.com", "--watch", "--baseline", kept)
    audit(*watch)

    record = zone.names["_dmarc.example.com"]
    zone.servfail("_dmarc.example.com")
    assert audit(*watch) == Ran(0, "", "")
    zone.names["_dmarc.example.com"] = record
    assert audit(*watch) == Ran(0, "", "")


def test_watch_wants_a_file_to_remember_by(audit: Audit) -> None:
    ran = audit("example.com", "--watch")

    assert ran.status == 2 and "--baseline FILE" in ran.err


@pytest.mark.parametrize(
    "text", ["", "[]", "[" * 200_000, '{"domains": 1}', '{"domains": [{"domain": "a.test", "findings": [1]}]}',
             '{"domains": [{"domain": "a.test", "findings": [], "spf": "x"}]}']
)  # fmt: skip
def test_a_baseline_that_is_no_report_is_a_usage_error(
    audit: Audit, tmp_path: Path, text: str
) -> None:
    kept = tmp_path / "audit.json"
    kept.write_text(text)

    ran = audit("example.com", "--baseline", kept)

    assert ran.status == 2 and "no report of an audit" in ran.err


def test_a_baseline_moves_no_cursor(audit: Audit, tmp_path: Path) -> None:
    kept = tmp_path / "audit.json"
    spf = {"record": "\x1b]0;x\x07", "all": "\u202e", "status": "\ud800"}
    told = {"id": "spf-missing", "message": "\x1b[31mgone", "severity": "error", "fix": None}
    kept.write_text(
        json.dumps({"domains": [{"domain": "example.com", "findings": [told], "spf": spf}]})
    )

    for format in ("text", "markdown", "html", "json"):
        ran = audit("example.com", "--baseline", kept, "--format", format)
        assert ran.status in (0, 1)
        assert "gone" in ran.out and ran.out.replace("\n", "").isprintable()


def test_a_name_that_is_no_host_gets_into_no_record_of_a_zone_file(
    mactl: Mactl, zone: Zone
) -> None:
    zone.put("example.com", "MX", r"20 x\;y.example.net.example.com")
    zone.put(r"x\;y.example.net", "A", "203.0.113.7")

    with DnsServer(zone) as server:
        said = mactl("audit", "example.com", "--nameserver", server.address, "--propose").out

    assert "mx-not-a-host" in said
    assert not [line for line in said.splitlines() if "MX" in line and not line.startswith(";")]


def test_explain_tells_what_a_finding_means(mactl: Mactl) -> None:
    ran = mactl("audit", "--explain", "spf-pass-all")

    assert ran.status == 0 and "RFC 7208 5.1" in ran.out and "any address in the world" in ran.out


def test_explain_lists_all_findings(mactl: Mactl) -> None:
    told = json.loads(mactl("audit", "--explain", "?", "--format", "json").out)

    assert {"spf-pass-all", "dmarc-missing"} <= {one["id"] for one in told["findings"]}


def test_explain_guesses_what_was_meant(mactl: Mactl) -> None:
    ran = mactl("audit", "--explain", "spf-passall")

    assert ran.status == 2 and "spf-pass-all" in ran.err


def test_what_is_proposed_is_a_zone_file_that_says_what_is_left(audit: Audit) -> None:
    ran = audit("bad.test", "example.com", "--propose")

    lines = ran.out.splitlines()
    assert 'bad.test. IN TXT "v=spf1 a ~all"' in lines
    assert '; remove: bad.test. IN TXT "v=spf1 +all"' in lines
    assert any(line.startswith("; left to mend elsewhere: dkim-none") for line in lines)
    assert "; example.com: no error to mend" in lines
    assert all(not line or line.startswith(";") or " IN " in line for line in lines)
    assert ran.status == 1


def test_what_is_proposed_can_be_read_by_a_program(audit: Audit) -> None:
    (told,) = json.loads(audit("bad.test", "--propose", "--format", "json").out)["domains"]

    changed = {(r["name"], r["type"]): (r["remove"], r["add"]) for r in told["proposal"]["records"]}
    assert changed["bad.test", "TXT"] == (["v=spf1 +all"], ["v=spf1 a ~all"])
    assert told["proposal"]["left"] == ["dkim-none"]


def test_a_proposal_has_no_other_format(audit: Audit) -> None:
    assert audit("bad.test", "--propose", "--format", "html").status == 2


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--deadline", "0"], "--deadline 0: "),
        (["--deadline", "nan"], "--deadline nan: "),
        (["--nameserver", ""], "not a name server"),
        (["--watch", "--propose"], "--propose"),
        (["--picture", "logo.jpg"], "call it logo.png"),
        (["--picture", "."], "name a file"),
        (["--message", "-", "--propose"], "--propose is for domains"),
        (["--reports", ".", "--tree"], "--tree is for domains"),
    ],
)
def test_what_can_not_be_is_told_with_its_option(
    audit: Audit, arguments: list[str], word: str
) -> None:
    ran = audit("example.com", *arguments)

    assert ran.status == 2 and word in ran.err and ran.out == ""


def test_junit_tells_apart_the_same_fault_of_two_domains(audit: Audit, zone: Zone) -> None:
    zone.txt("worse.test", "v=spf1 +all")

    suite = ElementTree.fromstring(audit("bad.test", "worse.test", "--format", "junit").out)

    cases = [case.get("classname") for case in suite if case.get("name") == "spf-pass-all"]
    assert cases == ["bad.test", "worse.test"]
