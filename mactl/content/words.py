"""The few words that mactl itself puts under a message, in the languages it knows."""

from typing import NamedTuple

from mactl.content.filters import locale_of


class Words(NamedTuple):
    """What stands in the footer."""

    unsubscribe: str
    preferences: str


_WORDS = {
    "cs": Words("Odhlásit odběr", "Předvolby"),
    "da": Words("Afmeld", "Indstillinger"),
    "de": Words("Abmelden", "Einstellungen"),
    "en": Words("Unsubscribe", "Preferences"),
    "es": Words("Darse de baja", "Preferencias"),
    "fi": Words("Peruuta tilaus", "Asetukset"),
    "fr": Words("Se désabonner", "Préférences"),
    "it": Words("Annulla l’iscrizione", "Preferenze"),
    "nb": Words("Meld deg av", "Innstillinger"),
    "nl": Words("Afmelden", "Voorkeuren"),
    "no": Words("Meld deg av", "Innstillinger"),
    "pl": Words("Wypisz się", "Ustawienia"),
    "pt": Words("Cancelar inscrição", "Preferências"),
    "sv": Words("Avregistrera dig", "Inställningar"),
}


def words_for(locale: str) -> Words:
    """The footer's words in the language of `locale` (`nl_NL`); English where we don't know them."""
    found = locale_of(locale)
    return _WORDS.get(found.language if found else "en", _WORDS["en"])
