"""Journeys to draw: written by hand, and made up."""

from textwrap import indent
from typing import Any

from hypothesis import strategies as st

from mactl.document import read_document
from mactl.picture.flow import Flow
from mactl.picture.tracing import trace_flow
from mactl.recipe.recipe import RecipeFile
from mactl.validation import validate

Steps = list[dict[str, Any]]


def recipe_of(journey: str, rest: str = "") -> RecipeFile:
    """The recipe with this `journey`, and whatever else stands in `rest`."""
    text = f"recipe: drawn\n{rest}\njourney:\n{indent(journey, '  ')}"
    document, findings = read_document(text, "drawn.yaml")
    file, problems = validate(RecipeFile, document)
    assert file is not None, [*findings, *problems]
    return file


def flow_of(steps: str, rest: str = "") -> Flow:
    """The flow of a journey with these `steps`, which an event lets people into."""
    return trace_flow(
        recipe_of(
            f"enter: {{event: signed_up}}\nleave: [goal]\nsteps:\n{indent(steps, '  ')}", rest
        )
    )


def flow_from(steps: Steps) -> Flow:
    """The flow of a journey with these steps, as mappings."""
    journey = {"enter": {"event": "signed_up"}, "leave": [], "steps": steps}
    return trace_flow(RecipeFile.model_validate({"recipe": "drawn", "journey": journey}))


_TEXTS = st.one_of(
    st.sampled_from(["offer", "A rather long text that has to be broken into several lines"]),
    st.text(min_size=1, max_size=60),
)
_IDS = st.sampled_from([f"s{n}" for n in range(12)])
_DURATIONS = st.sampled_from(["1 day", "3 business days", "2 weeks"])


def _leaves() -> st.SearchStrategy[dict[str, Any]]:
    kinds: list[st.SearchStrategy[dict[str, Any]]] = [
        st.fixed_dictionaries({"send": _TEXTS}, optional={"id": _IDS}),
        st.fixed_dictionaries({"wait": _DURATIONS}, optional={"id": _IDS}),
        st.fixed_dictionaries({"exit": _TEXTS}, optional={"id": _IDS}),
        st.fixed_dictionaries({"go_to": _IDS}),
        st.builds(lambda a, b: {"set": {a: b, "b": 1}}, _TEXTS, _TEXTS),
        st.fixed_dictionaries({"enroll": _TEXTS}, optional={"id": _IDS}),
        st.builds(lambda text: {"notify": {"to": "sales", "message": text}}, _TEXTS),
    ]
    return st.one_of(kinds)


def _forks(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    steps = st.lists(inner, max_size=3)
    case = st.builds(
        lambda field, then: {"when": {"field": field, "eq": "x"}, "then": then}, _TEXTS, steps
    )
    choose = st.builds(
        lambda cases, rest: {"choose": [*cases, *([] if rest is None else [{"else": rest}])]},
        st.lists(case, min_size=1, max_size=3),
        st.none() | steps,
    )
    wait_for = st.builds(
        lambda length, then, otherwise: {
            "wait_for": {"event": "e"}, "up_to": length, "then": then, "else": otherwise,
        },
        _DURATIONS, steps, steps,
    )  # fmt: skip
    milestone = st.builds(
        lambda name, length, otherwise: {
            "milestone": name, "when": {"event": "e"}, "up_to": length, "else": otherwise,
        },
        _TEXTS, _DURATIONS, steps,
    )  # fmt: skip
    split = st.builds(
        lambda name, first, second: {
            "split": name,
            "arms": {
                "a": {"share": "10%", "steps": first},
                "b": {"share": "10%", "steps": second},
                "c": {"share": "80%", "after": "4 hours", "measure": "clicked", "fallback": "a"},
            },
        },
        _TEXTS, steps, steps,
    )  # fmt: skip
    return st.one_of(choose, wait_for, milestone, split)


def journeys() -> st.SearchStrategy[Steps]:
    """The steps of any journey: nested, with exits and jumps anywhere, ids repeated, texts of any kind."""
    step = st.recursive(_leaves(), _forks, max_leaves=14)
    return st.lists(step, min_size=1, max_size=6)
