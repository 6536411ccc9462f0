"""What can be found about a logo.

"SVG Tiny PS draft" is draft-svg-tiny-ps-abrotman.
"""

from mactl.audit.kinds import Status, error, kinds_in, warning

EMPTY = error(
    "bimi-logo-empty",
    "A logo file without content",
    "Mailbox providers show no logo.",
    "BIMI draft 7.6",
    Status.PERMERROR,
)
XML = error(
    "bimi-logo-xml",
    "A logo that is no well-formed XML",
    "Mailbox providers show no logo.",
    "BIMI draft 7.6",
    Status.PERMERROR,
)
DOCTYPE = error(
    "bimi-logo-doctype",
    "A document type or entities in the logo",
    "Mailbox providers refuse what may load or expand to something else.",
    "RFC 6170 5.2",
    Status.PERMERROR,
)
INSTRUCTION = error(
    "bimi-logo-instruction",
    "A processing instruction in the logo",
    "Mailbox providers refuse what may load a style sheet from elsewhere.",
    "RFC 6170 5.2",
    Status.PERMERROR,
)
SIZE = error(
    "bimi-logo-size",
    "A logo of more than 32 KB",
    "Gmail and others show no logo that is larger when uncompressed.",
    "SVG Tiny PS draft 2.4",
    Status.PERMERROR,
)
PROFILE = error(
    "bimi-logo-profile",
    "A logo that does not claim to be SVG Tiny PS",
    "Mailbox providers show no logo.",
    "SVG Tiny PS draft 2.1",
    Status.PERMERROR,
)
POSITION = error(
    "bimi-logo-position",
    "A position on the root element, x or y",
    "Mailbox providers show no logo.",
    "SVG Tiny PS draft 6.2",
    Status.PERMERROR,
)
TITLE = error(
    "bimi-logo-title",
    "No title, an empty one, or several",
    "Mailbox providers show no logo.",
    "SVG Tiny PS draft 2.1",
    Status.PERMERROR,
)
DESCRIPTION = error(
    "bimi-logo-description",
    "An empty description",
    "Mailbox providers show no logo.",
    "SVG Tiny PS draft 2.1",
    Status.PERMERROR,
)
SCRIPT = error(
    "bimi-logo-script",
    "Scripts or event handlers in the logo",
    "Mailbox providers show no logo.",
    "SVG Tiny PS draft 2.3",
    Status.PERMERROR,
)
ANIMATION = error(
    "bimi-logo-animation",
    "Animation in the logo",
    "Mailbox providers show no logo.",
    "SVG Tiny PS draft 2.3",
    Status.PERMERROR,
)
EMBEDDED = error(
    "bimi-logo-embedded",
    "Images, foreign documents or media in the logo",
    "Mailbox providers show no logo.",
    "SVG Tiny PS draft 2.3",
    Status.PERMERROR,
)
STYLE = error(
    "bimi-logo-style",
    "Style sheets in the logo",
    "Mailbox providers show no logo.",
    "SVG Tiny PS draft 2.3",
    Status.PERMERROR,
)
ELEMENT = error(
    "bimi-logo-element",
    "Elements that SVG Tiny PS does not have",
    "Mailbox providers show no logo.",
    "SVG Tiny PS draft 2",
    Status.PERMERROR,
)
ATTRIBUTE = error(
    "bimi-logo-attribute",
    "Attributes or values that SVG Tiny PS does not have",
    "Mailbox providers show no logo.",
    "SVG Tiny PS draft 2",
    Status.PERMERROR,
)
REFERENCE = error(
    "bimi-logo-reference",
    "References out of the logo",
    "Mailbox providers show no logo.",
    "RFC 6170 5.2",
    Status.PERMERROR,
)
USE = error(
    "bimi-logo-use",
    "A part of the logo that repeats itself without end, or too often",
    "Mailbox providers refuse what costs too much to draw.",
    "SVG Tiny PS draft 2.3",
    Status.PERMERROR,
)
SCHEMA = warning(
    "bimi-logo-schema",
    "What the text of SVG Tiny PS allows and its schema does not",
    "Providers that check against the schema show no logo.",
    "SVG Tiny PS draft 2",
)
TEXT = warning(
    "bimi-logo-text",
    "Text in the logo instead of paths",
    "Each mailbox sets it in a typeface of its own, or leaves it out.",
    "SVG Tiny PS draft 2.4",
)
CONTENT_TYPE = warning(
    "bimi-logo-content-type",
    "A logo that is not served as SVG",
    "Some mailbox providers take no file that is declared to be something else.",
    "RFC 6170 5.2",
)
TITLE_LONG = warning(
    "bimi-logo-title-long",
    "A title of more than 64 characters",
    "Some mailbox providers cut it or refuse the logo.",
    "SVG Tiny PS draft 2.1",
)
VIEWBOX = warning(
    "bimi-logo-viewbox",
    "A logo without a usable viewBox",
    "It can't be scaled, and is cropped or empty at the size of an avatar.",
    "SVG Tiny PS draft 2",
)
NOT_SQUARE = warning(
    "bimi-logo-not-square",
    "A logo that is not square",
    "Mailbox providers crop it, or set it small between margins.",
    "SVG Tiny PS draft 2.4",
)
DIMENSIONS = warning(
    "bimi-logo-dimensions",
    "A size that Gmail and Apple do not accept",
    "They want whole pixels, at least 96 each way, or no size at all.",
    "SVG Tiny PS draft 2.4",
)
ONE_COLOUR = warning(
    "bimi-logo-one-colour",
    "A logo of a single colour",
    "On a background of that colour nothing is seen of it.",
    "SVG Tiny PS draft 2.4",
)

KINDS = kinds_in(globals())
