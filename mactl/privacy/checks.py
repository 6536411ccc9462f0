"""What the law would find in a cookbook: each finding's manual, and the functions that find it.

`mactl check` says whether marketing has a ground at all; this says whether what the ground was declared for is all that
is done.
"""

from collections.abc import Iterator, Mapping, Sequence

from mactl.findings import Finding, Place, Severity
from mactl.privacy.categories import covers, names_tracking, needs_safeguards, special_category
from mactl.privacy.terms import is_whole, term_of
from mactl.privacy.used import (
    EVERYTHING,
    Use,
    Way,
    fields_behind,
    recipients_of,
    sends_marketing,
    tracking_of,
    uses_of,
    writes_to_people,
)
from mactl.project import FILE_NAME, Settings
from mactl.recipe.cookbook import Cookbook
from mactl.recipe.recipe import Recipe

MANUALS: Mapping[str, str] = {
    "privacy-no-block": "A recipe writes to people or tells others of them, and has no `privacy` block: nothing says "
    "what for, on what ground, and for how long. The record of processing (GDPR Article 30) lacks it.",
    "privacy-unnamed-data": "A condition asks about a field, or a template prints one, that `privacy.data` does not "
    "name: people are not told that it is used (Article 13), and the record lacks it.",
    "privacy-unused-data": "`privacy.data` names a field that nothing in the recipe uses; what is not needed is not "
    "to be used (Article 5(1)(c)).",
    "privacy-handed-out": "A webhook, a file or colleagues get a field that `privacy.data` does not name.",
    "privacy-no-retention": "Neither the recipe nor mactl.yaml says how long its data is kept (Article 5(1)(e)).",
    "privacy-unclear-retention": "`privacy.retention` has words beside a length of time, or none: `mactl privacy "
    "retain` keeps to the length, counted from when a journey or message is over, and to no other condition.",
    "privacy-long-retention": "A recipe keeps data longer than `retention` of mactl.yaml allows; the shorter counts.",
    "privacy-special-category": "A field looks like one of a special category, or like a national number: to use it "
    "for marketing wants explicit consent (Article 9), or is forbidden.",
    "privacy-ground-not-allowed": "A recipe claims `contract` or `legitimate_interest`, and mactl.yaml does not say "
    "under `grounds` why that holds: nobody is written to on that ground.",
    "privacy-unnamed-tracking": "A recipe looks at what people open, click or visit, and `privacy.data` does not say "
    "so: following behaviour has to be told, and consented to (ePrivacy Directive Article 5(3)).",
    "privacy-no-controller": "Nothing in mactl.yaml names a `controller`: who answers for the data (Article 30(1)(a)).",
    "privacy-no-safeguards": "A processor outside the EEA, in a country that was not found adequate, without "
    "safeguards for the transfer (Article 46).",
    "privacy-sync-without-purpose": "A sync hands data to another system, and nothing says what for.",
    "privacy-erased-in-source": "A source still has a person who was erased. Rows are left out, and yet they are held: "
    "take them out of the source.",
    "privacy-overdue": "What mactl keeps is older than `retention` allows: run `mactl privacy retain`.",
}  # fmt: skip
_ALWAYS = (
    "email",
    "phone",
    "contact_id",
    "timezone",
    "language",
    "preferred_channel",
    "data_flags",
)
"""What sending takes, whatever it says."""


def check_cookbook(cookbook: Cookbook, settings: Settings) -> Iterator[Finding]:
    """What is found in recipes and mactl.yaml, without anybody's data."""
    yield from _check_settings(settings)
    for recipe in cookbook:
        yield from _check_recipe(recipe, cookbook, settings)


def _check_settings(settings: Settings) -> Iterator[Finding]:
    place = Place(FILE_NAME)
    if settings.controller is None:
        yield Finding(
            "privacy-no-controller", Severity.WARNING, "mactl.yaml does not say who answers for people's data",
            place, "add controller: {name: …, address: …, contact: …}", "GDPR Article 30(1)(a)",
        )  # fmt: skip
    for one in settings.processors:
        if needs_safeguards(one.country) and one.transfer is None:
            yield Finding(
                "privacy-no-safeguards", Severity.ERROR,
                f"{one.name} is in {one.country}, and nothing is said of safeguards", place,
                "add transfer: standard contractual clauses, or whatever they are", "GDPR Article 46",
            )  # fmt: skip
    for name, sync in settings.sync.items():
        if sync.purpose is None:
            yield Finding(
                "privacy-sync-without-purpose", Severity.WARNING,
                f"the sync {name!r} does not say what it is for", place, "add purpose: …", "GDPR Article 5(1)(b)",
            )  # fmt: skip
        yield from _special(sync.columns, place)


def _special(fields: Sequence[str], place: Place) -> Iterator[Finding]:
    for field in fields:
        category = special_category(field)
        if category is not None:
            yield Finding(
                "privacy-special-category", Severity.WARNING, f"{field!r} looks like {category}", place,
                "leave it out, or ask for explicit consent; if it is something else, rename it", "GDPR Article 9",
            )  # fmt: skip


def _check_recipe(recipe: Recipe, cookbook: Cookbook, settings: Settings) -> Iterator[Finding]:
    uses = uses_of(recipe)
    for use in uses:
        yield from _special([use.field], use.place)
    privacy = recipe.file.privacy
    if privacy is None:
        yield from _without_block(recipe)
        return
    yield from _special(
        [word for word in privacy.data if not any(use.field == word for use in uses)],
        recipe.document.place(("privacy", "data")),
    )
    yield from _check_data(recipe, privacy.data, uses)
    yield from _check_unused(recipe, cookbook, uses)
    yield from _check_grounds(recipe, settings)
    yield from _check_retention(recipe, settings)


def _without_block(recipe: Recipe) -> Iterator[Finding]:
    told = recipients_of(recipe)
    if sends_marketing(recipe) or not (told or writes_to_people(recipe)):
        return  # that marketing has no ground is told by `mactl check`
    what = "writes to people" if writes_to_people(recipe) else f"tells {told[0]} of people"
    yield Finding(
        "privacy-no-block", Severity.WARNING, f"the recipe {what}, and does not say what for",
        recipe.document.place(("recipe",), key=True),
        "add privacy: {basis: [contract], purpose: …, data: […], retention: …}", "GDPR Article 30",
    )  # fmt: skip


def _check_data(recipe: Recipe, named: Sequence[str], uses: Sequence[Use]) -> Iterator[Finding]:
    derived = recipe.file.fields
    hint = f"add it to privacy.data: [{', '.join([*named, '…'])}]"
    for use in uses:
        if use.field in derived or covers(
            [*named, *(_ALWAYS if use.way is not Way.HANDED_OUT else ())], use.field
        ):
            continue
        what = "every field" if use.field == EVERYTHING else repr(use.field)
        if use.way is Way.HANDED_OUT:
            message = f"{use.to} gets {what}, which privacy.data does not name"
            yield Finding(
                "privacy-handed-out",
                Severity.WARNING,
                message,
                use.place,
                hint,
                "GDPR Article 13(1)(e)",
            )
        else:
            message = f"the recipe {use.way} {what}, which privacy.data does not name"
            yield Finding(
                "privacy-unnamed-data",
                Severity.WARNING,
                message,
                use.place,
                hint,
                "GDPR Article 5(1)(b)",
            )
    if not names_tracking(named):
        for tracking in tracking_of(recipe):
            yield Finding(
                "privacy-unnamed-tracking", Severity.WARNING,
                f"the recipe looks at {tracking.what}, and privacy.data does not say so", tracking.place,
                "add clicks, opens or visits to privacy.data", "ePrivacy Directive Article 5(3)",
            )  # fmt: skip


def _check_unused(recipe: Recipe, cookbook: Cookbook, uses: Sequence[Use]) -> Iterator[Finding]:
    assert recipe.file.privacy is not None
    named = recipe.file.privacy.data
    used = {use.field for use in uses} | fields_behind(recipe, cookbook)
    place = recipe.document.place(("privacy", "data")) if named else None
    for number, word in enumerate(named):
        is_used = EVERYTHING in used or any(covers([word], field) for field in (*used, *_ALWAYS))
        if not is_used and not names_tracking([word]):
            yield Finding(
                "privacy-unused-data", Severity.NOTE, f"nothing in the recipe uses {word!r}",
                recipe.document.place(("privacy", "data", number)) if len(named) > 1 else place,
                "take it out", "GDPR Article 5(1)(c)",
            )  # fmt: skip


def _check_grounds(recipe: Recipe, settings: Settings) -> Iterator[Finding]:
    assert recipe.file.privacy is not None
    for number, basis in enumerate(recipe.file.privacy.basis):
        if (
            basis in ("contract", "legitimate_interest")
            and getattr(settings.grounds, basis) is None
        ):
            yield Finding(
                "privacy-ground-not-allowed", Severity.ERROR, f"mactl.yaml does not allow the ground {basis}",
                recipe.document.place(("privacy", "basis", number)),
                f"say in mactl.yaml why it holds: grounds: {{{basis}: …}}", "GDPR Article 6",
            )  # fmt: skip


def _check_retention(recipe: Recipe, settings: Settings) -> Iterator[Finding]:
    assert recipe.file.privacy is not None
    own, allowed = recipe.file.privacy.retention, settings.retention.sends
    if own is None:
        if allowed is None:
            yield Finding(
                "privacy-no-retention", Severity.WARNING, "nothing says how long its data is kept",
                recipe.document.place(("privacy",)), "add retention: 24 months", "GDPR Article 5(1)(e)",
            )  # fmt: skip
        return
    place, term = recipe.document.place(("privacy", "retention")), term_of(own)
    if term is None or not is_whole(own):
        told = "no length of time" if term is None else f"{term}, and more that mactl can't know"
        yield Finding(
            "privacy-unclear-retention", Severity.NOTE if term else Severity.WARNING, f"{own!r} says {told}",
            place, "write a length of time: 12 months",
        )  # fmt: skip
    if term is not None and allowed is not None and term.mean_days > allowed.mean_days:
        yield Finding(
            "privacy-long-retention", Severity.ERROR, f"{term} is longer than the project's {allowed}",
            place, f"write {allowed} or less", "GDPR Article 5(1)(e)",
        )  # fmt: skip
