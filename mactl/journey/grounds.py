"""On which legal ground a recipe may write to whom (GDPR Article 6; ePrivacy Directive Article 13)."""

from mactl.project import Settings
from mactl.recipe.conditions import ALWAYS, EventCondition, Kind, NoneOf
from mactl.recipe.operators import CountTest, PropertyValueTest
from mactl.recipe.template import Basis, Privacy
from mactl.rules.consent import consent_is

NEVER = NoneOf(none=(ALWAYS,))
_PURCHASE = "purchase"
_PROOFS = ("at", "source", "wording")


def ground_conditions(
    privacy: Privacy, settings: Settings, channel: str = "email"
) -> dict[Basis, Kind]:
    """Each ground that `privacy` claims, in its order, with the condition under which it holds."""
    return {basis: _condition(basis, privacy, settings, channel) for basis in privacy.basis}


def _condition(basis: Basis, privacy: Privacy, settings: Settings, channel: str) -> Kind:
    if basis == "consent":
        return consent_is("proven", privacy.topic or "", channel)
    if basis == "existing_customer":
        where = {
            "opt_out_offered": PropertyValueTest(eq=True),
            privacy.similar: PropertyValueTest(eq=privacy.similar_to),
        }
        return EventCondition(event=_PURCHASE, where=where, count=CountTest(gte=1))
    reason = (
        settings.grounds.contract if basis == "contract" else settings.grounds.legitimate_interest
    )
    return ALWAYS if reason else NEVER


def why_no_ground(privacy: Privacy, settings: Settings) -> str:
    """Why nobody without a ground may be written to, in words a marketer can act on."""
    reasons = []
    for basis in privacy.basis:
        if basis == "consent":
            reasons.append(_why_no_consent(privacy.topic or "", settings))
        elif basis == "existing_customer":
            reasons.append(
                f"no purchase with {privacy.similar} {privacy.similar_to} at which an opt-out was offered"
            )
        elif not getattr(settings.grounds, basis):
            reasons.append(f"mactl.yaml gives no reason for {basis.replace('_', ' ')}")
    return "; ".join(reasons)


def _why_no_consent(topic: str, settings: Settings) -> str:
    columns = settings.consent.get(topic)
    if columns is None:
        return f"no consent for {topic}: mactl.yaml declares no columns that prove it, nor does the ledger"
    lacking = [proof for proof in _PROOFS if getattr(columns, proof) is None]
    lacking += [proof for proof in ("free", "unambiguous") if not getattr(columns, proof)]
    if lacking:
        return f"no consent for {topic} can be proven: mactl.yaml does not declare {', '.join(lacking)}"
    return f"no proven consent for {topic}"
