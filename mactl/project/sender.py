"""Who the mail comes from, and what it is signed with."""

from email.utils import parseaddr
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Strict, Tag, field_validator

from mactl.declaring import Meanings, Model


class DkimKey(Model):
    """A key that messages are signed with."""

    domain: str = Field(description="The signing domain (d=)")
    selector: str = Field(description="The selector (s=)")
    key: str = Field(description="The file of the private key (PEM), relative to mactl.yaml")


DkimKeys = Annotated[
    Annotated[DkimKey, Tag("key")]
    | Annotated[tuple[DkimKey, ...], Strict(False), Field(min_length=1), Tag("keys")],
    Discriminator(lambda value: "keys" if isinstance(value, (list, tuple)) else "key"),
]
"""A key, or several of them."""

_ROOM_BEFORE_TOKEN = 18


class Sender(Model):
    """Who the mail comes from."""

    from_: str = Field(
        alias="from", description="The From address, such as Acme <news@acme.example>"
    )
    reply_to: str | None = Field(None, description="Where replies go, if not to `from`")
    address: str = Field(description="The postal address that stands under every marketing mail")
    unsubscribe: str = Field(
        description="An https address with {token}, or mailto: a mailbox that is read"
    )
    preferences: str | None = Field(
        None, description="An https address with {token} where topics are chosen"
    )
    confirm: str | None = Field(
        None, description="An https address with {token} where consent is confirmed"
    )
    view: str | None = Field(
        None, description="An https address with {token} that shows the message in a browser"
    )
    bounces: str | None = Field(
        None,
        description="The mailbox of bounces; each message's return path is this with +TOKEN before the @",
    )
    dkim: DkimKeys | None = Field(
        None,
        description="Sign every message with this key, or with each of these; the first signature stands on top",
    )
    require_auth: Annotated[
        Literal["enforce", "warn", "off"],
        Meanings(
            enforce="a run that SPF, DKIM or DMARC would fail for is refused",
            warn="it is told, and goes on",
            off="nothing is looked up",
        ),
    ] = Field("warn", description="Whether the DNS must let mail of `from` pass before a large run")
    auth_above: int = Field(
        500, ge=0, description="How many e-mails a run may send without that being looked up"
    )
    nameserver: str | None = Field(
        None,
        description="The name server to ask, HOST:PORT, where this machine's own knows other records than the world",
    )

    @property
    def dkim_keys(self) -> tuple[DkimKey, ...]:
        """The keys that messages are signed with, in the order in which their signatures stand."""
        if self.dkim is None:
            return ()
        return (self.dkim,) if isinstance(self.dkim, DkimKey) else self.dkim

    @property
    def domain(self) -> str:
        """The domain of the From address."""
        return parseaddr(self.from_)[1].rpartition("@")[2]

    @field_validator("bounces")
    @classmethod
    def _leaves_room(cls, value: str | None) -> str | None:
        # A local part has 64 octets (RFC 5321 4.5.3.1.1), of which the token and its + take 46.
        if value is not None and not 0 < value.find("@") <= _ROOM_BEFORE_TOKEN:
            raise ValueError(
                f"there is no room for a token; use a mailbox of at most {_ROOM_BEFORE_TOKEN} letters"
            )
        return value

    @field_validator("preferences", "confirm", "view")
    @classmethod
    def _leads_to_a_page(cls, value: str | None) -> str | None:
        if value is not None and not (value.startswith("https://") and "{token}" in value):
            raise ValueError("a page for each recipient is expected; write https://…/{token}")
        return value

    @field_validator("unsubscribe")
    @classmethod
    def _leads_out(cls, value: str) -> str:
        if value.startswith("https://") and "{token}" not in value:
            raise ValueError("the address does not say who unsubscribes; put {token} in it")
        if not value.startswith(("https://", "mailto:")):
            raise ValueError(
                "people must be able to unsubscribe; write mailto:… or https://…/{token}"
            )
        return value
