"""Robots: who visits a site without being anybody.

What calls itself a robot is told by its agent, and what looks for holes by its path. Scanners of mail call themselves
browsers: they follow all links of a message within a second or two, as nobody's hands do.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mactl.people.analytics.hits import Hits
from mactl.people.cells import Mask, Numbers, mask_of

# Written after the agents that crawlers, monitors, libraries and previewers document for themselves.
# Cubot makes telephones.
_AGENTS = (
    r"(?i)(?:^|[^u])bot(?:\b|_)|crawl|spider|slurp|archiv|preview|monitor|uptime|pingdom|statuscake|lighthouse|headless|phantom|"
    r"selenium|playwright|puppeteer|scan|fetch|scrap|validator|checker|analy[sz]er|probe|facebookexternalhit|whatsapp|"
    r"embedly|curl/|wget/|libwww|lwp|python|aiohttp|httpx|urllib|go-http|okhttp|java/|jakarta|axios|node|php/|guzzle|ruby|"
    r"perl|httpclient|http_request|dart|nmap|masscan|zgrab|nikto|sqlmap|censys|shodan|expanse|gptbot|claude|perplexity|"
    r"bytespider|mediapartners|adsbot|googleother|google-read|inspectiontool|duckduckgo-favicons|yandex|baidu|semrush|"
    r"ahrefs|barracuda|proofpoint|mimecast|safelinks|trendmicro|messagelabs|symantec|urlscan|virustotal|feed|rss"
)
_PROBES = (
    r"(?i)/(?:wp-(?:login|admin|content/plugins|includes)|xmlrpc\.php|phpmyadmin|pma/|\.env|\.git|\.aws|cgi-bin|vendor/|"
    r"boaform|actuator|solr/|owa/|autodiscover|hnap1|setup\.cgi|config\.(?:json|php)|etc/passwd|server-status)|\.\./|%2e%2e"
)
_BURST = 5
"""Pages of one visitor within one second that no hands open."""


def robots_among(hits: Hits) -> Mask:
    """Which hits are of robots, by what they call themselves and what they look for."""
    agents = _distinct(hits.columns["agent"], _AGENTS)
    probes = _distinct(hits.columns["url"], _PROBES)
    return agents | probes


def nameless_among(hits: Hits) -> Mask:
    """Which hits tell no agent, where the source has that column: no browser leaves it out."""
    agents = hits.columns["agent"]
    if agents.null_count == len(agents):
        return np.zeros(len(agents), np.bool_)
    return mask_of(agents.is_null())


def bursts_among(visitor: Numbers, at: Numbers) -> Mask:
    """Which hits come too quickly after one another; `visitor` is a number for each, -1 for nobody known."""
    pairs = np.stack([visitor, at], axis=1)
    _, group, sizes = np.unique(pairs, axis=0, return_inverse=True, return_counts=True)
    many: Mask = (sizes[group.reshape(-1)] >= _BURST) & (visitor >= 0)
    return many


def _distinct(texts: pa.Array, pattern: str) -> Mask:
    """Where `pattern` is found; each distinct text is looked at once."""
    encoded = texts.dictionary_encode()
    found = pc.match_substring_regex(encoded.dictionary, pattern)
    return mask_of(found.take(encoded.indices))
