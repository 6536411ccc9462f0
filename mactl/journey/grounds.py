"""On which legal ground a recipe may write to whom (GDPR Article 6; ePrivacy Directive Article 13)."""

from collections.abc import Mapping

from mactl.project import ConsentColumns, Settings
from mactl.recipe.conditions import (
    ALWAYS,
    All,
    CountTest,
    EventCondition,
    FieldCondition,
    Kind,
    NoneOf,
    ValueTest,
)
from mactl.recipe.template import Basis, Privacy

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
        declared = settings.consent.get(privacy.topic or "")
        return consent_proven(declared, channel) if declared else NEVER
    if basis == "existing_customer":
        where = {
            "opt_out_offered": ValueTest(eq=True),
            privacy.similar: ValueTest(eq=privacy.similar_to),
        }
        return EventCondition(event=_PURCHASE, where=where, count=CountTest(gte=1))
    reason = (
        settings.grounds.contract if basis == "contract" else settings.grounds.legitimate_interest
    )
    return ALWAYS if reason else NEVER


def consent_given(columns: ConsentColumns) -> Kind:
    """The condition under which the columns say that consent was given, proven or not."""
    given = FieldCondition(field=columns.state, eq=True)
    return (
        given
        if columns.withdrawn is None
        else All(all=(given, NoneOf(none=(withdrawal(columns),))))
    )


def withdrawal(columns: ConsentColumns) -> Kind:
    """The condition under which the columns say that consent was withdrawn."""
    return NEVER if columns.withdrawn is None else FieldCondition(field=columns.withdrawn, eq=True)


def consent_proven(columns: ConsentColumns, channel: str = "email") -> Kind:
    """The condition under which consent stands with all four proofs (GDPR Article 4(11) and 7(1))."""
    proofs = {proof: getattr(columns, proof) for proof in _PROOFS}
    declared = columns.free and columns.unambiguous and channel in columns.channel
    if not declared or not all(proofs.values()):
        return NEVER
    filled = (FieldCondition(field=field, empty=False) for field in proofs.values())
    return All(all=(consent_given(columns), *filled))


def opt_out_conditions(settings: Settings) -> Mapping[str, Kind]:
    """Topic → the condition under which the sources say that people opted out of it."""
    return {
        topic: withdrawal(columns)
        for topic, columns in settings.consent.items()
        if columns.withdrawn is not None
    }


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
        return f"no consent for {topic}: mactl.yaml declares no columns that prove it"
    lacking = [proof for proof in _PROOFS if getattr(columns, proof) is None]
    lacking += [proof for proof in ("free", "unambiguous") if not getattr(columns, proof)]
    if lacking:
        return f"no consent for {topic} can be proven: mactl.yaml does not declare {', '.join(lacking)}"
    return f"no proven consent for {topic}"
