"""Our own layout around a body that is no whole page: what a plain Markdown template looks like.

A card of 600 px that fits a telephone, follows a dark colour scheme, and can be read aloud. Under it stand the
sender's postal address and, for marketing, the way out.
"""

import re
from functools import cache
from importlib.resources import files

from mactl.content.filters import locale_of
from mactl.content.words import words_for

SUBJECT = "_subject"
"""The name by which a compiled page has the rendered subject."""
PREHEADER = "_preheader"
"""The name by which a compiled page has the rendered preheader."""

BODY = "[[ body ]]"
"""Where the body goes in the page."""
FOOT = "<!--foot-->"
"""What stands between the body and the footer in the page."""

# Inboxes fill their line with what follows; a run of spaces that take no room keeps the body out of it.
HIDDEN_PREHEADER = (
    '<div style="display:none;max-height:0;max-width:0;overflow:hidden;opacity:0;mso-hide:all;font-size:1px;'
    f'line-height:1px">{{{{ {PREHEADER} }}}}{"&#847;&zwnj;&nbsp;" * 40}</div>'
)
"""The preheader for inboxes, hidden from who reads the message."""

_BODY_TAG = re.compile(r"""<body\b(?:[^"'<>]|"[^"]*"|'[^']*')*>""", re.IGNORECASE)
_INLINED = re.compile(r'<style id="inlined">.*?</style>\n?', re.DOTALL)
_WHOLE_PAGE = re.compile(r"<(?:html|body)\b", re.IGNORECASE)


def is_whole_page(html: str) -> bool:
    """Whether `html` has a page's own frame, so that it needs none of ours."""
    return bool(_WHOLE_PAGE.search(html))


def lay_out(*, locale: str, preheader: str, unsubscribe: bool) -> str:
    """The page, with tags of its own, around `BODY`; its footer is in the language of `locale`."""
    found = locale_of(locale)
    direction = found.text_direction if found else "ltr"
    page = _page()
    for name, text in {
        "lang": language_tag(locale),
        "direction": direction,
        "start": "left" if direction == "ltr" else "right",
        "end": "right" if direction == "ltr" else "left",
        "preheader": preheader,
        "footer": _footer(locale, unsubscribe=unsubscribe),
    }.items():
        page = page.replace(f"[[ {name} ]]", text)
    return page


def language_tag(locale: str) -> str:
    """The BCP 47 tag of a locale: `nl-NL` for `nl_NL`."""
    found = locale_of(locale)
    return str(found).replace("_", "-") if found else "en"


def drop_inlined(page: str) -> str:
    """Our page without the style element whose rules have been inlined."""
    return _INLINED.sub("", page, count=1)


def insert_preheader(page: str, preheader: str) -> str:
    """A page whose tags were put away, with `preheader` as the first thing in its body."""
    body = _BODY_TAG.search(page)
    end = body.end() if body else 0
    return page[:end] + preheader + page[end:]


def text_footer(locale: str, *, address: bool, unsubscribe: bool) -> str:
    """What stands under the plain text: the address, the way out, or neither."""
    words = words_for(locale)
    lines = ["{{ sender.address }}"] if address else []
    if unsubscribe:
        lines.append(f"{words.unsubscribe}: {{{{ unsubscribe_url }}}}")
        lines.append(
            f"{{% if preferences_url %}}{words.preferences}: {{{{ preferences_url }}}}{{% endif %}}"
        )
    return "\n".join(["--", *lines]) if lines else ""


def _footer(locale: str, *, unsubscribe: bool) -> str:
    words = words_for(locale)
    footer = "{{ sender.address }}"
    if unsubscribe:
        footer += (
            f'<br><a href="{{{{ unsubscribe_url }}}}">{words.unsubscribe}</a>'
            "{% if preferences_url %} &nbsp;·&nbsp; "
            f'<a href="{{{{ preferences_url }}}}">{words.preferences}</a>{{% endif %}}'
        )
    return footer


@cache
def _page() -> str:
    return files("mactl.content").joinpath("layout.html").read_text(encoding="utf-8")
