"""`mactl discover`: segments that are found in the data, and the recipe that says them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from difflib import unified_diff
from pathlib import Path

import pandas as pd

from mactl.discovery.fields import Choice
from mactl.discovery.lookalikes import find_lookalikes
from mactl.discovery.natural_groups import find_groups
from mactl.discovery.proposal import Proposal, parsed, recipe_text, shown_day
from mactl.discovery.purchases import Named
from mactl.discovery.relationships import find_stages
from mactl.discovery.rfm import find_rfm
from mactl.discovery.traits import Example
from mactl.errors import UsageError
from mactl.facts.facts import Facts
from mactl.findings import Severity
from mactl.keeping import write_whole
from mactl.project import Project
from mactl.recipe.cookbook import Cookbook, parse_recipe
from mactl.recipe.recipe import KEBAB, Recipe
from mactl.rules.evaluate import evaluate
from mactl.rules.names import Definition
from mactl.rules.questions import AnyQuestion
from mactl.store.state import State
from mactl.validation import did_you_mean
from mactl.workflows.gathering import Gathered, Sources, gather
from mactl.workflows.opening import open_state
from mactl.workflows.planning.running import ready_recipes
from mactl.workflows.testing.outcome import Outcome
from mactl.workflows.testing.playing import Theatre
from mactl.workflows.testing.updating import expected_of


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for, and where it is to be written."""

    kind: str
    recipes: Sequence[str] = ()
    sources: Sources = field(default_factory=Sources)
    save: Path | None = None
    choice: Choice = field(default_factory=Choice)
    named: Named = field(default_factory=Named)
    segment: str = ""
    """Whom lookalikes are to be like."""
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Moved:
    """A segment of the recipe that was saved before, beside the one that is found now."""

    segment: str
    before: int | None
    """How many the old recipe has in it today; None where it has no such segment."""
    now: int | None
    came: int
    went: int


@dataclass(frozen=True, slots=True)
class Discovered:
    """What a search came to, and what saving it would change."""

    gathered: Gathered
    proposal: Proposal
    recipe: str
    text: str
    """The recipe; empty where nothing was found."""
    path: Path | None
    diff: str = ""
    """What changes in the file, as a unified diff; empty where nothing does, or there is none."""
    is_new: bool = True
    moved: Sequence[Moved] = ()

    def write(self) -> None:
        """Put the recipe into its file; OSError where that can't be."""
        assert self.path is not None
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self.path, self.text.encode())


def discover(project: Project, search: Search, now: datetime) -> Discovered:
    """Look for segments among the contacts of the project, or of `search.sources`.

    Raises UsageError for names that there are not, ConfigurationError where scikit-learn is needed and missing, and
    FindingsError where the recipes are faulty.
    """
    recipe = _recipe_id(search)
    selection = ready_recipes(project, search.recipes)
    others = {id: each for id, each in selection.cookbook.recipes.items() if id != recipe}
    cookbook = Cookbook(others)
    old = _read_old(search.save)
    with open_state(project) as state:
        gathered = gather(project, search.sources, state, now)
    proposal = _find(project, search, gathered, cookbook, recipe)
    if not proposal.is_found:
        return Discovered(gathered, proposal, recipe, "", search.save)
    lead = _lead(search, gathered, proposal)
    tests = _tests(project, proposal, recipe, lead, cookbook, gathered)
    text = recipe_text(proposal, recipe, lead, tests)
    written = parsed(text, Path(f"{recipe}.yaml"))
    found = Discovered(gathered, proposal, recipe, text, search.save)
    if old is None or search.save is None:
        return found
    engine = project.settings.engine
    before, now_in = (_members(each, gathered, cookbook, engine) for each in (old, written))
    diff = _difference(old.document.text, text, search.save)
    return replace(found, diff=diff, is_new=False, moved=_movements(before, now_in))


def _recipe_id(search: Search) -> str:
    """The id of the recipe: the file's name where one is given."""
    if search.save is None:
        return f"found-{search.kind}"
    if search.save.suffix not in (".yaml", ".yml"):
        raise UsageError(f"{search.save}: a recipe's file ends in .yaml")
    if not re.fullmatch(KEBAB, search.save.stem):
        hint = f"such as {search.save.with_name(f'found-{search.kind}.yaml')}"
        raise UsageError(f"{search.save}: a recipe's name is in kebab-case", hint)
    return search.save.stem


def _find(
    project: Project, search: Search, gathered: Gathered, cookbook: Cookbook, recipe: str
) -> Proposal:
    facts, engine = gathered.facts, project.settings.engine
    if search.kind == "rfm":
        return find_rfm(facts, search.named, cookbook, recipe, engine)
    if search.kind == "clusters":
        return find_groups(facts, search.choice, cookbook, recipe, engine, search.seed)
    if search.kind == "stages":
        return find_stages(facts, search.named, search.choice, cookbook, recipe, engine)
    segment = _segment(search.segment, cookbook)
    return find_lookalikes(facts, segment, search.choice, cookbook, recipe, engine, search.seed)


def _segment(name: str, cookbook: Cookbook) -> str:
    """RECIPE.NAME of the segment that `name` means."""
    short = cookbook.short_names(cookbook.segments)
    for full in cookbook.segments:
        if name in (full, short[full]):
            return full
    hint = did_you_mean(name, [*cookbook.segments, *short.values()]) or "mactl segments lists them"
    raise UsageError(f"there is no segment {name!r}", hint)


def _read_old(path: Path | None) -> Recipe | None:
    """The recipe that is in the way; UsageError where it has a journey: it is not one that was found."""
    if path is None or not path.exists():
        return None
    hint = "choose another name with --save"
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{path} is there, and is no recipe", hint) from None
    old, findings = parse_recipe(text, path)
    if old is None or any(f.severity is Severity.ERROR for f in findings):
        raise UsageError(f"{path} is there, and is no recipe", hint)
    if old.file.journey is not None or MARK not in text:
        raise UsageError(f"{path} is there, and was not found by mactl discover", hint)
    return old


MARK = "# Found by mactl discover "
"""How the first line of a recipe begins that may be written over."""


def _lead(search: Search, gathered: Gathered, proposal: Proposal) -> list[str]:
    facts = gathered.facts
    people, events = facts.contacts.num_rows, facts.events.num_rows
    words = f"{search.kind} {search.segment}".strip()
    among = f"among {people:,} contacts and {events:,} events"
    sampled = f", by a sample of {proposal.sampled:,}" if proposal.sampled else ""
    sensitive = [left.name for left in proposal.left_out if left.is_sensitive]
    return [
        f"{MARK.removeprefix('# ')}{words} on {shown_day(facts.now, facts.zone)}, {among}{sampled}:",
        f"{proposal.verdict}.",
        *(f"- {note}" for note in proposal.notes),
        *(
            [f"- not looked at, as it may be sensitive: {', '.join(sensitive)}"]
            if sensitive
            else []
        ),
        "Edit it as you like: run again, it shows what changed before it writes.",
    ]


def _tests(
    project: Project,
    proposal: Proposal,
    recipe: str,
    lead: Sequence[str],
    cookbook: Cookbook,
    gathered: Gathered,
) -> list[Mapping[str, object]]:
    """A test with somebody of each group, and what the recipe says of them."""
    facts = gathered.facts
    examples = dict(proposal.examples)
    while examples:
        test = _story(examples, facts)
        written = parsed(recipe_text(proposal, recipe, lead, [test]), Path(f"{recipe}.yaml"))
        book = Cookbook(dict(sorted({**cookbook.recipes, recipe: written}.items())))
        with State.open("sqlite://", Path(), write=True) as state:
            played = Theatre(project, book, state).play(written, written.file.tests[0])
            expected = expected_of(Outcome(played))
        stray = [
            name
            for name in examples
            if name in written.file.segments and name not in expected["segments"][_address(name)]
        ]
        if not stray:
            return [{**test, "expect": expected}]
        for name in stray:  # what was made up of single conditions need not fit all of a rule
            del examples[name]
    return []


def _story(examples: Mapping[str, Example], facts: Facts) -> dict[str, object]:
    people = [{"email": _address(name), **each.cells} for name, each in examples.items()]
    events = [
        {"email": _address(n), **event} for n, each in examples.items() for event in each.events
    ]
    return {
        "name": "somebody of each kind is where they belong",
        "now": facts.now.astimezone(facts.zone).strftime("%Y-%m-%dT%H:%M"),
        "contacts": people,
        **({"events": events} if events else {}),
    }


def _address(name: str) -> str:
    return f"{name}@example.com"


def _movements(old: pd.DataFrame, new: pd.DataFrame) -> list[Moved]:
    """Segment by segment: how many the old and the new recipe have in it today, and who came and went."""
    names = [*new.columns, *(name for name in old.columns if name not in new.columns)]
    found = []
    for name in names:
        was, is_ = old.get(name), new.get(name)
        found.append(
            Moved(
                name,
                None if was is None else int(was.sum()),
                None if is_ is None else int(is_.sum()),
                0 if was is None or is_ is None else int((is_ & ~was).sum()),
                0 if was is None or is_ is None else int((was & ~is_).sum()),
            )
        )
    return found


def _members(written: Recipe, gathered: Gathered, cookbook: Cookbook, engine: str) -> pd.DataFrame:
    """A column for each segment of a recipe: who is in it today."""
    book = Cookbook(dict(sorted({**cookbook.recipes, written.id: written}.items())))
    questions: dict[str, AnyQuestion] = {
        name: Definition("segment", f"{written.id}.{name}") for name in written.file.segments
    }
    return evaluate(gathered.facts, book, questions, engine=engine)


def _difference(old: str, new: str, path: Path) -> str:
    name = str(path)
    return "".join(
        unified_diff(old.splitlines(keepends=True), new.splitlines(keepends=True), name, name)
    )
