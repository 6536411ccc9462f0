"""`mactl discover`"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mactl.cli.app import app
from mactl.cli.arguments import ContactsOption, EventsOption, FromOption
from mactl.cli.help import Group
from mactl.cli.invocation import Invocation, command
from mactl.cli.panels import PEOPLE

if TYPE_CHECKING:
    from mactl.workflows.discovering import Search

discover = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)
app.add_typer(
    discover,
    name="discover",
    rich_help_panel=PEOPLE,
    help="Find segments in the data, and write them as a recipe.",
)

SaveOption = Annotated[
    Path | None,
    typer.Option(
        "--save",
        metavar="FILE",
        help="Write the recipe there, such as recipes/found-rfm.yaml; what changes is shown first",
    ),
]
YesOption = Annotated[bool, typer.Option("--yes", help="Write over an older one without asking")]
UseOption = Annotated[
    list[str] | None,
    typer.Option(
        "--use",
        metavar="NAME",
        help="A field or event to use though it looks sensitive or useless; may be repeated",
    ),
]
LeaveOption = Annotated[
    list[str] | None,
    typer.Option(
        "--leave-out", metavar="NAME", help="A field or event not to use; may be repeated"
    ),
]
SeedOption = Annotated[
    int,
    typer.Option("--seed", min=0, help="Another number draws other samples; the same, the same"),
]
EventOption = Annotated[str, typer.Option("--event", help="What buying is called")]


@command(discover, "rfm")
def rfm(
    invocation: Invocation,
    event: EventOption = "purchase",
    amount: Annotated[
        str | None,
        typer.Option("--amount", metavar="PROPERTY", help="The property with what was paid"),
    ] = None,
    currency: Annotated[
        str | None, typer.Option("--currency", metavar="EUR", help="The currency to count money in")
    ] = None,
    save: SaveOption = None,
    yes: YesOption = False,
    recipes: FromOption = None,
    contacts: ContactsOption = None,
    events: EventsOption = None,
) -> int:
    """Grade buyers by how lately, how often and for how much, and name the segments that makes."""
    from mactl.discovery.purchases import Named
    from mactl.workflows.discovering import Search
    from mactl.workflows.gathering import Sources

    named = Named(event, amount, currency)
    sources = Sources(contacts or (), events or ())
    return _run(invocation, Search("rfm", recipes or (), sources, save, named=named), yes)


@command(discover, "clusters")
def clusters(
    invocation: Invocation,
    use: UseOption = None,
    leave_out: LeaveOption = None,
    seed: SeedOption = 1,
    save: SaveOption = None,
    yes: YesOption = False,
    recipes: FromOption = None,
    contacts: ContactsOption = None,
    events: EventsOption = None,
) -> int:
    """Look for groups that people fall into by themselves, and write a rule for each; there may be none."""
    from mactl.discovery.fields import Choice
    from mactl.workflows.discovering import Search
    from mactl.workflows.gathering import Sources

    choice = Choice(use or (), leave_out or ())
    sources = Sources(contacts or (), events or ())
    search = Search("clusters", recipes or (), sources, save, choice, seed=seed)
    return _run(invocation, search, yes)


@command(discover, "lookalikes")
def lookalikes(
    invocation: Invocation,
    segment: Annotated[
        str, typer.Argument(metavar="SEGMENT", help="Whom they are to be like: NAME or RECIPE.NAME")
    ],
    use: UseOption = None,
    leave_out: LeaveOption = None,
    seed: SeedOption = 1,
    save: SaveOption = None,
    yes: YesOption = False,
    recipes: FromOption = None,
    contacts: ContactsOption = None,
    events: EventsOption = None,
) -> int:
    """Score who is most like the people of a segment, and say how well that can be told."""
    from mactl.discovery.fields import Choice
    from mactl.workflows.discovering import Search
    from mactl.workflows.gathering import Sources

    choice = Choice(use or (), leave_out or ())
    sources = Sources(contacts or (), events or ())
    search = Search("lookalikes", recipes or (), sources, save, choice, segment=segment, seed=seed)
    return _run(invocation, search, yes)


@command(discover, "stages")
def stages(
    invocation: Invocation,
    event: EventOption = "purchase",
    use: UseOption = None,
    leave_out: LeaveOption = None,
    save: SaveOption = None,
    yes: YesOption = False,
    recipes: FromOption = None,
    contacts: ContactsOption = None,
    events: EventsOption = None,
) -> int:
    """Tell relationships apart, from short and shallow to long and deep."""
    from mactl.discovery.fields import Choice
    from mactl.discovery.purchases import Named
    from mactl.workflows.discovering import Search
    from mactl.workflows.gathering import Sources

    choice = Choice(use or (), leave_out or ())
    sources = Sources(contacts or (), events or ())
    search = Search("stages", recipes or (), sources, save, choice, Named(event))
    return _run(invocation, search, yes)


def _run(invocation: Invocation, search: "Search", yes: bool) -> int:
    """Look, show, and write where that was asked for; 1 where there is nothing to write."""
    from mactl.cli.asking import ask, need_consent
    from mactl.cli.progress import Progress
    from mactl.cli.reporting import report_sources
    from mactl.cli.views.discover import show_change, show_discovered, show_saved
    from mactl.errors import NotConfirmed
    from mactl.workflows.discovering import discover as find

    if search.save is not None and search.save.exists():
        need_consent(yes=yes)
    project = invocation.find_project(search.recipes)
    with Progress(invocation).during("looking"):
        found = find(project, search, invocation.now(project))
    report_sources(invocation, found.gathered.findings)
    if not invocation.wants_json:
        show_discovered(invocation, found)
    written = False
    if search.save is not None and found.proposal.is_found:
        if found.diff and not yes:
            show_change(found)
            if not ask("Write this?"):
                raise NotConfirmed("nothing was written")
        if found.is_new or found.diff:
            found.write()
            written = True
    if invocation.wants_json:
        show_discovered(invocation, found, written=written)
    elif search.save is not None:
        show_saved(invocation, found, written=written)
    return int(search.save is not None and not found.proposal.is_found)
