"""Made-up contacts and events of a Dutch software company, the same ones every time.

    python benchmarks/generate.py --contacts 100000 --events 500000 --out DIR
    python benchmarks/generate.py --example

The first writes contacts.csv and events.csv for the benchmarks; the second the two files that are
shipped, contacts.csv.example and events.csv.example, with a handful of faulty rows on purpose. Nobody
in them exists: every address is at example.com, example.org or a .test domain. All of it is seen from
1 December 2026, 09:00 in Amsterdam.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

NOW = int(datetime(2026, 12, 1, 8, tzinfo=UTC).timestamp())
TODAY = NOW // 86_400
DAY = 86_400
CHUNK = 500_000  # events made at a time

COUNTRIES = ["NL", "BE", "DE", "DK", "GB"]
COUNTRY_SHARES = [0.70, 0.12, 0.10, 0.05, 0.03]
LANGUAGES = ["nl", "nl", "de", "da", "en"]
ZONES = [
    "Europe/Amsterdam",
    "Europe/Brussels",
    "Europe/Berlin",
    "Europe/Copenhagen",
    "Europe/London",
]
# Of mobile numbers, with seven digits behind.
DIALLING = ["+3161", "+3247", "+49171", "+452", "+44771"]
FIRST_NAMES = [
    "Anna Bram Chloë Daan Eline Femke Gijs Hanneke Ilse Jeroen Koen Lieke Maartje Niels Noëlle Pieter "
    "Renée Sanne Thijs Willemijn Zoë Joris Marijke André Loïs Sjoerd Fenna Ruben Yfke Mees",
    "Lotte Wout Amélie Bart Céline Dries Élise Fien Geert Hélène Jelle Katrijn Lore Maxime Pieter-Jan",
    "Jürgen Käthe Björn Sönke Anke Dörte Uwe Greta Lukas Jörg Annelie Matthias Frauke Heike Günter",
    "Søren Mette Åse Jørgen Kirsten Bjørn Signe Lærke Rasmus Øyvind Maren Håkon Astrid Nils Frøya",
    "Alice Oliver Siân Harry Niamh George Zoë Callum Imogen Freddie Seán Harriet Isla Rhys Maeve",
]
LAST_NAMES = [
    "Jansen|de Vries|van den Berg|Bakker|van Dijk|Visser|Smit|de Boer|van 't Hoff|de Groot|Mulder|"
    "van der Meer|ten Brink|Dijkstra|van der Heijden|op den Akker|in 't Veld|Brouwer|Coëlho|Hoekstra",
    "Peeters|Vandenbroucke|D'Hondt|Lefèvre|Maes|Van den Bossche|Wouters|Claes|Dubois|De Smet|Goossens",
    "Müller|Weiß|Schäfer|Krüger|von Bülow|Schröder|Köhler|Jäger|Böhm|Groß|Zimmermann|Vogel",
    "Sørensen|Østergård|Åkesson|Bjørk|Nørgaard|Kjær|Lindström|Holmgaard|Ærø|Thygesen|Sjöberg",
    "Smith|O'Connor|Taylor|Brontë|Hughes|Ní Dhuibhir|Campbell|Walker|Okafor|Patel|Evans",
]
COMPANIES = [
    "Noorderlicht Logistiek", "Jansen, De Wit & Co", "Polderwerk BV", "Grachtenbouw", "Zilvermeeuw Media",
    "De Gouden Kaas", "Kanaal Twaalf", "Brouwerij Het Anker", "Schelde Staal NV", "Vlaamse Vezel",
    "Hansa Maschinen GmbH", "Bodensee Optik", "Öresund Food ApS", 'Atelier "De Hoek"', "Thames Fintech Ltd",
    "Waddenzee Vis", "Delta Data", "Tulp en Zoon", "Fietsfabriek Utrecht", "Molenaar Meubels",
]  # fmt: skip
JOBS = [
    "CTO", "Chief Technology Officer", "VP Engineering", "Marketing manager", "Head of Marketing",
    "Office manager", "Finance director", "HR adviser", "Operations lead", "Developer", "Eigenaar",
]  # fmt: skip
DEPARTMENTS = [
    "it", "it", "it", "marketing", "marketing",
    "office", "finance", "hr", "operations", "it", "board",
]  # fmt: skip
INDUSTRIES = [
    "software",
    "fintech",
    "retail",
    "manufacturing",
    "healthcare",
    "logistics",
    "education",
]
PRODUCTS = ["Starter", "Team", "Business", "Enterprise"]
INTERESTS = [
    "automation", "automation;reporting", "privacy", "privacy;deliverability", "reporting",
    "integrations;automation", "webinars", "pricing;integrations",
]  # fmt: skip
SOURCES = ["signup form", "webshop checkout", "trade fair", "demo request"]
WORDING = "Yes, keep me posted about offers and news from Acme. I can stop this at any time."
MAIL_DOMAINS = [
    "example.com",
    "example.org",
    "noorderlicht.test",
    "polderwerk.test",
    "hansa.test",
    "delta.test",
]

EVENTS = {  # name → share
    "page_view": 0.43, "login": 0.18, "email_opened": 0.17, "email_clicked": 0.06, "purchase": 0.05,
    "cart_abandoned": 0.03, "whitepaper_downloaded": 0.03, "demo_requested": 0.015, "renewed": 0.01,
    "signed_up": 0.01, "complaint": 0.0075, "complaint_resolved": 0.0075,
}  # fmt: skip
EVENT_COLUMNS = [
    "id", "email", "event", "at", "path", "campaign", "product", "category", "amount", "currency",
    "cart_id", "value", "opt_out_offered", "template", "step", "url",
]  # fmt: skip
PAGES = [
    "/", "/pricing", "/pricing/enterprise", "/features", "/blog/ten-tips", "/blog/avg-en-mail",
    "/docs/start", "/docs/api", "/cases", "/contact", "/careers",
]  # fmt: skip
WHITEPAPERS = ["/whitepapers/lead-scoring", "/whitepapers/avg", "/whitepapers/deliverability"]
CAMPAIGNS = ["autumn", "onboarding", "black-friday", "webinar-q4"]
CATEGORIES = ["software", "software", "training", "hardware"]
TEMPLATES = ["welcome", "offer", "reminder", "newsletter"]
LINKS = ["https://acme.example/pricing", "https://acme.example/docs", "https://acme.example/demo"]

Columns = dict[str, pa.Array]


def picked(words: Sequence[str], index: np.ndarray) -> pa.Array:
    """`words[index]` as a column of text."""
    return pa.array(words, pa.string()).take(pa.array(index))


def blanked(column: pa.Array, empty: np.ndarray) -> pa.Array:
    """`column` with nothing where `empty`."""
    return pc.if_else(pa.array(empty), None, column)


def joined(*parts: Any, separator: str = "") -> pa.Array:
    """Columns and words, put together row by row."""
    return pc.binary_join_element_wise(*parts, separator)


def written_days(days: np.ndarray) -> pa.Array:
    """Days since 1970 as ISO dates."""
    return pa.array(days.astype(np.int32)).cast(pa.date32()).cast(pa.string())


def written_instants(seconds: np.ndarray, zone: str | None) -> pa.Array:
    """Seconds since 1970 as ISO instants; a `Z` behind them where `zone` is UTC."""
    written = pa.array(seconds.astype(np.int64)).cast(pa.timestamp("s", zone)).cast(pa.string())
    return pc.replace_substring(written, " ", "T") if zone else written


def numbered(prefix: str, numbers: np.ndarray, digits: int) -> pa.Array:
    """`C000012`: a prefix and a number of so many digits."""
    text = pa.array(numbers).cast(pa.string())
    return joined(prefix, pc.utf8_lpad(text, width=digits, padding="0"))


def by_country(
    lists: Sequence[str], separator: str | None, country: np.ndarray, draw: np.ndarray
) -> pa.Array:
    """A name that is at home in each row's country; one in ten from another one."""
    words = [names.split(separator) for names in lists]
    starts = np.cumsum([0, *map(len, words)])
    home = np.where(draw * 1e4 % 1 < 0.1, (country + 1) % len(words), country)
    sizes = np.array([len(names) for names in words])[home]
    return picked(
        [name for names in words for name in names], starts[home] + (draw * sizes).astype(np.int64)
    )


def make_contacts(count: int, rng: np.random.Generator) -> Columns:
    """`count` contacts, each another person, as columns of text (null where a cell is empty)."""
    number = np.arange(1, count + 1)
    country = rng.choice(len(COUNTRIES), count, p=COUNTRY_SHARES)
    job = rng.integers(0, len(JOBS), count)
    first = by_country(FIRST_NAMES, None, country, rng.random(count))
    last = by_country(LAST_NAMES, "|", country, rng.random(count))
    joined_at = NOW - rng.integers(5 * DAY, 1100 * DAY, count)
    consent = rng.random(count)  # below 0.55 proven, to 0.70 lacking proof, the rest none
    mobile = 6_000_000 + rng.integers(10_000_000, 99_999_999, count) % 3_000_000
    mobile = pa.array(mobile).cast(pa.string())
    return {
        "contact_id": numbered("C", number, 7),
        "email": joined(
            joined(_slug(first), _slug(last), pa.array(number).cast(pa.string()), separator="."),
            picked(MAIL_DOMAINS, rng.integers(0, len(MAIL_DOMAINS), count)),
            separator="@",
        ),
        "first_name": first,
        "last_name": last,
        "company": picked(COMPANIES, rng.integers(0, len(COMPANIES), count)),
        "job_title": picked(JOBS, job),
        "department": picked(DEPARTMENTS, job),
        "industry": picked(INDUSTRIES, rng.integers(0, len(INDUSTRIES), count)),
        "country": picked(COUNTRIES, country),
        "language": picked(LANGUAGES, country),
        "timezone": picked(ZONES, country),
        "phone": blanked(joined(picked(DIALLING, country), mobile), rng.random(count) < 0.3),
        "clv": pa.array(np.round(rng.lognormal(6.2, 1.0, count), 2)).cast(pa.string()),
        "nps": blanked(
            pa.array(rng.integers(0, 11, count)).cast(pa.string()), rng.random(count) < 0.25
        ),
        "contract_end": blanked(
            written_days(TODAY - 60 + rng.integers(0, 450, count)), rng.random(count) < 0.2
        ),
        "product": picked(PRODUCTS, rng.integers(0, len(PRODUCTS), count)),
        "birthday": blanked(
            written_days(rng.integers(-5400, 12_500, count)), rng.random(count) < 0.4
        ),
        "interests": blanked(
            picked(INTERESTS, rng.integers(0, len(INTERESTS), count)), rng.random(count) < 0.3
        ),
        "opt_in": picked(["yes", "no"], (consent >= 0.70).astype(np.int64)),
        "opt_in_at": blanked(written_instants(joined_at + 60, None), consent >= 0.60),
        "opt_in_source": blanked(
            picked(SOURCES, rng.integers(0, len(SOURCES), count)), consent >= 0.65
        ),
        "opt_in_text": blanked(pa.repeat(WORDING, count), consent >= 0.55),
        "signed_up_at": written_instants(joined_at, None),
        "newsletter_opt_out": picked(
            ["false", "true"], (rng.random(count) < 0.04).astype(np.int64)
        ),
    }


def _slug(names: pa.Array) -> pa.Array:
    """Names as they stand in an address: `van 't Hoff` → `vanthoff`, `Sørensen` → `sorensen`."""
    plain = names
    for letters, letter in {"ø": "o", "Ø": "o", "æ": "ae", "Æ": "ae", "ß": "ss"}.items():
        plain = pc.replace_substring(plain, letters, letter)
    plain = pc.utf8_normalize(plain, "NFKD")
    return pc.utf8_lower(pc.replace_substring_regex(plain, r"[^A-Za-z]", ""))


def make_events(email: pa.Array, at: np.ndarray, rng: np.random.Generator) -> Columns:
    """An event at each instant of `at` (seconds since 1970), of people drawn from `email`; without ids."""
    count = len(at)
    names = list(EVENTS)
    kind = rng.choice(len(names), count, p=list(EVENTS.values()))

    def only(column: pa.Array, *kinds: str, share: float = 1.0) -> pa.Array:
        wanted = np.isin(kind, [names.index(name) for name in kinds])
        return blanked(column, ~wanted | (rng.random(count) >= share))

    page = picked(PAGES, (rng.random(count) ** 1.5 * len(PAGES)).astype(np.int64))
    paper = picked(WHITEPAPERS, rng.integers(0, len(WHITEPAPERS), count))
    is_paper = pa.array(kind == names.index("whitepaper_downloaded"))
    sums = pa.array(np.round(rng.lognormal(4.6, 0.9, count), 2)).cast(pa.string())
    mails = ("email_opened", "email_clicked")
    return {
        "email": email.take(pa.array((rng.random(count) ** 2 * len(email)).astype(np.int64))),
        "event": picked(names, kind),
        "at": written_instants(at, "UTC"),
        "path": only(pc.if_else(is_paper, paper, page), "page_view", "whitepaper_downloaded"),
        "campaign": only(
            picked(CAMPAIGNS, rng.integers(0, len(CAMPAIGNS), count)),
            "page_view",
            *mails,
            share=0.3,
        ),
        "product": only(
            picked(PRODUCTS, rng.integers(0, len(PRODUCTS), count)),
            "purchase",
            "renewed",
            "cart_abandoned",
        ),
        "category": only(picked(CATEGORIES, rng.integers(0, len(CATEGORIES), count)), "purchase"),
        "amount": only(sums, "purchase", "renewed"),
        "currency": only(pa.repeat("EUR", count), "purchase", "renewed"),
        "cart_id": only(
            numbered("K", rng.integers(0, 99_999_999, count), 8), "cart_abandoned", "purchase"
        ),
        "value": only(sums, "cart_abandoned"),
        "opt_out_offered": only(
            picked(["true", "false"], (rng.random(count) < 0.3).astype(np.int64)), "purchase"
        ),
        "template": only(picked(TEMPLATES, rng.integers(0, len(TEMPLATES), count)), *mails),
        "step": only(pa.array(rng.integers(1, 5, count)).cast(pa.string()), *mails),
        "url": only(picked(LINKS, rng.integers(0, len(LINKS), count)), "email_clicked"),
    }


def in_order_of_time(count: int, last: int, rng: np.random.Generator) -> np.ndarray:
    """`count` instants in the year before `last`, more of them towards its end."""
    return np.sort(last - (rng.random(count) ** 1.3 * 365 * DAY).astype(np.int64))


def csv_lines(columns: Columns) -> pa.Array:
    """The rows as lines of CSV, each with its newline; cells are quoted where they must be."""
    cells = []
    for column in columns.values():
        odd = pc.match_substring_regex(column, '[",\r\n]')
        quoted = joined('"', pc.replace_substring(column, '"', '""'), '"')
        cells.append(pc.if_else(odd, quoted, column) if pc.any(odd).as_py() else column)
    rows = pc.binary_join_element_wise(*cells, ",", null_handling="replace", null_replacement="")
    return joined(rows, "\n")


def write_csv(path: Path, header: Sequence[str], parts: Iterator[Columns]) -> None:
    """A CSV file in UTF-8; each of `parts` is written before the next is made."""
    with path.open("wb") as file:
        file.write((",".join(header) + "\n").encode())
        for columns in parts:
            lines = csv_lines({name: columns[name] for name in header})
            file.write(lines.buffers()[2])


def write_benchmark(folder: Path, contacts: int, events: int, seed: int, in_order: bool) -> None:
    """contacts.csv and events.csv in `folder`; `in_order` writes the events as a log would."""
    rng = np.random.default_rng(seed)
    people = make_contacts(contacts, rng)
    write_csv(folder / "contacts.csv", list(people), iter([people]))
    at = in_order_of_time(events, NOW, rng)
    if not in_order:
        rng.shuffle(at)

    def parts() -> Iterator[Columns]:
        for start in range(0, events, CHUNK):
            some = at[start : start + CHUNK]
            columns = make_events(people["email"], some, rng)
            ids = np.arange(start + 1, start + 1 + len(some))
            yield {"id": numbered("E", ids, 8), **columns}

    write_csv(folder / "events.csv", EVENT_COLUMNS, parts())


# The shipped example: the same people and habits, and some whose story the three recipes tell.

EXAMPLE_CONTACTS = 244
EXAMPLE_EVENTS = 1500
RENEWAL = range(14)
WELCOME = range(14, 26)
CARTS = range(26, 41)

Row = dict[str, str]


def write_example(folder: Path, seed: int) -> None:
    """contacts.csv.example and events.csv.example in `folder`, faulty rows included."""
    rng = np.random.default_rng(seed)
    columns = make_contacts(EXAMPLE_CONTACTS, rng)
    people: list[Row] = [
        dict(zip(columns, ("" if cell is None else cell for cell in row), strict=True))
        for row in zip(*(column.to_pylist() for column in columns.values()), strict=True)
    ]
    for person in people:
        plain = person["email"].rsplit("@", 1)
        person["email"] = plain[0].rsplit(".", 1)[0] + person["contact_id"][-2:] + "@" + plain[1]
        person["contact_id"] = "C" + person["contact_id"][-4:]
    events = [*_renewal_stories(people), *_welcome_stories(people), *_cart_stories(people)]
    events += _everyday_events(people, rng)
    events.sort(key=lambda event: event["at"])
    for number, event in enumerate(events, 1):
        event["id"] = f"E{number:05}"
    _write_rows(
        folder / "contacts.csv.example", _header_with_a_space(people), _faulty_contacts(people)
    )
    _write_rows(folder / "events.csv.example", EVENT_COLUMNS, _faulty_events(events))


def _everyday_events(people: list[Row], rng: np.random.Generator) -> list[Row]:
    """What everybody did in the year up to three days ago, and their sign-ups in it."""
    emails = pa.array([person["email"] for person in people])
    columns = make_events(emails, in_order_of_time(EXAMPLE_EVENTS, NOW - 3 * DAY, rng), rng)
    rows = [
        {name: cell or "" for name, cell in zip(columns, row, strict=True)}
        for row in zip(*(column.to_pylist() for column in columns.values()), strict=True)
    ]
    told = {person["email"] for story in (RENEWAL, WELCOME) for person in _those(people, story)}
    kept = [
        row
        for row in rows
        if row["event"] != "signed_up"
        and not (
            row["email"] in told and row["event"] in ("renewed", "complaint", "complaint_resolved")
        )
    ]
    last_days = [
        _event(
            person,
            "login" if number % 3 else "page_view",
            2 + number * 1.1,
            path="" if number % 3 else "/docs/api",
        )
        for number, person in enumerate(people[60:110:2])
    ]
    sign_ups = [
        _event(person, "signed_up", hours_ago, path="/signup")
        for person in people
        if person["email"] not in told
        and (hours_ago := _hours_since(person["signed_up_at"], person)) < 365 * 24
    ]
    return kept + last_days + sign_ups


def _those(people: list[Row], story: range) -> list[Row]:
    return people[story.start : story.stop]


def _hours_since(local: str, person: Row) -> float:
    moment = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(person["timezone"]))
    return (NOW - moment.timestamp()) / 3600


def _event(person: Row, name: str, hours_ago: float, **properties: str) -> Row:
    at = datetime.fromtimestamp(NOW, UTC) - timedelta(minutes=round(hours_ago * 60))
    return {"email": person["email"], "event": name, "at": f"{at:%Y-%m-%dT%H:%M:%SZ}", **properties}


def _local(hours_ago: float, person: Row) -> str:
    moment = datetime.fromtimestamp(NOW - hours_ago * 3600, ZoneInfo(person["timezone"]))
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def _give_consent(person: Row, number: int, given: str) -> bool:
    """A mix over the people of a story: half of them proven, a quarter lacking its proof; True for the
    rest, who were never asked and have bought something instead."""
    proven, asked = number % 4 < 2, number % 4 < 3
    person["opt_in"] = "yes" if asked else ""
    person["opt_in_at"] = given if proven else ""
    person["opt_in_source"] = SOURCES[number % len(SOURCES)] if asked else ""
    person["opt_in_text"] = WORDING if proven else ""
    person["newsletter_opt_out"] = "false"
    return not asked


def _bought_software(person: Row, days_ago: int) -> Row:
    return _event(
        person, "purchase", 24.0 * days_ago, product=person["product"], category="software", amount="1188.00",
        currency="EUR", cart_id=f"K{person['contact_id'][1:]}", opt_out_offered="true",
    )  # fmt: skip


def _renewal_stories(people: list[Row]) -> Iterator[Row]:
    """High value, a contract that ends within 90 days, a low NPS, a complaint that was settled."""
    for number, person in enumerate(_those(people, RENEWAL)):
        person["clv"] = f"{1000 + 137 * number}.50"
        person["nps"] = str(number % 7)
        end = datetime.fromtimestamp(NOW, UTC) + timedelta(days=6 + 6 * number)
        person["contract_end"] = f"{end:%Y-%m-%d}"
        yield _bought_software(person, 340 - number)
        if _give_consent(person, number, "2025-11-20 10:15:00"):
            yield _bought_software(person, 120 + number)
        yield _event(person, "complaint", 24.0 * (24 + 4 * number))
        yield _event(person, "complaint_resolved", 24.0 * (20 + 4 * number) - 3.3)
        yield _event(person, "page_view", 24.0 * (1 + number % 5), path="/pricing")
        if number % 4 == 1:
            yield _event(
                person,
                "renewed",
                24.0 * (2 + number),
                product=person["product"],
                amount="1188.00",
                currency="EUR",
            )


def _welcome_stories(people: list[Row]) -> Iterator[Row]:
    """They signed up in the last two days; some looked around since."""
    for number, person in enumerate(_those(people, WELCOME)):
        hours_ago = 1.5 + 3.7 * number
        person["signed_up_at"] = _local(hours_ago, person)
        person["contract_end"] = person["nps"] = ""
        person["clv"] = "0"
        if _give_consent(person, number, person["signed_up_at"]):
            yield _bought_software(person, 30 + number)
        yield _event(person, "signed_up", hours_ago, path="/signup")
        if number % 2:
            yield _event(person, "login", hours_ago - 0.5)
            yield _event(person, "page_view", hours_ago - 0.4, path="/docs/start")
        if number == 11:
            yield _event(person, "project_created", hours_ago - 1)


def _cart_stories(people: list[Row]) -> Iterator[Row]:
    """Carts left in the last day; every third was paid for after all."""
    for number, person in enumerate(_those(people, CARTS)):
        hours_ago = 1.2 + 1.5 * number
        cart = {"cart_id": f"K9{number:03}", "product": PRODUCTS[number % 4]}
        value = f"{35 + 42 * number}.00"
        if _give_consent(person, number, "2026-03-14 11:00:00"):
            yield _bought_software(person, 60 + number)
        yield _event(person, "page_view", hours_ago + 0.3, path="/pricing")
        yield _event(person, "cart_abandoned", hours_ago, value=value, **cart)
        if number % 3 == 2:
            yield _event(
                person, "purchase", hours_ago - 1.1, category="software", amount=value, currency="EUR",
                opt_out_offered="true", **cart,
            )  # fmt: skip


def _header_with_a_space(people: list[Row]) -> list[str]:
    return [name + " " if name == "industry" else name for name in people[0]]


def _faulty_contacts(people: list[Row]) -> Iterator[str]:
    """The contacts as lines, and after some of them one that is wrong on purpose."""

    def spoilt(number: int, name: str, address: str, **changes: str) -> str:
        fresh = {"contact_id": f"C09{number:02}", "email": address, "first_name": name}
        return _line({**people[100 + number], **fresh, **changes}.values())

    extra = {
        48: spoilt(1, "Anneke", "anneke.zonder.apenstaart"),
        71: "C0902,kees@example.com,Kees,van Kort",
        95: spoilt(3, "Clara", "clara.verhoef@example.org", clv="veel"),
        130: spoilt(4, "Dirk", "dirk.datum@example.com", contract_end="2027-02-30"),
        155: _line(
            {
                **people[50],
                "contact_id": "",
                "email": people[50]["email"].upper(),
                "nps": "",
            }.values()
        ),
        180: spoilt(6, "Fleur", "fleur.nep@example.com", phone="0612345678"),
        205: spoilt(7, "Tijs", "tijs.zone@example.org", timezone="Europe/Rotterdam"),
    }
    for number, person in enumerate(people):
        yield _line(person.values())
        if number in extra:
            yield extra[number]


def _faulty_events(events: list[Row]) -> Iterator[str]:
    """The events as lines, and after some of them one that is wrong on purpose."""
    stranger: Row = {"email": "nobody.knows@example.com", "event": "page_view", "path": "/pricing"}
    extra: Mapping[int, Row] = {
        200: {**stranger, "id": "E90001", "at": events[200]["at"]},
        420: {**events[300], "id": "E90002", "at": "yesterday"},
        640: events[639],
        860: {**events[860], "id": "E90003", "event": ""},
        1080: {
            **events[1080],
            "id": "E90004",
            "event": "purchase",
            "amount": "twelve",
            "category": "training",
        },
    }
    for number, event in enumerate(events):
        yield _line(event.get(name, "") for name in EVENT_COLUMNS)
        if number in extra:
            yield _line(extra[number].get(name, "") for name in EVENT_COLUMNS)


def _line(cells: Any) -> str:
    return ",".join(
        '"' + cell.replace('"', '""') + '"' if set(cell) & set('",\n') else cell for cell in cells
    )


def _write_rows(path: Path, header: Sequence[str], lines: Iterator[str]) -> None:
    # Excel writes a BOM, so the example has one too.
    path.write_text(
        "\ufeff" + "\n".join([",".join(header), *lines]) + "\n", encoding="utf-8", newline="\n"
    )


def main() -> None:
    """Write what the command line asks for."""
    asked = argparse.ArgumentParser(
        description="Make contacts and events, the same ones every time."
    )
    asked.add_argument("--contacts", type=int, default=100_000)
    asked.add_argument("--events", type=int, default=500_000)
    asked.add_argument("--out", type=Path, default=Path(), help="the folder to write to")
    asked.add_argument("--seed", type=int, default=2026)
    asked.add_argument("--shuffled", action="store_true", help="events in no order of time")
    asked.add_argument(
        "--example", action="store_true", help="write the two files that are shipped"
    )
    options = asked.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    if options.example:
        write_example(options.out, options.seed)
    else:
        write_benchmark(
            options.out, options.contacts, options.events, options.seed, not options.shuffled
        )


if __name__ == "__main__":
    main()
