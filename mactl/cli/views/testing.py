"""Tests that were played: what passed, what did not and why, and what no test has walked."""

import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from mactl.cli.formats import TestFormat
from mactl.cli.invocation import Invocation
from mactl.cli.output import print_findings, print_json, printable, stdout
from mactl.cli.progress import Progress
from mactl.workflows.testing.comparing import Failure
from mactl.workflows.testing.coverage import Coverage, Share
from mactl.workflows.testing.running import RecipeResult, Tested

if TYPE_CHECKING:
    from rich.console import Console

_ONE = {"steps": "step", "branches": "branch", "rules": "rule"}
_FEW = 6  # names of what was not walked, in text


def tests_teller(progress: Progress) -> Callable[[str, str], None]:
    """Names the test that plays."""
    return lambda recipe, test: progress.tell(printable(f"{recipe}: {test}"))


def tests_status(tested: Tested, fail_under: float | None) -> int:
    """1 where a test failed, a recipe is faulty, or less of one than `fail_under` percent was walked."""
    return int(not tested.passed or bool(_below(tested, fail_under)))


def _below(tested: Tested, fail_under: float | None) -> list[RecipeResult]:
    return [
        result
        for result in tested.recipes
        if fail_under is not None
        and result.coverage is not None
        and result.coverage.percent < fail_under
    ]


def show_tested(
    invocation: Invocation, tested: Tested, format: TestFormat | None, fail_under: float | None
) -> None:
    """`tested` on stdout, as text, JSON or JUnit XML."""
    chosen = format or TestFormat(invocation.format)
    if chosen is TestFormat.JSON:
        print_json(tested_json(tested))
    elif chosen is TestFormat.JUNIT:
        sys.stdout.write(junit(tested) + "\n")
    else:
        _show_text(invocation, tested, fail_under)


def tested_json(tested: Tested) -> dict[str, Any]:
    """The tests as other programs read them."""
    from mactl.cli.output import finding_json

    return {
        "recipes": [_recipe_json(result) for result in tested.recipes],
        "findings": [finding_json(finding) for finding in tested.findings],
        "updated": list(tested.updated),
        "totals": {
            "tests": len(tested.tests),
            "passed": sum(test.passed for test in tested.tests),
            "failed": sum(not test.passed for test in tested.tests),
        },
    }


def _recipe_json(result: RecipeResult) -> dict[str, Any]:
    coverage = result.coverage
    return {
        "recipe": result.recipe,
        "path": result.path,
        "tests": [
            {
                "name": test.name,
                "passed": test.passed,
                "failures": [
                    {"what": f.what, "expected": f.expected, "got": f.got, "why": f.why}
                    for f in test.failures
                ],
                "seconds": round(test.seconds, 3),
            }
            for test in result.tests
        ],
        "coverage": None
        if coverage is None
        else {
            "percent": round(coverage.percent, 1),
            **{name: _share_json(share) for name, share in _shares(coverage)},
        },
    }


def _shares(coverage: Coverage) -> Iterator[tuple[str, Share]]:
    yield "steps", coverage.steps
    yield "branches", coverage.branches
    yield "rules", coverage.rules


def _share_json(share: Share) -> dict[str, Any]:
    return {"total": share.total, "walked": share.walked, "missing": list(share.missing)}


def _show_text(invocation: Invocation, tested: Tested, fail_under: float | None) -> None:
    console = stdout()
    print_findings(tested.findings, console)
    for result in tested.recipes:
        _show_recipe(console, invocation, result)
    for path in tested.updated:
        console.print(
            f"wrote what came of it into {printable(path)}; look at it before you keep it"
        )
    for result in _below(tested, fail_under):
        assert result.coverage is not None
        console.print(
            f"{result.recipe}: the tests walk {result.coverage.percent:.0f} %, less than {fail_under:g} %",
            style="red",
        )
    tests = tested.tests
    failed = sum(not test.passed for test in tests)
    seconds = sum(test.seconds for test in tests)
    told = f"{len(tests)} test{'' if len(tests) == 1 else 's'} in {seconds:.1f} s: "
    told += f"{failed} failed" if failed else "all passed" if tests else "nothing to play"
    faulty = sum(result.is_faulty for result in tested.recipes)
    if faulty:
        told += f"; {faulty} recipe{'' if faulty == 1 else 's'} not played, being faulty"
    console.print(told, style="bold red" if failed or tested.findings else "bold green")


def _show_recipe(console: "Console", invocation: Invocation, result: RecipeResult) -> None:
    from rich.text import Text

    if invocation.quiet and all(test.passed for test in result.tests):
        return
    console.print(Text(result.recipe, style="bold cyan"))
    if result.is_faulty:
        console.print(Text("  not played: the recipe is faulty", style="red"))
    elif not result.has_tests:
        console.print(Text("  no tests", style="yellow"))
    for test in result.tests:
        mark, style = ("✓", "green") if test.passed else ("✗", "bold red")
        seconds = f"{test.seconds:.2f} s"
        console.print(
            Text.assemble("  ", (mark, style), f" {printable(test.name)} ", (seconds, "dim"))
        )
        for failure in test.failures:
            _show_failure(console, failure)
    if result.coverage is not None and result.tests:
        _show_coverage(console, result.coverage, most=None if invocation.verbose else _FEW)


def _show_failure(console: "Console", failure: Failure) -> None:
    from rich.text import Text

    console.print(Text(f"      {failure.what}", style="bold"))
    rows = [("expected", failure.expected, "green"), ("got", failure.got, "red")]
    rows += [("why", failure.why, "yellow")] if failure.why else []
    for word, text, style in rows:
        console.print(Text.assemble("        ", (f"{word:<9}", "dim"), (printable(text), style)))


def _show_coverage(console: "Console", coverage: Coverage, most: int | None) -> None:
    from rich.text import Text

    told = ", ".join(
        f"{share.walked} of {share.total} {name}"
        for name, share in _shares(coverage)
        if share.total
    )
    if told:
        console.print(Text(f"  walked {told}", style="dim"))
    for name, share in _shares(coverage):
        if share.missing:
            shown = share.missing if most is None else share.missing[:most]
            more = (
                f" and {len(share.missing) - len(shown)} more"
                if len(shown) < len(share.missing)
                else ""
            )
            what = name if len(share.missing) > 1 else _ONE[name]
            told = f"    no test walks the {what} {'; '.join(shown)}{more}"
            console.print(Text(told, style="dim"))


def junit(tested: Tested) -> str:
    """The tests as JUnit XML: a suite for each recipe, a case for each test."""
    root = ElementTree.Element("testsuites", name="mactl test")
    for result in tested.recipes:
        failed = sum(not test.passed for test in result.tests)
        seconds = sum(test.seconds for test in result.tests)
        suite = ElementTree.SubElement(
            root, "testsuite", name=result.recipe, tests=str(len(result.tests) + result.is_faulty),
            failures=str(failed), errors=str(int(result.is_faulty)), skipped="0", time=f"{seconds:.3f}",
        )  # fmt: skip
        if result.is_faulty:
            case = ElementTree.SubElement(
                suite, "testcase", classname=result.recipe, name="mactl check", file=result.path
            )
            told = [
                f"{finding.place}: {finding.id}: {finding.message}"
                for finding in tested.findings
                if finding.place and finding.place.path == result.path
            ]
            ElementTree.SubElement(case, "error", message="the recipe is faulty").text = printable(
                "\n".join(told)
            )
        for test in result.tests:
            case = ElementTree.SubElement(
                suite, "testcase", classname=result.recipe, name=printable(test.name),
                file=result.path, time=f"{test.seconds:.3f}",
            )  # fmt: skip
            if not test.passed:
                first = test.failures[0]
                failure = ElementTree.SubElement(
                    case, "failure", type=first.what, message=printable(_in_a_line(first))
                )
                failure.text = printable("\n".join(_in_words(f) for f in test.failures))
    return ElementTree.tostring(root, encoding="unicode")


def _in_a_line(failure: Failure) -> str:
    return f"{failure.what}: expected {failure.expected}, got {failure.got}"


def _in_words(failure: Failure) -> str:
    lines = [failure.what, f"  expected {failure.expected}", f"  got      {failure.got}"]
    return "\n".join([*lines, *([f"  why      {failure.why}"] if failure.why else [])])
