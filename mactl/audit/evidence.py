"""What is known of a domain's mail beside its records; whoever has seen a message adds to it."""

from dataclasses import dataclass, fields, replace


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was seen of real mail; None is what nobody saw.

    `seen_in` says where, for the scorecard: `message.eml`, `198.51.100.7`. `spf`, `dkim` and
    `dmarc` tell whether the mail passed, `dkim_bits` the size of the key that signed it, `reverse`
    whether the sending address has a confirmed name, `tls` whether it came over TLS, `one_click`
    whether it has the signed headers of RFC 8058. `spam_rate` is a share of 1, `unsubscribe_days`
    the time that an unsubscribe takes.
    """

    seen_in: str = ""
    spf: bool | None = None
    dkim: bool | None = None
    dkim_bits: int | None = None
    dmarc: bool | None = None
    reverse: bool | None = None
    tls: bool | None = None
    one_click: bool | None = None
    spam_rate: float | None = None
    unsubscribe_days: float | None = None

    def and_also(self, other: "Evidence") -> "Evidence":
        """Both; where both have seen something, `other` counts."""
        names = (field.name for field in fields(other))
        seen = {name: getattr(other, name) for name in names if name != "seen_in"}
        where = " and ".join(dict.fromkeys(filter(None, (self.seen_in, other.seen_in))))
        known = {name: value for name, value in seen.items() if value is not None}
        return replace(self, seen_in=where, **known)


NOTHING_SEEN = Evidence()
