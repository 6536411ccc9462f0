"""A logo as mailbox providers judge it: SVG Tiny PS, small, safe to draw."""

from dataclasses import dataclass

from mactl.audit.bimi import logo_kinds as kinds
from mactl.audit.bimi.conformance import judge_drawing, view_box
from mactl.audit.bimi.kinds import LOGO_FORMAT
from mactl.audit.bimi.svg import NotXml, read_svg
from mactl.audit.kinds import Status
from mactl.audit.names import excerpt, printable
from mactl.audit.web.decoding import TooLarge, gunzipped
from mactl.findings import Finding

LARGEST = 32 * 1024  # SVG Tiny PS draft 2.4, counted uncompressed
MOST_FETCHED = 8 * LARGEST  # larger ones are still judged up to here, and bombs go no further
_GZIP = b"\x1f\x8b"
_OTHER_FILES = (
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"RIFF", "a WebP image"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
)


@dataclass(frozen=True, slots=True)
class Logo:
    """What was found about a logo; `svg` is its text uncompressed, None where there is none to read.

    `viewbox` is x, y, width and height. `is_safe` holds where drawing it neither loads anything nor
    takes long.
    """

    findings: tuple[Finding, ...]
    svg: bytes | None = None
    compressed: bool = False
    title: str | None = None
    viewbox: tuple[float, float, float, float] | None = None
    width: str | None = None
    height: str | None = None
    is_safe: bool = False

    @property
    def valid(self) -> bool:
        """Nothing keeps mailbox providers from showing it."""
        statuses = {_KINDS[finding.id].status for finding in self.findings}
        return self.svg is not None and Status.PERMERROR not in statuses

    def as_json(self) -> dict[str, object]:
        """The logo as plain values; sizes in octets, `viewbox` as four numbers."""
        return {
            "size": None if self.svg is None else len(self.svg),
            "compressed": self.compressed,
            "title": None if self.title is None else excerpt(self.title),
            "viewbox": None if self.viewbox is None else list(self.viewbox),
            "width": None if self.width is None else printable(self.width, 40),
            "height": None if self.height is None else printable(self.height, 40),
            "valid": self.valid,
        }


_KINDS = kinds.KINDS | {LOGO_FORMAT.id: LOGO_FORMAT}
# What is in the way of drawing a logo, however faulty it is otherwise.
_UNSAFE = {
    kind.id
    for kind in (
        kinds.DOCTYPE, kinds.INSTRUCTION, kinds.SCRIPT, kinds.ANIMATION, kinds.EMBEDDED, kinds.STYLE,
        kinds.ELEMENT, kinds.REFERENCE, kinds.USE,
    )
}  # fmt: skip


def judge_logo(data: bytes, at: str, content_type: str = "image/svg+xml") -> Logo:
    """What the file `data` is worth as a logo; `at` names it in messages. Never raises."""
    at = excerpt(at)
    compressed = data.startswith(_GZIP)
    svg = data
    if compressed:
        try:
            svg = gunzipped(data, MOST_FETCHED)
        except TooLarge:
            return Logo((_too_large(at, f"more than {MOST_FETCHED}"),), compressed=True)
        except ValueError as problem:
            finding = kinds.XML.found(f"{at}: {problem}", "compress the file again, by gzip")
            return Logo((finding,), compressed=True)
    if (other := _no_svg(svg, at)) is not None:
        return Logo((other,), compressed=compressed)
    findings = []
    if content_type != "image/svg+xml":
        shown = f"'{printable(content_type, 60)}'" if content_type else "no Content-Type"
        fix = "have the server send Content-Type: image/svg+xml"
        findings.append(kinds.CONTENT_TYPE.found(f"{at} is served as {shown}", fix))
    if len(svg) > LARGEST:
        findings.append(_too_large(at, f"{len(svg)}"))
    try:
        document = read_svg(svg)
    except NotXml as problem:
        fix = "export the logo again as SVG Tiny 1.2"
        findings.append(kinds.XML.found(f"{at}: {excerpt(str(problem))}", fix))
        return Logo(tuple(findings), compressed=compressed)
    findings += judge_drawing(document, at)
    if document.root is None:
        return Logo(tuple(findings), svg, compressed)
    titles = [child.text.strip() for child in document.root.children if child.name == "title"]
    attributes = document.root.attributes
    return Logo(
        tuple(findings),
        svg,
        compressed,
        titles[0] if titles else None,
        view_box(attributes.get("viewBox", "")),
        attributes.get("width"),
        attributes.get("height"),
        is_safe=_UNSAFE.isdisjoint(finding.id for finding in findings),
    )


def _too_large(at: str, size: str) -> Finding:
    message = f"{at} has {size} octets uncompressed, {LARGEST} are allowed"
    return kinds.SIZE.found(
        message, "simplify its paths, or leave out what is not seen at 48 pixels"
    )


def _no_svg(data: bytes, at: str) -> Finding | None:
    if not data.strip():
        return kinds.EMPTY.found(f"{at} is empty", "publish the SVG file there")
    what = next((what for magic, what in _OTHER_FILES if data.startswith(magic)), "")
    if _first_tag(data[:2048].lower()).startswith((b"<!doctype html", b"<html")):
        what = "a web page"
    if not what:
        return None
    return LOGO_FORMAT.found(f"{at} is {what}", "publish the logo as SVG Tiny PS")


def _first_tag(text: bytes) -> bytes:
    """The text from where it begins to say something, behind a BOM, blanks and comments."""
    text = text.removeprefix(b"\xef\xbb\xbf").lstrip()
    while text.startswith(b"<!--") and b"-->" in text:
        text = text.partition(b"-->")[2].lstrip()
    return text
