"""MTA-STS records: text to the id of a policy (RFC 8461 3.1)."""

from dataclasses import dataclass, field

from mactl.audit.fields import has_version, parse_fields, written
from mactl.audit.tags import Tag, TagFault

VERSION = "v=STSv1"


@dataclass(frozen=True, slots=True)
class StsRecord:
    """A record as published; `id` is '' where it has none that can be used."""

    text: str = field(compare=False)
    fields: tuple[Tag, ...] = ()
    faults: tuple[TagFault, ...] = ()
    id: str = ""

    def __str__(self) -> str:
        return written(VERSION, self.fields)


def is_sts(text: str) -> bool:
    """Whether a TXT record is an MTA-STS record: the others at its name do not count."""
    return has_version(text, VERSION)


def looks_like_sts(text: str) -> bool:
    """Whether a TXT record that is no MTA-STS record was meant to be one."""
    squeezed = "".join(text.lower().split()).lstrip("\"'")
    return squeezed.startswith(("v=sts", "v:sts", "sts", "version:sts", "version=sts"))


def repaired(text: str) -> str:
    """The record that was probably meant by one that is broken: with its id, as far as that can be one."""
    _, _, rest = text.replace('"', "").replace("'", "").partition("id=")
    kept = "".join(c for c in rest.partition(";")[0] if c.isascii() and c.isalnum())[:32]
    return f"v=STSv1; id={kept or '1'}"


def parse_sts_record(text: str) -> StsRecord:
    """The record in `text`; never raises. Without faults it is one that senders use."""
    fields, faults = parse_fields(text, VERSION)
    values = [found for found in fields if found.name == "id"]
    id = values[0].value if values else ""  # RFC 8461 3.2: the first counts
    if not values:
        missing = TagFault(len(text) + 1, text[-20:], "there is no id=")
        # A broken id= is a fault already.
        if not any(fault.text.startswith("id") for fault in faults):
            faults = (*faults, missing)
    elif not (id.isascii() and id.isalnum() and len(id) <= 32):
        why = "an id has 1 to 32 letters and digits"
        faults = (*faults, TagFault(values[0].column, str(values[0]), why))
        id = ""
    return StsRecord(text, fields, faults, id)
