"""Where people are reached: each contact's address on every channel, as it is written and as it is compared."""

from typing import Any

import pandas as pd
import pyarrow as pa

from mactl.columns import CONTACT, KEY, ZONE
from mactl.people.people import People
from mactl.project import Settings
from mactl.store.suppressions import address_key
from mactl.store.tables import EMAIL

_ADDRESS_FIELDS = {
    "email": "email",
    "sms": "phone",
    "whatsapp": "phone",
    "push": "push_token",
    "post": "postal_address",
    "ads": "email",
}
"""Channel → the field with the contact's address on it, where mactl.yaml names no other."""
_PREFERRED = "preferred_channel"


def contact_frame(people: People, settings: Settings) -> pd.DataFrame:
    """Indexed by contact id: key, zone (null for the project's), address and address_key (of e-mail), the same
    for each channel as `address CHANNEL` and `address_key CHANNEL`, and preferred (a channel)."""
    table = people.contacts

    def column(name: str) -> "pd.Series[Any]":
        known = name in table.column_names
        values = table.column(name) if known else pa.nulls(table.num_rows, pa.string())
        return pd.Series(values.to_pandas())

    frame = pd.DataFrame(
        {
            "key": table.column(KEY).to_pandas(),
            "address": column("email"),
            "zone": table.column(ZONE).to_pandas(),
            "preferred": column(_PREFERRED),
        }
    )
    frame = frame.assign(address_key=_address_keys(frame["address"]))
    for channel in (EMAIL, *settings.channels):
        name = _ADDRESS_FIELDS[channel]
        if channel in settings.channels:
            name = settings.channels[channel].address or name
        addresses = frame["address"] if name == "email" else _as_text(column(name))
        frame[f"address {channel}"] = addresses
        frame[f"address_key {channel}"] = (
            frame["address_key"] if name == "email" else _squeezed(addresses)
        )
    return frame.set_index(pd.Index(table.column(CONTACT).to_pandas(), name="contact"))


def address_fields(settings: Settings) -> list[str]:
    """The fields that hold contacts' addresses on the channels of the project."""
    names = [_ADDRESS_FIELDS[EMAIL]]
    for name, channel in settings.channels.items():
        names.append(channel.address or _ADDRESS_FIELDS[name])
    return list(dict.fromkeys(names))


def address_keys_of(contacts: pd.DataFrame) -> list["pd.Series[str]"]:
    """The columns with address keys of a `contact_frame`, one for each channel."""
    names = [name for name in contacts.columns if str(name).startswith("address_key ")]
    return [contacts[name] for name in names]


def _as_text(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """Phone numbers that were read as numbers are text all the same."""
    if pd.api.types.is_numeric_dtype(values):
        return values.astype("Int64").astype("string").astype("object").where(values.notna())
    return values


def _squeezed(addresses: "pd.Series[Any]") -> "pd.Series[Any]":
    """`address_key` of each that is not mail's: without spaces, dashes and brackets, regardless of case."""
    text = addresses.astype("string")
    keys = text.str.replace(r"[\s().-]+", "", regex=True).str.casefold().astype("object")
    odd = addresses.notna() & ~text.str.fullmatch(r"[\t\n\r\x20-\x3f\x41-\x7e]*").fillna(False)
    keys[odd] = text[odd].map(address_key)
    return keys.where(addresses.notna())


def _address_keys(addresses: "pd.Series[str]") -> "pd.Series[str]":
    """`address_key` of each: what is plain ASCII is folded as a column, the rest one by one."""
    text = addresses.astype("str")
    keys = text.str.lower()
    odd = addresses.notna() & ~(
        text.str.fullmatch(r"[\x21-\x7e]+") & ~keys.str.contains("xn--", regex=False)
    )
    keys[odd] = text[odd].map(address_key)
    return keys.where(addresses.notna())
