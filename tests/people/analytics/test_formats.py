"""Exports are recognised by what stands in them, and read as they really look."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mactl.clock import from_epoch
from mactl.errors import UnreadableInput
from mactl.people.analytics.formats import ExportFormat, How, read_hits, recognise
from mactl.people.analytics.hits import Hits
from mactl.people.analytics.robots import robots_among

HOW = How(ZoneInfo("Europe/Amsterdam"), ["uid", "_ga"], ["plan"])
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
LINE = (
    '203.0.113.9 - - [20/Nov/2026:10:00:01 +0100] "GET /pricing?uid=C1 HTTP/1.1" 200 512 "-" "{}"'
)

EXPLORATION = """\
# ----------------------------------------
# Free form 1
# Acme - GA4
# 20261101-20261120
# ----------------------------------------

Event name,Page path and screen class,Date + hour (YYYYMMDDHH),User ID,Event count,Purchase revenue
,,,,Grand total,100
page_view,/pricing,2026111010,C1,2,0
purchase,/thanks,2026111011,C1,1,"1,059.90"
page_view,/,never,C1,1,0
"""
PARAMETERS = [
    {
        "key": "page_location",
        "value": {"string_value": "https://acme.example/pricing?utm_source=x"},
    },
    {"key": "page_title", "value": {"string_value": "Prices"}},
    {"key": "value", "value": {"double_value": 12.5}},
    {"key": "plan", "value": {"int_value": "3"}},
]
ROW = {
    "event_date": "20261110",
    "event_timestamp": "1794301200123456",
    "event_name": "page_view",
    "event_params": PARAMETERS,
    "user_id": "C1",
    "user_pseudo_id": "123.456",
    "device": {"category": "desktop"},
}
VISIT = {
    "idVisit": "7",
    "visitIp": "203.0.0.0",
    "visitorId": "abcdef",
    "userId": "C1",
    "referrerUrl": "https://www.example.org/",
    "campaignName": "spring",
    "serverTimestamp": 1794301200,
    "actionDetails": [
        {
            "type": "action",
            "url": "https://acme.example/",
            "pageTitle": "Home",
            "timestamp": 1794301200,
        },
        {
            "type": "event",
            "eventCategory": "Video",
            "eventAction": "Play Video",
            "timestamp": 1794301260,
        },
        {"type": "ecommerceOrder", "orderId": "A1", "revenue": 49.5, "timestamp": 1794301300},
        {"type": "unheardOf", "timestamp": 1794301310},
    ],
}
MATOMO_CSV = (
    "idVisit,visitorId,userId,serverTimestamp,actionDetails_0_type,actionDetails_0_url,actionDetails_0_timestamp,"
    "actionDetails_1_type,actionDetails_1_timestamp\n"
    "7,abcdef,C1,1794301200,action,https://acme.example/a,1794301200,goal,1794301260\n"
    "8,abcdeg,,1794301200,action,https://acme.example/b,1794301201,,\n"
)
PLAUSIBLE = """\
date,hostname,page,visits,visitors,pageviews
2026-11-10,acme.example,/,4,3,9
2026-11-10,acme.example,/a?uid=C1,1,1,1
"""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_file(content: str | bytes, name: str = "export") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write_file


def rows(hits: Hits) -> list[dict[str, Any]]:
    """What each hit tells."""
    columns = {**hits.columns, **hits.keys, **hits.properties}
    found = [
        {name: column[n].as_py() for name, column in columns.items()} for n in range(len(hits))
    ]
    at = [from_epoch(second).isoformat()[:19] for second in hits.at.to_pylist()]
    return [
        {"at": when} | {name: value for name, value in row.items() if value is not None}
        for when, row in zip(at, found, strict=True)
    ]


def read(path: Path, format: ExportFormat | None = None) -> tuple[list[dict[str, Any]], list[Hits]]:
    parts = list(read_hits(path, format or recognise(path), HOW))
    return [row for part in parts for row in rows(part)], parts


@pytest.mark.parametrize(
    ("content", "format"),
    [
        (LINE.format(BROWSER), "access-log"),
        ("rubbish\n" + LINE.format(BROWSER), "access-log"),
        (f"acme.example:443 {LINE.format(BROWSER)}", "access-log"),
        ('203.0.113.9 - - [20/Nov/2026:10:00:01 +0100] "GET / HTTP/1.1" 200 5', "access-log"),
        (EXPLORATION, "ga4"),
        ("\ufeff" + EXPLORATION.replace("\n", "\r\n"), "ga4"),
        ("event_timestamp;event_name;user_id\n1794301200123456;login;C1\n", "ga4"),
        (json.dumps(ROW), "ga4"),
        (json.dumps([VISIT]), "matomo"),
        (json.dumps([VISIT], indent=2), "matomo"),
        (MATOMO_CSV, "matomo"),
        (MATOMO_CSV.encode("utf-16"), "matomo"),
        (MATOMO_CSV.replace(",", "\t"), "matomo"),
        (PLAUSIBLE, "plausible"),
        ("date,source,referrer,pageviews,visitors,visits\n", "plausible"),
        ("id,email,event,at\n1,ann@example.com,login,2026-11-01\n", "csv"),
        (gzip.compress(LINE.format(BROWSER).encode(), mtime=0), "access-log"),
    ],
)
def test_an_export_is_recognised(write: Write, content: str | bytes, format: str) -> None:
    assert recognise(write(content)) == format


@pytest.mark.parametrize("content", ["a,b\n1,2\n", "hello", '{"a": 1}', "<html>", "\x00\x01\x02"])
def test_what_is_none_is_refused_with_what_to_do(write: Write, content: str) -> None:
    with pytest.raises(UnreadableInput, match="can't be told whose export") as refused:
        recognise(write(content))
    assert refused.value.hint is not None and "--as ga4" in refused.value.hint


@pytest.mark.parametrize("content", ["", "\n\n", gzip.compress(b"x" * 99, mtime=0)[:20]])
def test_an_empty_or_broken_file_is_refused(write: Write, content: str | bytes) -> None:
    with pytest.raises(UnreadableInput):
        recognise(write(content))


@pytest.mark.parametrize("format", ["ga4", "matomo", "plausible"])
def test_a_table_of_something_else_is_refused(write: Write, format: str) -> None:
    with pytest.raises(UnreadableInput, match=f"no events of {format}"):
        read(write("a,b\n1,2\n"), ExportFormat(format))


def log(*requests: str, status: int = 200, agent: str = BROWSER) -> str:
    return "".join(
        f'203.0.113.9 - - [20/Nov/2026:10:00:0{n} +0100] "{request} HTTP/1.1" {status} 5 "-" "{agent}"\n'
        for n, request in enumerate(requests)
    )


def test_a_log_tells_of_pages_forms_and_downloads(write: Write) -> None:
    text = log(
        "GET /pricing?a=1",
        "POST /contact",
        "GET /paper.pdf",
        "GET /style.css?v=1",
        "HEAD /",
        "GET /logo.PNG",
    )
    found, [hits] = read(write(text))
    assert [(row["event"], row["url"], row["at"]) for row in found] == [
        ("page_view", "/pricing?a=1", "2026-11-20T09:00:00"),
        ("form_submit", "/contact", "2026-11-20T09:00:01"),
        ("download", "/paper.pdf", "2026-11-20T09:00:02"),
    ]
    assert (hits.others, hits.faulty) == (3, 0)


@pytest.mark.parametrize(
    ("method", "status", "event"),
    [
        ("GET", 200, "page_view"), ("GET", 304, "page_view"), ("GET", 302, None), ("GET", 404, None),
        ("GET", 500, None), ("POST", 303, "form_submit"), ("POST", 422, None), ("DELETE", 200, None),
    ],
)  # fmt: skip
def test_only_what_was_delivered_or_taken_counts(
    write: Write, method: str, status: int, event: str | None
) -> None:
    found, _ = read(write(log(f"{method} /a", status=status)))
    assert [row["event"] for row in found] == ([event] if event else [])


def test_a_log_names_visitors_by_user_parameter_and_cookie_and_never_by_address(
    write: Write,
) -> None:
    text = (
        f'203.0.113.9 - C2 [20/Nov/2026:10:00:01 -0530] "GET /a HTTP/1.1" 200 5 "-" "{BROWSER}"\n'
        '2001:db8::1 - - [20/Nov/2026:10:00:02 +0000] "GET /a?uid=C1 HTTP/2.0" 200 5 "-" '
        f'"{BROWSER}" "_ga=GA1.1.1.2; b=3"\n'
    )
    found, _ = read(write(text))
    assert found[0] | {"user_id": "C2", "at": "2026-11-20T15:30:01"} == found[0]
    assert (found[1]["uid"], found[1]["_ga"]) == ("C1", "GA1.1.1.2")
    assert "203.0.113.9" not in str(found) and "2001:db8" not in str(found)


def test_a_user_may_have_a_name_with_blanks(write: Write) -> None:
    text = log("GET /a").replace("- - [", "- Ann Lee [") + log("GET /b")
    found, [hits] = read(write(text))
    assert [row.get("user_id") for row in found] == [None, "Ann Lee"]  # the odd come last
    assert (hits.faulty, hits.others) == (0, 0)


def test_a_faulty_line_is_told_with_its_number_and_a_scan_is_none(write: Write) -> None:
    text = (
        log("GET /a")
        + "rubbish\n\n"
        + '203.0.113.9 - - [20/Nov/2026:10:00:01 +0100] "\\x16\\x03" 400 0 "-" "-"\n'
    )
    found, [hits] = read(write(text))
    assert [(str(f.place).rpartition(":")[2], f.id) for f in hits.findings] == [
        ("2", "log-bad-line")
    ]
    assert (len(found), hits.faulty, hits.others) == (1, 1, 1)


def test_bytes_that_are_no_text_do_no_harm(write: Write) -> None:
    found, _ = read(write(log("GET /a").encode() + b"\xff\xfe\n" + log("GET /b").encode()))
    assert [row["url"] for row in found] == ["/a", "/b"]


@pytest.mark.parametrize(
    ("agent", "path", "robot"),
    [
        (BROWSER, "/pricing", False),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1", "/", False),
        ("Mozilla/5.0 (Linux; Android 15; CUBOT X30) Chrome/140.0 Mobile Safari/537.36", "/robotics", False),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "/", True),
        ("curl/8.5.0", "/", True),
        ("Mozilla/5.0 HeadlessChrome/140.0", "/", True),
        ("python-requests/2.32", "/", True),
        (BROWSER, "/wp-login.php", True),
        (BROWSER, "/.env", True),
    ],
)  # fmt: skip
def test_robots_are_told_by_what_they_say_and_seek(
    write: Write, agent: str, path: str, robot: bool
) -> None:
    _, [hits] = read(write(log(f"GET {path}", agent=agent)))
    assert robots_among(hits).tolist() == [robot]


def test_an_exploration_is_read_without_its_comments_and_totals(write: Write) -> None:
    found, [hits] = read(write(EXPLORATION))
    assert [(row["event"], row["at"], row["user_id"], row.get("amount")) for row in found] == [
        ("page_view", "2026-11-10T09:00:00", "C1", None),
        ("page_view", "2026-11-10T09:00:00", "C1", None),
        ("purchase", "2026-11-10T10:00:00", "C1", 1059.9),
    ]
    assert len({row["exact"] for row in found[:2]}) == 2
    assert [(f.id, f.place.line if f.place else 0) for f in hits.findings] == [
        ("events-bad-instant", 11)
    ]


def test_the_export_to_bigquery_is_read_line_by_line(write: Write) -> None:
    lines = [
        json.dumps(ROW),
        "",
        "{broken",
        json.dumps({**ROW, "event_name": "login", "user_id": None}),
    ]
    found, [hits, _] = read(write("\n".join(lines)))
    assert [(row["event"], row.get("user_id"), row["client_id"]) for row in found] == [
        ("page_view", "C1", "123.456"),
        ("login", None, "123.456"),
    ]
    assert (
        found[0] | {"title": "Prices", "amount": 12.5, "plan": "3", "at": "2026-11-10T09:00:00"}
        == found[0]
    )
    assert [(f.id, f.place.line if f.place else 0) for f in hits.findings] == [
        ("events-bad-json", 3)
    ]


def test_lines_of_different_types_are_read_all_the_same(write: Write) -> None:
    other = {**ROW, "event_timestamp": 1794301200123456, "user_id": 17}
    found, [hits] = read(write(json.dumps(ROW) + "\n" + json.dumps(other) + "\n"))
    assert [row["user_id"] for row in found] == ["C1", "17"]
    assert hits.faulty == 0


def test_a_visits_log_in_json_tells_each_action(write: Write) -> None:
    found, _ = read(write(json.dumps([VISIT])))
    assert [(row["event"], row["id"], row["user_id"]) for row in found] == [
        ("page_view", "matomo:7:0", "C1"),
        ("play_video", "matomo:7:1", "C1"),
        ("purchase", "matomo:7:2", "C1"),
    ]
    assert (found[0]["referrer"], found[0]["utm_campaign"]) == (
        "https://www.example.org/",
        "spring",
    )
    assert (found[2]["amount"], found[2]["order_id"], found[1]["category"]) == (49.5, "A1", "Video")
    assert "203.0.0.0" not in str(found)


def test_a_visits_log_in_csv_tells_the_same(write: Write) -> None:
    found, _ = read(write(MATOMO_CSV.encode("utf-16")))
    assert [(row["event"], row["id"], row.get("user_id"), row["at"]) for row in found] == [
        ("page_view", "matomo:7:0", "C1", "2026-11-10T09:00:00"),
        ("goal_reached", "matomo:7:1", "C1", "2026-11-10T09:01:00"),
        ("page_view", "matomo:8:0", None, "2026-11-10T09:00:01"),
    ]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ('{"result":"error","message":"You can\'t access"}', "Matomo refused the export"),
        ("[1, 2]", "no list of visits"),
        ("[{", "no JSON"),
        ("[" * 100_000, "no JSON"),
    ],
)
def test_what_matomo_gives_in_place_of_visits_is_refused(
    write: Write, content: str, what: str
) -> None:
    with pytest.raises(UnreadableInput, match=what):
        read(write(content), ExportFormat.MATOMO)


def test_plausible_names_nobody_but_by_an_address(write: Write) -> None:
    found, [hits] = read(write(PLAUSIBLE))
    assert [(row["uid"], row["url"], row["at"]) for row in found] == [
        ("C1", "/a?uid=C1", "2026-11-09T23:00:00")
    ]
    assert hits.anonymous == 9
