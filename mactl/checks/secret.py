"""A recipe holds something that must not be in it: a password, a key, a person's address.

Recipes are under version control and read by many. Secrets stand in the environment, and mactl.yaml names them
(`${CRM_URL}`) under `webhooks`, `channels` and `smtp`; in a recipe `${NAME}` is not filled in. People stand in the
data; in tests they are made up, at example.com or another domain that nobody owns (RFC 2606).

    webhooks: {crm: {url: "${CRM_URL}"}}           # in mactl.yaml
    steps: [{webhook: {to: crm, body: {email: "{{ contact.email }}"}}}]
"""

import re
from collections.abc import Iterator
from typing import Any

from mactl.checks.scope import Look, Scope
from mactl.document import Route, routes
from mactl.findings import Finding, Severity

IDS = ("secret-in-recipe", "variable-in-recipe", "personal-address")

_SECRETS = (
    ("a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")),
    (
        "a password in an address",
        re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@{}]{1,80}:[^\s/@{}]{1,80}@", re.IGNORECASE),
    ),
    ("an AWS key", re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b")),
    ("a GitHub token", re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{50,})")),
    ("a Slack token", re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,}")),
    ("a Stripe key", re.compile(r"\b[rs]k_live_[A-Za-z0-9]{16,}")),
    ("a SendGrid key", re.compile(r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}")),
    ("a Google key", re.compile(r"\bAIza[0-9A-Za-z_-]{35}")),
    ("a token", re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{5,}")),
    (
        "a token in an address",
        re.compile(r"[?&](?:api_?key|token|secret|access_token|password)=[A-Za-z0-9_-]{12,}", re.IGNORECASE),
    ),
    ("a bearer token", re.compile(r"\bBearer [A-Za-z0-9._~+/-]{20,}")),
)  # fmt: skip
_HINTS: tuple[tuple[str, ...], ...] = (
    ("PRIVATE KEY",), ("://",), ("AKIA", "ASIA"), ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"), ("xox",),
    ("_live_",), ("SG.",), ("AIza",), ("eyJ",), ("=",), ("Bearer ",),
)  # fmt: skip
"""What a text must hold for each of them: one of these, which are found faster."""
_VARIABLE = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*(?::-[^}]*)?\}")
_ADDRESS = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}@(?:[a-z0-9-]{1,63}\.)+[a-z]{2,24}(?![\w-])", re.IGNORECASE
)
_NOBODYS = re.compile(
    r"(?:^|\.)(?:example(?:\.(?:com|org|net))?|test|invalid|localhost)$", re.IGNORECASE
)
_OF_THE_COMPANY = ("from", "reply_to", "to")
"""Keys whose addresses are the company's own."""


def check(scope: Scope) -> Iterator[Finding]:
    """One finding for each text of a recipe that holds such a thing."""
    for look in scope:
        if not _may_hold_one(look.recipe.document.text):
            continue
        for route, value in routes(look.recipe.document.value):
            for word in (value, route[-1] if route else None):
                if isinstance(word, str):
                    yield from _in_text(look, route, word)


def _may_hold_one(text: str) -> bool:
    """Whether any text in a file may be told: the whole is looked through at once."""
    if "${" in text:
        return True
    for hints, (_, pattern) in zip(_HINTS, _SECRETS, strict=True):
        if any(hint in text for hint in hints) and pattern.search(text):
            return True
    addresses = _ADDRESS.findall(text) if "@" in text else ()
    return any(not _NOBODYS.search(_domain(address)) for address in addresses)


def _in_text(look: Look, route: Route, text: str) -> Iterator[Finding]:
    place = look.place(route)
    for what, pattern in _SECRETS:
        if pattern.search(text):
            yield Finding(
                "secret-in-recipe",
                Severity.ERROR,
                f"this holds {what}",
                place,
                "take it out, make it invalid where it came from, and name it in mactl.yaml as ${NAME}",
            )
            return
    variable = _VARIABLE.search(text)
    if variable:
        yield Finding(
            "variable-in-recipe",
            Severity.WARNING,
            f"{variable[0]} is not filled in here: only mactl.yaml names what the environment holds",
            place,
            "write a value under `vars`, or declare a webhook or channel in mactl.yaml",
        )
    yield from _addresses(look, route, text)


def _addresses(look: Look, route: Route, text: str) -> Iterator[Finding]:
    if not _is_about_people(route):
        return
    real = [found for found in _ADDRESS.findall(text) if not _NOBODYS.search(_domain(found))]
    if real:
        in_test = route[:1] == ("tests",)
        yield Finding(
            "personal-address",
            Severity.WARNING,
            "this may be a person's address"
            + ("; tests need none that is real" if in_test else ""),
            look.place(route),
            "use example.com in tests" if in_test else "keep people in the data; refer to a field",
        )


def _is_about_people(route: Route) -> bool:
    keys: tuple[Any, ...] = tuple(part for part in route if isinstance(part, str))
    # What a template says to everyone is the company's own: a mailbox to write to.
    in_template = keys[:1] == ("templates",)
    return bool(keys) and not in_template and keys[0] != "vars" and keys[-1] not in _OF_THE_COMPANY


def _domain(address: str) -> str:
    return address.rpartition("@")[2]
