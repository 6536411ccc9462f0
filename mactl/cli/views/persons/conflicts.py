"""What the sources disagree on."""

from collections.abc import Sequence

from mactl.cli.invocation import Invocation
from mactl.cli.output import print_json, print_table, stdout
from mactl.cli.views.persons.contact import field_json, text_of
from mactl.workflows.persons.disagreeing import Disagreement
from mactl.workflows.persons.reading import told_place


def show_conflicts(
    invocation: Invocation, found: Sequence[Disagreement], *, is_about_one: bool
) -> None:
    """`{"conflicts": [{"field", "contacts", "rule", "examples": [{"contact", "value", …}]}]}`, or a table."""
    if invocation.wants_json:
        print_json(
            {
                "conflicts": [
                    {
                        "field": one.field,
                        "contacts": one.count,
                        "rule": one.rule,
                        "examples": [
                            {"contact": who, **field_json(field)} for who, field in one.contacts
                        ],
                    }
                    for one in found
                ]
            }
        )
        return
    if not is_about_one:
        rows = [
            {
                "field": one.field,
                "contacts": f"{one.count:,}",
                "such as": one.contacts[0][0],
                "values": _values(one),
            }
            for one in found
        ]
        print_table(["field", "contacts", "such as", "values"], rows, "the sources agree")
        return
    rows = [
        {
            "contact": who,
            "value": text_of(field.chosen.value),
            "from": told_place(field.chosen.path, field.chosen.line),
            "why": field.why,
            "others": ", ".join(
                f"{text_of(o.value)} ({told_place(o.path, o.line)})" for o in field.others
            ),
        }
        for one in found
        for who, field in one.contacts
    ]
    print_table(["contact", "value", "from", "why", "others"], rows, "the sources agree on it")
    for one in found:
        if one.count > len(one.contacts):
            more = one.count - len(one.contacts)
            stdout().print(f"… and {more:,} more; --verbose shows all", style="dim")


def _values(one: Disagreement) -> str:
    field = one.contacts[0][1]
    return " / ".join(text_of(value.value) for value in (field.chosen, *field.others))
