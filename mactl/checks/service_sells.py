"""Service mail sells.

`kind: service` is for what people asked for or what belongs to a contract: it skips consent, caps and quiet hours. An
offer in it makes it marketing (ePrivacy Directive Article 13), sent to people who never agreed to any. Take the
selling out, or leave out `kind: service`.

    templates:
      receipt: {kind: service, subject: Your receipt, body: "Order {{ event.order }} is on its way."}
"""

import re
from collections.abc import Iterator

from mactl.checks.scope import Look, Scope
from mactl.content.parts import Part
from mactl.findings import Finding, Severity

IDS = ("service-sells",)

_WORDS = (
    # English
    r"\d+\s?% (?:off|discount)", "special offers?", "limited offer", "limited time", "discounts?", "sale ends",
    "on sale", "buy now", "order now", "shop now", "coupons?", "vouchers?", "promo codes?", "deal of the", "best price",
    "upgrade now", "save up to", "black friday", "cyber monday", "free shipping on", "last chance",
    # Dutch
    "korting(?:en|scode)?", "aanbieding(?:en)?", "actiecode", "actieprijs", "bestel nu", "koop nu", "laatste kans",
    "nu voor maar", "uitverkoop",
    # German
    "rabatt(?:e|code)?", "sonderangebote?", "gutschein(?:e|code)?", "jetzt kaufen", "jetzt bestellen",
    "schlussverkauf", "nur für kurze zeit", "letzte chance",
    # French
    "remises?", "réductions?", "offre spéciale", "code promo", "soldes", "achetez maintenant", "commandez maintenant",
    "dernière chance", "bon d'achat",
    # Spanish and Italian
    "descuentos?", "oferta especial", "rebajas", "compra ahora", "última oportunidad", "sconti?", "offerta speciale",
    "saldi", "acquista ora", "ultima occasione",
    # Danish, Norwegian and Swedish
    "rabatkode", "tilbud", "udsalg", "køb nu", "kjøp nå", "erbjudande", "köp nu", "rabattkod", "sista chansen",
)  # fmt: skip
_SELLING = re.compile(rf"(?<!\w)(?:{'|'.join(_WORDS)})(?!\w)", re.IGNORECASE)


def check(scope: Scope) -> Iterator[Finding]:
    """One finding for each text of a service template that sells, with the first word that says so."""
    for look in scope:
        for name, template in look.recipe.file.templates.items():
            if template.kind == "service":
                yield from dict.fromkeys(_selling(look, name))


def _selling(look: Look, name: str) -> Iterator[Finding]:
    for written in look.letters[name][0]:
        for part in written.parts:
            found = _SELLING.search(part.text)
            if found:
                yield Finding(
                    "service-sells",
                    Severity.WARNING,
                    f"{name!r} is service mail, and says {found[0]!r}",
                    part.place(_line(part, found.start())),
                    "take the selling out, or make it marketing",
                    "ePrivacy Directive Article 13",
                )


def _line(part: Part, position: int) -> int:
    return part.text.count("\n", 0, position) + 1
