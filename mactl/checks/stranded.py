"""An edit would strand people, or write to them again.

Found with `--state`. People in flight stand on the ids of steps, and what somebody got is remembered by the names of
templates. A step that is gone strands those who stand on it (`stranded`); an id made of kind and number that another
step has now moves them there (`shifted-step`); a template under another name goes out to them again (`sent-again`).
Say what became of the old name, or give the step an id of its own. A change for new people only is a new `version`.

    moved: {reminder: second-reminder}
    retired: {survey: thanks}
"""

from collections import Counter
from collections.abc import Iterator, Mapping

from mactl.checks.flow import Flow
from mactl.checks.in_flight import InFlight, Standing
from mactl.checks.scope import Look, Scope
from mactl.findings import Finding, Place, Severity
from mactl.journey.graph import END, build_graph
from mactl.recipe.moved import original, original_names
from mactl.recipe.recipe import Recipe
from mactl.recipe.steps import AnyStepKind
from mactl.validation import did_you_mean

IDS = ("stranded", "shifted-step", "sent-again", "recipe-gone")


def check(scope: Scope, in_flight: InFlight) -> Iterator[Finding]:
    """One finding for each step, template or recipe that people would lose."""
    names = {original(look.recipe.id, look.recipe.file.moved): look for look in scope}
    lost: Counter[str] = Counter()
    for standing in in_flight.standing:
        look = names.get(standing.recipe)
        if look is None:
            lost[standing.recipe] += standing.people
        elif look.recipe.file.version == standing.version:
            before = in_flight.ran.get((standing.recipe, standing.version))
            yield from _on_step(look, standing, before)
    yield from _without_recipe(scope, lost)
    for sent in in_flight.sent:
        look = names.get(sent.recipe)
        if look is not None:
            ran = in_flight.ran.get((sent.recipe, look.recipe.file.version))
            yield from _sent_again(look, sent.template, sent.people, ran)


def _without_recipe(scope: Scope, lost: Mapping[str, int]) -> Iterator[Finding]:
    """Only where the whole cookbook was looked at can it be said that a recipe is gone."""
    if set(scope.chosen) != set(scope.cookbook.recipes):
        return
    folder = scope.settings.recipes if scope.settings else "recipes"
    for recipe, people in lost.items():
        guess = did_you_mean(recipe, scope.cookbook.recipes)
        yield Finding(
            "recipe-gone",
            Severity.ERROR,
            f"{_people(people)} in {recipe!r}, and the cookbook has no such recipe",
            Place(folder),
            f"put it back with `status: archived`, or write `moved: {{{recipe}: NEW}}` in its new file"
            + (f"; {guess}" if guess else ""),
        )


def _on_step(look: Look, standing: Standing, before: Recipe | None) -> Iterator[Finding]:
    file = look.recipe.file
    if file.journey is None or standing.step == END or look.flow is None:
        return
    graph = build_graph(file.journey, file.moved)
    retired = {original(old, file.moved) for old in file.retired} | set(file.retired)
    if standing.step in retired:
        return
    if standing.step not in graph:
        known = [node.name for node in graph]
        yield Finding(
            "stranded",
            Severity.ERROR,
            f"{_people(standing.people)} on {standing.step!r}, which the journey does not have any more",
            look.place(("journey", "steps"), key=True),
            f"add `moved: {{{standing.step}: NEW}}` or `retired: {{{standing.step}: NEXT}}`"
            + (f"; {guess}" if (guess := did_you_mean(standing.step, known)) else ""),
        )
    elif before is not None and before.file.journey is not None:
        yield from _shifted(look, standing, graph[standing.step].step, before)


def _shifted(look: Look, standing: Standing, now: AnyStepKind, before: Recipe) -> Iterator[Finding]:
    assert look.flow is not None
    old = build_graph(before.journey, before.file.moved)
    if standing.step not in old or now.id is not None:
        return
    was = old[standing.step].step
    if _same(was, now):
        return
    there = next((name for name, step in _named(look.flow) if _same(was, step)), None)
    if there is not None:
        generated = look.flow.routes.get(there)
        yield Finding(
            "shifted-step",
            Severity.ERROR,
            f"{_people(standing.people)} on {standing.step!r}, which is called {there!r} now; "
            f"{standing.step!r} is another step",
            look.place(generated or ("journey", "steps")),
            f"give this step `id: {standing.step}`, and the new one an id of its own",
        )


def _named(flow: Flow) -> Iterator[tuple[str, AnyStepKind]]:
    return ((flow.names[route], step) for route, step in flow)


def _same(one: AnyStepKind, other: AnyStepKind) -> bool:
    """Whether two steps do the same, whatever they are called."""
    return one.model_copy(update={"id": None}) == other.model_copy(update={"id": None})


def _sent_again(look: Look, template: str, people: int, before: Recipe | None) -> Iterator[Finding]:
    """A template that is gone, whose text another name has now."""
    file = look.recipe.file
    originals: Mapping[str, str] = original_names(file.moved)
    now = {originals.get(name, name): name for name in file.templates}
    if template in now or before is None:
        return
    old_names = original_names(before.file.moved)
    old = next(
        (t for n, t in before.file.templates.items() if old_names.get(n, n) == template), None
    )
    known = {old_names.get(name, name) for name in before.file.templates}
    for first, name in now.items():
        if old is not None and first not in known and file.templates[name] == old:
            yield Finding(
                "sent-again",
                Severity.ERROR,
                f"{_people(people, 'got')} {template!r}, which is called {name!r} now and would go to them again",
                look.place(("templates", name), key=True),
                f"add `moved: {{{template}: {name}}}`",
            )


def _people(count: int, verb: str = "stand") -> str:
    if count == 1:
        return f"1 person {verb if verb == 'got' else 'stands'}"
    return f"{count} people {verb}"
