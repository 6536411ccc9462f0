"""Files over HTTPS: what an audit fetches beside the DNS, a policy of MTA-STS, a logo, a certificate."""

from mactl.audit.web.https import HttpsWeb
from mactl.audit.web.memo import MemoWeb
from mactl.audit.web.pages import NoWeb, Page, Trouble, Web

__all__ = ["HttpsWeb", "MemoWeb", "NoWeb", "Page", "Trouble", "Web"]
