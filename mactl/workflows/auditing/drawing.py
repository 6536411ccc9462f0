"""A picture of how mailbox providers show the logo of a domain."""

from pathlib import Path

from mactl.audit import DomainAudit
from mactl.errors import UnreadableInput, UsageError
from mactl.keeping import write_whole


def draw_logo(audit: DomainAudit, path: Path) -> None:
    """Write a PNG of the logo that `audit` found.

    Raises UnreadableInput where there is none that can be drawn, UsageError where it can't be written.
    """
    from mactl.audit.bimi.picture import logo_picture

    image = audit.bimi.image
    if image is None or image.svg is None:
        raise UnreadableInput(
            f"{audit.domain} has no logo to draw", "publish one as SVG at the address in l="
        )
    picture = logo_picture(image.svg, audit.domain)
    try:
        write_whole(path, picture)
    except OSError as failed:
        raise UsageError(
            f"{path}: {failed.strerror or failed}", "name a file in a folder"
        ) from None
