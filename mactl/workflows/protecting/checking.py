"""`mactl privacy check`: what the law would find, in the cookbook and beside the data."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

from mactl.checks.ignoring import without_ignored
from mactl.findings import Finding, Place, Severity, in_reading_order
from mactl.people.erased import ID as ERASED
from mactl.privacy.categories import special_category
from mactl.privacy.checks import check_cookbook
from mactl.project import FILE_NAME, Project
from mactl.recipe.cookbook import Cookbook
from mactl.workflows.checking.kept_findings import Checked, lines_of
from mactl.workflows.gathering import Sources, read_sources
from mactl.workflows.opening import open_state, select_recipes
from mactl.workflows.protecting.retaining import find_overdue

_ERASED = {ERASED, "event-erased"}


def check_privacy(
    project: Project, now: Callable[[Project], datetime], *, data: bool = False
) -> Checked:
    """What is found in mactl.yaml and the whole cookbook; with `data` in the sources and the state as well."""
    selection = select_recipes(project, ())
    findings = [*selection.findings, *check_cookbook(selection.cookbook, project.settings)]
    findings = [_at_home(project, finding) for finding in findings]
    if data:
        findings += _beside_data(project, selection.cookbook, now(project))
    paths = {finding.place.path for finding in findings if finding.place}
    lines = {path: lines_of(path) for path in paths}
    told = without_ignored(findings, lambda path: lines.get(path, []))
    return Checked(selection.chosen, tuple(in_reading_order(told)), lines)


def _at_home(project: Project, finding: Finding) -> Finding:
    """A finding about mactl.yaml with the path to it."""
    if finding.place is None or finding.place.path != FILE_NAME:
        return finding
    return replace(finding, place=Place(str(project.folder / FILE_NAME)))


def _beside_data(project: Project, cookbook: Cookbook, now: datetime) -> Iterator[Finding]:
    with open_state(project) as state:
        kept, events = read_sources(project, Sources(), state)
    for finding in (*kept.people.findings, *events.findings):
        if finding.id in _ERASED:
            yield Finding(
                "privacy-erased-in-source", Severity.ERROR, finding.message, finding.place,
                "take the row out of the source", "GDPR Article 17",
            )  # fmt: skip
    for field in kept.people.fields:
        category = special_category(field)
        if category is not None:
            yield Finding(
                "privacy-special-category", Severity.WARNING,
                f"the contacts have a field {field!r}, which looks like {category}", None,
                "leave the column out of the source; if it is something else, rename it", "GDPR Article 9",
            )  # fmt: skip
    found = find_overdue(project, cookbook, now)
    if found:
        yield Finding(
            "privacy-overdue", Severity.ERROR,
            f"{found.rows.total + found.archived + len(found.files):,} things are kept longer than they may be", None,
            "mactl privacy retain clears them; have cron run it", "GDPR Article 5(1)(e)",
        )  # fmt: skip
