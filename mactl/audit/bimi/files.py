"""The files that a record leads to: both fetched at once, then judged together."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mactl.audit.bimi import certificate_kinds, kinds, logo_kinds
from mactl.audit.bimi.certificate import judge_certificate
from mactl.audit.bimi.logo import LARGEST, MOST_FETCHED, Logo, judge_logo
from mactl.audit.bimi.mark import Mark
from mactl.audit.bimi.pem import LARGEST as LARGEST_CERTIFICATE
from mactl.audit.means import Means
from mactl.audit.names import excerpt
from mactl.audit.web import Page, Trouble
from mactl.findings import Finding


@dataclass(frozen=True, slots=True)
class Files:
    """The logo and the certificate, None where they are not named or did not come."""

    findings: tuple[Finding, ...] = ()
    image: Logo | None = None
    mark: Mark | None = None


async def judge_files(
    logo: str | None, certificate: str | None, names: Sequence[str], means: Means
) -> Files:
    """What is at the https addresses of a logo and of a certificate for one of `names`."""
    logo_page, certificate_page = await asyncio.gather(
        _fetch(logo, MOST_FETCHED, means), _fetch(certificate, LARGEST_CERTIFICATE, means)
    )
    findings: list[Finding] = []
    image = mark = None
    if logo_page is not None and not logo_page.failure:
        image = judge_logo(logo_page.body, logo_page.url, logo_page.content_type)
        findings += image.findings
    elif logo_page is not None:
        findings += _missing_logo(logo_page)
    if certificate_page is not None and not certificate_page.failure:
        mark = judge_certificate(
            certificate_page.body,
            certificate_page.url,
            names,
            means.now,
            logo=image.svg if image else None,
            trusted=means.trusted,
        )
        findings += mark.findings
    elif certificate_page is not None:
        findings += _missing_certificate(certificate_page)
    return Files(tuple(findings), image, mark)


async def _fetch(url: str | None, largest: int, means: Means) -> Page | None:
    return None if url is None else await means.web.fetch(url, largest)


def _missing_logo(page: Page) -> Iterator[Finding]:
    if page.trouble is Trouble.TOO_LARGE:
        message = f"{excerpt(page.url)}: {page.failure}, {LARGEST} are allowed"
        yield logo_kinds.SIZE.found(message, "simplify its paths")
    else:
        yield _missing(page, "logo")


def _missing_certificate(page: Page) -> Iterator[Finding]:
    if page.trouble is Trouble.TOO_LARGE:
        message = f"{excerpt(page.url)}: {page.failure}"
        fix = "publish the mark certificate and its issuers, and nothing else"
        yield certificate_kinds.FORMAT.found(message, fix)
    else:
        yield _missing(page, "certificate")


def _missing(page: Page, what: str) -> Finding:
    message = f"the {what} at {excerpt(page.url)} did not come: {page.failure}"
    if page.trouble is Trouble.NOT_FETCHED:
        return kinds.NOT_FETCHED.found(f"the {what} at {excerpt(page.url)} was not fetched")
    if 300 <= page.status < 400:
        fix = "name the address where the file is in the record, without a redirect"
        return kinds.REDIRECT.found(message, fix)
    if page.may_come_later:
        return kinds.FETCH_TEMPERROR.found(message, "try again later, or mend the web server")
    if page.trouble is Trouble.CERTIFICATE:
        fix = "renew the certificate of the web server, with its whole chain"
    elif page.trouble is Trouble.PRIVATE_ADDRESS:
        fix = "publish the file on a web server that everybody can reach"
    else:
        fix = f"publish the {what} there, with status 200"
    return kinds.FETCH_FAILED.found(message, fix)
