"""A compiled template and one contact's values → the texts of a message, or the reason why not."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from types import TracebackType
from typing import Any

from babel import Locale
from jinja2 import Template, TemplateError
from markupsafe import escape

from mactl.content.context import names_of
from mactl.content.fields import as_fields
from mactl.content.filters import MAX_TEXT, FilterError, locale_of
from mactl.content.layout import PREHEADER, SUBJECT
from mactl.content.parts import TextChannel
from mactl.content.plaintext import tidy
from mactl.content.sandbox import TemplateContext, compile_syntax
from mactl.content.source import PartName, TemplateSource
from mactl.errors import MactlError
from mactl.findings import Place

_SOME = 64  # pieces
TEMPLATE = "template"
"""What holds a message that can't be written, told beside the gates."""
_LARGEST = 10 * MAX_TEXT  # characters of one part
# Line ends would start a header of their own; bidi overrides would show a subject other than it is.
_BREAKS = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029]+")
_OVERRIDES = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
# Mail clients strip such links; a page that shows the message in a browser might not.
_UNSAFE_LINK = re.compile(r"""href=["'][\x00-\x20]*(?!(?i:https?|mailto|tel|sms):)[^"':/?#]*:""")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+")
_CALLED = {"subject": "a mail", "html": "a mail", "text": "a mail"}


class CannotRender(MactlError):
    """A message that can't be written: which template, where in what its author wrote, and why."""

    exit_code = 1

    def __init__(self, template: str, place: Place, message: str) -> None:
        super().__init__(f"{place}: {message}")
        self.template = template
        self.place = place
        self.reason = message

    @property
    def line(self) -> int:
        """The line of the author's file; 0 where it is the file as a whole."""
        return self.place.line


@dataclass(frozen=True, slots=True)
class Rendered:
    """What one contact gets: a subject and preheader of one line each, an HTML page, and plain text."""

    subject: str
    preheader: str
    html: str
    text: str


class Renderer:
    """Writes messages of one template, each part of which it compiles once."""

    def __init__(self, source: TemplateSource) -> None:
        self.source = source
        self._texts = {part: (text, environment) for part, text, environment in source.parts}
        self._templates: dict[PartName, Template] = {}
        # The template's own language: a Dutch month in an English sentence would be wrong for everyone.
        self._locale = locale_of(source.locale) or Locale("en")
        self._constants = {name: as_fields(value, name) for name, value in source.constants.items()}

    def render(self, values: Mapping[str, Any]) -> Rendered:
        """The mail for one contact's `values`: plain ones, by the names that templates know; see `names_of`.

        Raises CannotRender, whose reason holds no value but the key of a row that is missing: where a name is
        unknown or a value that would be printed is empty, where a filter can't use its value, where a bound is
        passed, where marketing would go out without its way out, and where the template has no mail.
        """
        names = names_of(self._constants, values)
        subject = self._line("subject", names)
        if not subject:
            raise self._cannot("subject", 1, "the subject is empty")
        preheader = self._line("preheader", names) if "preheader" in self._texts else ""
        names |= {SUBJECT: subject, PREHEADER: preheader}
        html = self._render("html", names)
        text = tidy(self._render("text", names))
        self._check_links(names, html, text)
        return Rendered(subject, preheader, html, text)

    def render_text(self, channel: TextChannel, values: Mapping[str, Any]) -> str:
        """The message on a channel of plain text for one contact's `values`, without blanks around it.

        Raises CannotRender as `render` does, and where nothing is left to say.
        """
        text = tidy(
            _CONTROL.sub("", self._render(channel, names_of(self._constants, values)))
        ).strip()
        if not text:
            raise self._cannot(channel, 1, "the text is empty")
        return text

    def _line(self, part: PartName, names: dict[str, Any]) -> str:
        text = self._render(part, names)
        if text.isprintable() and "  " not in text:  # neither breaks nor overrides
            return text.strip()
        return _BREAKS.sub(" ", _OVERRIDES.sub("", text)).strip()

    def _render(self, part: PartName, names: dict[str, Any]) -> str:
        template = self._template(part)
        context = TemplateContext(template.environment, names, template.name, {})
        context.locale, context.currency = self._locale, self.source.currency
        chunks: list[str] = []
        size = 0
        written = template.root_render_func(context)
        try:
            # Looked at now and then: what one expression writes is bounded too.
            while some := list(islice(written, _SOME)):
                size += sum(map(len, some))
                if size > _LARGEST:
                    raise self._cannot(part, 1, "this is longer than 1,000,000 characters")
                chunks += some
        except CannotRender:
            raise
        except Exception as wrong:
            line = _line_of(wrong.__traceback__, template)
            raise self._cannot(part, line, _reason(wrong)) from wrong
        return "".join(chunks)

    def _template(self, part: PartName) -> Template:
        if part not in self._texts:
            place = next(iter(self.source.origins.values())).place(0)
            name = f"{self.source.recipe}.{self.source.name}"
            raise CannotRender(
                name, place, f"the template says nothing as {_CALLED.get(part, part)}"
            )
        if part not in self._templates:
            text, environment = self._texts[part]
            self._templates[part] = compile_syntax(environment.parse(text), environment)
        return self._templates[part]

    def _check_links(self, names: Mapping[str, Any], html: str, text: str) -> None:
        if self.source.kind == "marketing":
            way_out = names["unsubscribe_url"]
            if (
                not isinstance(way_out, str)
                or str(escape(way_out)) not in html
                or way_out not in text
            ):
                raise self._cannot("html", 1, "marketing would go out without its unsubscribe link")
        unsafe = _UNSAFE_LINK.search(html)
        if unsafe:
            raise self._cannot(
                "html", 1, "a link runs code, or leads to what mail clients don't open"
            )

    def _cannot(self, part: PartName, line: int, message: str) -> CannotRender:
        source = self.source
        return CannotRender(
            f"{source.recipe}.{source.name}", source.origins[part].place(line), message
        )


def _line_of(traceback: TracebackType | None, template: Template) -> int:
    """The line of the template's text in which an error came up."""
    line = 1
    while traceback is not None:
        if traceback.tb_frame.f_globals.get("__jinja_template__") is template:
            line = template.get_corresponding_lineno(traceback.tb_lineno)
        traceback = traceback.tb_next
    return line


def _reason(wrong: Exception) -> str:
    if isinstance(wrong, TemplateError):
        return wrong.message or "this can't be written"
    if isinstance(wrong, FilterError):
        return str(wrong)
    if isinstance(wrong, RecursionError):
        return "a macro calls itself without end"
    if isinstance(wrong, MemoryError):
        return "this takes more memory than is allowed"
    if isinstance(wrong, ZeroDivisionError):
        return "this divides by zero"
    # What Python says of a type names types; of a value it may show the contact's data, which reasons don't hold.
    return f"this can't be worked out: {wrong if isinstance(wrong, TypeError) else type(wrong).__name__}"
