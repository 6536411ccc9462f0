"""`mactl test`: every test of some recipes, played and compared."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mactl.checks import check_recipes
from mactl.errors import MactlError, UsageError
from mactl.findings import Finding, Severity
from mactl.project import Project
from mactl.recipe.recipe import Recipe
from mactl.store.state import State
from mactl.validation import did_you_mean
from mactl.workflows.opening import select_recipes
from mactl.workflows.playing.garbage import seldom_collected
from mactl.workflows.testing.comparing import Failure, compare
from mactl.workflows.testing.coverage import Coverage, Track
from mactl.workflows.testing.outcome import Outcome
from mactl.workflows.testing.playing import Theatre
from mactl.workflows.testing.updating import Expected, expected_of, with_expectations

CANNOT_PLAY = "play"
"""What a failure is about whose test could not be played at all."""
_MISSING = Failure(
    "expect", "something", "nothing", "the test expects nothing; --update writes what comes of it"
)


@dataclass(frozen=True)
class Result:
    """What came of one test."""

    name: str
    failures: tuple[Failure, ...]
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether all was as expected."""
        return not self.failures


@dataclass(frozen=True)
class RecipeResult:
    """What came of one recipe's tests; `coverage` is None where it was too faulty to play."""

    recipe: str
    path: str
    tests: tuple[Result, ...]
    coverage: Coverage | None
    has_tests: bool
    is_faulty: bool = False


@dataclass(frozen=True)
class Tested:
    """What came of a run of tests."""

    recipes: tuple[RecipeResult, ...]
    findings: tuple[Finding, ...]
    """What is wrong with the recipes; those with errors were not played."""
    updated: tuple[str, ...] = ()
    """The files that got an `expect`."""

    @property
    def tests(self) -> list[Result]:
        """All tests that were played."""
        return [test for recipe in self.recipes for test in recipe.tests]

    @property
    def passed(self) -> bool:
        """Whether every test passed, and no recipe is faulty."""
        faulty = any(finding.severity is Severity.ERROR for finding in self.findings)
        return not faulty and all(test.passed for test in self.tests)


@dataclass(frozen=True)
class Wishes:
    """Which tests are played, and how."""

    named: str = ""
    """Only tests whose name has this in it, regardless of case."""
    update: bool = False
    """Whether tests without `expect` get one."""
    progress: Callable[[str, str], None] = field(default=lambda recipe, test: None)
    """Called before each test with the recipe's and its name."""


def _refuse_nothing(recipes: Sequence[Recipe], wishes: Wishes) -> None:
    """UsageError where a name was given that no test has: a slip there must not look like success."""
    names = [test.name for recipe in recipes for test in recipe.file.tests]
    if wishes.named and not any(wishes.named.casefold() in name.casefold() for name in names):
        hint = did_you_mean(wishes.named, names) or f"there are {len(names)} tests in these recipes"
        raise UsageError(f"no test has {wishes.named!r} in its name", hint)


def run_tests(project: Project, names: Sequence[str], wishes: Wishes) -> Tested:
    """Play the tests of the recipes that `names` mean (all of the project's where there are none).

    Nothing goes out, and nothing is kept but what `wishes.update` writes into recipes. Raises UsageError where there
    are no recipes.
    """
    selection = select_recipes(project, names)
    known = project.settings if project.has_file else None
    findings = [
        *selection.findings,
        *check_recipes(selection.cookbook, selection.chosen, known),
    ]
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    faulty = {finding.place.path for finding in errors if finding.place}
    if not selection.chosen and not errors:
        raise UsageError(f"there are no recipes in {project.cookbook}", "name a recipe or a folder")
    recipes = [selection.cookbook.recipes[id] for id in selection.chosen]
    _refuse_nothing(recipes, wishes)
    with seldom_collected(), State.open("sqlite://", Path(), write=True) as state:
        theatre = Theatre(project, selection.cookbook, state)
        track = Track()
        played = [
            _RecipeRun(theatre, track, wishes).run(recipe)
            for recipe in recipes
            if recipe.document.path not in faulty
        ]
    results = [
        RecipeResult(
            run.recipe.id, run.recipe.document.path, tuple(run.results), track.coverage(run.recipe),
            bool(run.recipe.file.tests),
        )
        for run in played
    ]  # fmt: skip
    results += [
        RecipeResult(r.id, r.document.path, (), None, bool(r.file.tests), is_faulty=True)
        for r in recipes
        if r.document.path in faulty
    ]
    updated = [_write(run.recipe, run.expected) for run in played if run.expected]
    return Tested(tuple(sorted(results, key=lambda r: r.recipe)), tuple(errors), tuple(updated))


@dataclass
class _Run:
    recipe: Recipe
    results: list[Result] = field(default_factory=list)
    expected: dict[int, Expected] = field(default_factory=dict)
    """Place of a test that had no `expect` → what came of it."""


@dataclass
class _RecipeRun:
    theatre: Theatre
    track: Track
    wishes: Wishes

    def run(self, recipe: Recipe) -> _Run:
        """Play the tests of `recipe`."""
        run = _Run(recipe)
        for place, test in enumerate(recipe.file.tests):
            if self.wishes.named.casefold() not in test.name.casefold():
                continue
            self.wishes.progress(recipe.id, test.name)
            started = time.perf_counter()
            try:
                outcome = Outcome(self.theatre.play(recipe, test))
                if test.expect is not None:
                    failures = compare(outcome, test.expect)
                elif self.wishes.update:
                    failures, run.expected[place] = [], expected_of(outcome)
                else:
                    failures = [_MISSING]
                self.track.follow(outcome)
            except MactlError as error:
                failures = [_cannot_play(error)]
            run.results.append(Result(test.name, tuple(failures), time.perf_counter() - started))
        return run


def _cannot_play(error: MactlError) -> Failure:
    findings = getattr(error, "findings", ())
    told = "; ".join(str(finding.message) for finding in findings)
    why = " ".join(part for part in (told, error.hint) if part)
    return Failure(CANNOT_PLAY, "a test that can be played", error.message, why)


def _write(recipe: Recipe, expected: dict[int, Expected]) -> str:
    path = Path(recipe.document.path)
    raw = path.read_bytes()
    text = raw.decode("utf-8-sig")
    written = with_expectations(text, expected)
    bom = b"\xef\xbb\xbf" if raw.startswith(b"\xef\xbb\xbf") else b""
    path.write_bytes(bom + written.encode())
    return recipe.document.path
