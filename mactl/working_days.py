"""The public holidays of a country, which business days skip."""

from functools import cache
from typing import Any

from mactl.errors import ConfigurationError


class PublicHolidays:
    """The public holidays of `country` (ISO 3166, such as NL); none where it is None.

    A container of dates. The calendars are loaded when the first date is asked for; ConfigurationError
    where they have no such country.
    """

    def __init__(self, country: str | None) -> None:
        self._country = country

    def __contains__(self, day: object) -> bool:
        return self._country is not None and day in _calendar(self._country)


@cache
def _calendar(country: str) -> Any:
    import holidays

    try:
        return holidays.country_holidays(country.upper())
    except NotImplementedError:
        raise ConfigurationError(
            f"there is no calendar of public holidays for {country!r}",
            "write country: NL, or another code of ISO 3166",
        ) from None
