"""Every construct of the language has its cases: what it means is played somewhere, what it can't mean is refused."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
import yaml

import mactl.recipe
from mactl.declaring import Model
from mactl.document import read_document
from mactl.findings import Finding
from mactl.recipe.cookbook import find_recipe_files, parse_recipe
from mactl.recipe.expectations import RecipeTest
from mactl.recipe.recipe import Recipe
from tests.conftest import ROOT
from tests.rules import tables
from tests.rules.test_cases import FOLDER as RULES
from tests.rules.test_cases import read as read_rules
from tests.workflows import test_editing as editing

CASES = ROOT / "tests" / "cases"
STORIES = [CASES / "language", CASES / "rivals", CASES / "recipes", ROOT / "recipes"]
"""Recipes whose tests are played."""
Said = tuple[str, str, Any]
"""Kind of mapping, its key, and where the key takes one of a few words the word, else None."""


# What is played


@cache
def stories() -> tuple[Recipe, ...]:
    found = []
    for path in find_recipe_files(STORIES):
        recipe, findings = parse_recipe(path.read_text(encoding="utf-8"), path)
        assert recipe is not None, findings
        found.append(recipe)
    return tuple(found)


def _played() -> Iterator[Any]:
    """All that is said in stories, in edits and in the conditions that the engines are asked."""
    yield from (recipe.file for recipe in stories())
    for path in sorted(editing.CASES.glob("*.yaml")):
        for case in editing.read(path).values():
            for book in case["books"]:
                yield from (recipe.file for recipe in editing.cookbook_of(book["recipes"]))
            yield RecipeTest.model_validate({"name": "it", **case["test"]})
    for path in sorted(RULES.glob("*.yaml")):
        rules = read_rules(path.stem)
        yield from (q.condition for q in rules.questions if hasattr(q, "condition"))
        yield from (recipe.file for recipe in tables.cookbook(rules.says.get("recipes", {})))


def _parts(value: Any) -> Iterator[Model]:
    if isinstance(value, Model):
        yield value
        for name in value.model_fields_set:
            yield from _parts(getattr(value, name))
    elif isinstance(value, (dict, tuple, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _parts(inner)


def _declarer(kind: type[Model], name: str) -> str:
    """The class that a key comes from: an operator is the same wherever it stands, but `if` is each trigger's own."""
    if name == "if_":
        return kind.__name__
    return next(
        c for c in reversed(kind.__mro__) if name in getattr(c, "model_fields", ())
    ).__name__


def _words(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) is Literal:
        yield from get_args(annotation)
    for inner in get_args(annotation):
        yield from _words(inner)


def _kinds(base: type[Model] = Model) -> Iterator[type[Model]]:
    for kind in base.__subclasses__():
        yield kind
        yield from _kinds(kind)


def declared() -> set[Said]:
    for module in pkgutil.iter_modules(mactl.recipe.__path__):
        importlib.import_module(f"mactl.recipe.{module.name}")
    found: set[Said] = set()
    for kind in set(_kinds()):
        if kind.__module__.startswith("mactl.recipe.") and kind.__name__ != "EnterBase":
            for name, info in kind.model_fields.items():
                words = [w for w in _words(info.annotation) if info.default != w]
                is_own = name != "if_" or kind.__name__ != "EnterBySlot"
                found |= {(_declarer(kind, name), name, word) for word in (None, *words) if is_own}
    return found


def said() -> set[Said]:
    found: set[Said] = set()
    for part in (part for value in _played() for part in _parts(value)):
        for name in part.model_fields_set:
            value = getattr(part, name)
            several = tuple(value) if isinstance(value, (tuple, dict)) else (value,)
            words = (word for word in several if isinstance(word, (str, bool)))
            found |= {(_declarer(type(part), name), name, word) for word in (None, *words)}
    return found


def test_every_key_and_every_word_it_takes_is_played_somewhere() -> None:
    lacking = declared() - said() - _ELSEWHERE

    assert sorted(map(str, lacking)) == []


_ELSEWHERE: set[Said] = {
    ("ConsentCondition", "channel", name) for name in ("push", "whatsapp", "post", "ads")
}
"""One channel stands for all."""


# What is refused


def told(says: str) -> list[Finding]:
    return parse_recipe(f"recipe: a\n{says}\n", Path("a.yaml"))[1]


def refusals() -> list[dict[str, str]]:
    text = (CASES / "refused.yaml").read_text(encoding="utf-8")
    return list(yaml.safe_load(text))


@pytest.mark.parametrize("case", refusals(), ids=lambda case: case["says"].partition("   #")[0])
def test_what_cannot_be_meant_is_refused_where_it_stands(case: dict[str, str]) -> None:
    (finding,) = told(case["says"])

    before, _, after = case["told"].partition(" … ")
    assert before in finding.message and after in finding.message
    assert finding.hint or re.search("expected|needed|must|longer", finding.message)
    assert finding.place is not None and finding.place.line == 2


_DECLARING = (
    "conditions",
    "definitions",
    "enter",
    "expectations",
    "journey",
    "operators",
    "steps",
    "template",
)


_UNWRITTEN = {"text, numbers, true, false, lists and mappings are expected here"}
"""YAML as it is read here has nothing else."""


def _reasons() -> Iterator[Any]:
    """The longest constant part of each reason that a declaration gives for refusing."""
    paths = [ROOT / "mactl" / "recipe" / f"{name}.py" for name in _DECLARING]
    for path in [*paths, ROOT / "mactl" / "declaring.py", ROOT / "mactl" / "durations.py"]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                parts = [c.value for c in ast.walk(node.exc) if isinstance(c, ast.Constant)]
                reason = max((str(part).split("; ")[0] for part in parts), key=len)
                if reason in _UNWRITTEN:
                    continue
                yield pytest.param(reason, id=f"{path.stem}: {reason.strip()}")


@pytest.mark.parametrize("reason", list(_reasons()))
def test_every_reason_to_refuse_has_a_case(reason: str) -> None:
    everything = [f"{f.message}; {f.hint}" for case in refusals() for f in told(case["says"])]

    assert any(reason in message for message in everything)


# Every key, wherever it stands


_ANYTHING = {"no-such-word": [[1.5]]}
"""A value that fits nowhere: no text, no number, and neither keys nor items that anything takes."""


def _keys() -> list[Any]:
    """Each key of each kind of mapping once, where it first stands in a story: the recipe, and the key's route."""
    found: dict[tuple[str, str], Any] = {}
    for recipe in stories():
        for route, key in _written(recipe.file, recipe.document.value, ()):
            kind, name = key
            found.setdefault((kind, name), pytest.param(recipe, route, id=f"{kind}.{name}"))
    return [found[key] for key in sorted(found)]


def _written(
    part: Any, value: Any, route: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], tuple[str, str]]]:
    """Each key of a declared mapping below `part`, which was made from `value`, where both are alike."""
    if isinstance(part, Model) and isinstance(value, dict):
        names = {info.alias or name: name for name, info in type(part).model_fields.items()}
        for key, inner in value.items():
            if key in names:
                yield (*route, key), (type(part).__name__, key)
                yield from _written(getattr(part, names[key]), inner, (*route, key))
    elif isinstance(part, dict) and isinstance(value, dict):
        for key, inner in value.items():
            yield from _written(part.get(key), inner, (*route, key))
    elif isinstance(part, tuple) and isinstance(value, list) and len(part) == len(value):
        for place, inner in enumerate(value):
            yield from _written(part[place], inner, (*route, place))


def _changed(value: Any, route: tuple[str | int, ...], *, key: str | None = None) -> Any:
    """`value` with something that fits nowhere at `route`, or with its last key called `key`."""
    here, *rest = route
    if isinstance(value, list):
        return [_changed(v, tuple(rest), key=key) if n == here else v for n, v in enumerate(value)]
    found = {}
    for name, inner in value.items():
        if name != here:
            found[name] = inner
        elif rest:
            found[name] = _changed(inner, tuple(rest), key=key)
        else:
            found[key or name] = inner if key else _ANYTHING
    return found


def _findings(value: Any, path: Path) -> list[Finding]:
    text = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=10_000)
    assert read_document(text, str(path))[1] == []
    return parse_recipe(text, path)[1]


@pytest.mark.parametrize(("recipe", "route"), _keys())
def test_a_key_that_is_misspelt_or_says_nonsense_is_told(
    recipe: Recipe, route: tuple[str | int, ...]
) -> None:
    path = Path(recipe.document.path)
    plain = read_document(recipe.document.text, str(path))[0].value

    misspelt = _findings(_changed(plain, route, key=f"{route[-1]}zz"), path)
    nonsense = _findings(_changed(plain, route), path)

    assert misspelt
    assert nonsense or _is_free(route)
    # What Pydantic says is for programmers.
    assert not [f for f in (*misspelt, *nonsense) if "Input should" in f.message]


def _is_free(route: tuple[str | int, ...]) -> bool:
    """Whether a webhook's own JSON stands here."""
    return tuple(route[-2:]) == ("webhook", "body")
