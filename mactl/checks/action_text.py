"""What colleagues and other systems are told can't be written, or is to go into a file that is not there for it.

The `message` of a notice, the `title` of a task and the texts in the `body` of a webhook are Jinja, as templates are.
They know `contact`, `scores`, `stage`, `labels`, `segments`, `event`, `recipe` and `vars`, but no address of a message,
no block, table or code. One that can't be written fails when its time has come, and nobody is told. Rows are exported
below `exports/` only, as CSV, so that a recipe from a pull request can't write over anything.

    - notify: {to: sales, message: "{{ contact.email }} has {{ scores.engagement }} points"}
    - export: {to: exports/hot.csv, columns: [email, first_name]}
"""

from collections.abc import Iterator, Mapping

from jinja2 import nodes

from mactl.checks.scope import Look, Scope
from mactl.content.names import FUNCTIONS, SPECIAL_NAMES, find_uses
from mactl.content.sandbox import TEXT
from mactl.content.syntax import Problem, parse_template
from mactl.content.templates import FINDINGS
from mactl.delivery.channels.rows import FOLDER, export_fault
from mactl.document import Route, routes
from mactl.findings import Finding, Severity
from mactl.recipe.steps import Assignment, Export, Notification, WebhookCall
from mactl.validation import did_you_mean

IDS = (
    "template-syntax",
    "unknown-filter",
    "unknown-test",
    "unknown-name",
    "refused-tag",
    "refused-call",
    "export-path",
)
assert set(IDS) - {"export-path"} <= FINDINGS.keys()

_OF_MESSAGES = ("sender", "unsubscribe_url", "preferences_url", "view_url", "confirm_url")
_KNOWN = tuple(name for name in SPECIAL_NAMES if name not in _OF_MESSAGES)
_CALLED = frozenset(FUNCTIONS) - {"range"}


def check(scope: Scope) -> Iterator[Finding]:
    """What is wrong with each text, and with each file that rows are exported to."""
    for look in scope:
        for route, text in action_texts(look):
            place = look.place(route)
            for problem in _problems(text, look.recipe.file.vars):
                line = f" (line {problem.line} of the text)" if problem.line > 1 else ""
                message = f"{problem.message}{line}"
                yield Finding(problem.id, Severity.ERROR, message, place, problem.hint)
        for route, export in look.each(Export):
            fault = export_fault(export.to)
            if fault is not None:
                place = look.place((*route, "to"))
                hint = f"write {FOLDER}/NAME.csv"
                yield Finding("export-path", Severity.ERROR, fault, place, hint)


def action_texts(look: Look) -> Iterator[tuple[Route, str]]:
    """Each text that colleagues and other systems are told, with its route."""
    for route, notice in look.each(Notification):
        yield (*route, "message"), notice.message
    for route, task in look.each(Assignment):
        yield (*route, "title"), task.title
    for route, call in look.each(WebhookCall):
        parts = routes(call.body, (*route, "body"))
        yield from ((way, text) for way, text in parts if isinstance(text, str))


def _problems(text: str, known_vars: Mapping[str, object]) -> Iterator[Problem]:
    if "{" not in text:
        return
    tree, problems = parse_template(text, TEXT)
    yield from problems
    if tree is None:
        return
    for use in find_uses(tree):
        root, _, name = use.path.partition(".")
        if root in _OF_MESSAGES:
            yield _not_here(root, use.line)
        elif root == "vars" and name and name.partition(".")[0] not in known_vars:
            message = f"the recipe has no {name!r} among its vars"
            yield Problem("unknown-name", message, use.line, did_you_mean(name, known_vars))
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in _CALLED:
            yield _not_here(call.node.name, call.lineno)


def _not_here(name: str, line: int) -> Problem:
    message = f"{name!r} is not known in what colleagues and other systems are told"
    return Problem("unknown-name", message, line, f"known here: {', '.join(_KNOWN)}")
