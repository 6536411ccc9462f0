"""What `mactl check --fix` mends by itself: findings with one answer, as edits of the text where it stands.

| finding | becomes |
|---|---|
| a misspelt name with one that looks like it, and no second | that name |
| a misspelt key of four letters and more | the key that was meant |
| `3 dys`, `3days`, `36h` | `3 days`, `36 hours` |
| text that YAML reads as a number or a truth | the text between quotes |
| text with a colon, or that begins with `@`, `%`, a backtick or `{{` | the text between quotes |
| `version: "2"`, `holdout: 10` | `version: 2`, `holdout: 10%` |
| `recipe:` missing, or another name than the file's | `recipe: FILE` |
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath

from rapidfuzz import process
from rapidfuzz.distance import OSA

from mactl.checks.scope import Look, Scope
from mactl.findings import Finding, Place


@dataclass(frozen=True, slots=True)
class Edit:
    """`old`, which stands at `place`, becomes `new`; what for is told by the finding."""

    place: Place
    old: str
    new: str
    finding: str

    def __str__(self) -> str:
        return f"{self.place}: {self.finding}: {self.old or '(nothing)'} → {self.new.strip()}"


_MOST_EDITS = 500
"""In one round."""
_MEANT = re.compile(r"did you mean '([^']+)'\?")
_WORD = re.compile(r"'([^']*)'")
_NOT_A_SHARE = re.compile(r"(?:^|: )(\d+(?:\.\d+)?) is not a share")
_KEBAB = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SHORT = {"h": "hour", "hr": "hour", "hrs": "hour", "d": "day", "w": "week", "wk": "week", "min": "minute",
          "mins": "minute", "y": "year", "yr": "year"}  # fmt: skip
_UNITS = ("second", "minute", "hour", "day", "business day", "week", "month", "year")
_LENGTH = re.compile(r"([+-]?\d+)\s*([a-z]+(?: [a-z]+)?)", re.IGNORECASE)
_KEY = re.compile(r"(?:^|[{,]\s*)([\w-]+)(?=\s*:)")
_UNQUOTED = re.compile(r"^(\s*(?:- )*[\w-]+:[ ]+)((?![\"'|>&*\[]).*?)(\s*(?:\s#.*)?)$")


def find_edits(findings: Iterable[Finding], texts: Mapping[str, str], scope: Scope) -> list[Edit]:
    """An edit for each of `findings` that has one answer; those that overlap wait for the next round.

    `texts` are the files by their paths; files that are not in it are left alone.
    """
    edits: dict[tuple[str, int], Edit] = {}
    lines = {path: text.split("\n") for path, text in texts.items()}
    looks = {look.recipe.document.path: look for look in scope}
    for finding in findings:
        place = finding.place
        if place is None or place.path not in lines or (place.path, place.line) in edits:
            continue
        if len(edits) >= _MOST_EDITS:
            break
        edit = _edit_for(finding, place, lines[place.path], looks.get(place.path), scope)
        if edit is not None and edit.old != edit.new:
            edits.setdefault((place.path, place.line), edit)
    return list(edits.values())


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """`text` with `edits` made, at most one a line; those whose words are not there are left out."""
    lines = text.split("\n")
    for edit in edits:
        number, column = edit.place.line - 1, edit.place.column - 1
        line = lines[number] if number < len(lines) else ""
        if line[column : column + len(edit.old)] == edit.old:
            lines[number] = line[:column] + edit.new + line[column + len(edit.old) :]
    return "\n".join(lines)


def _edit_for(
    finding: Finding, place: Place, lines: list[str], look: Look | None, scope: Scope
) -> Edit | None:
    line = lines[place.line - 1] if 0 < place.line <= len(lines) else ""
    rest = line[max(place.column - 1, 0) :]
    id = finding.id

    def edit(old: str, new: str, column: int = place.column) -> Edit:
        return Edit(Place(place.path, place.line, column), old, new, id)

    if id == "recipe-name":
        return _rename(finding, place, rest, edit_id=id)
    if id == "missing-key" and finding.message.startswith("'recipe' is missing at the top"):
        stem = PurePath(place.path).stem
        here = Place(place.path, 1, 1)
        return Edit(here, "", f"recipe: {stem}\n", id) if _KEBAB.fullmatch(stem) else None
    if id == "yaml-syntax":
        return _quoted_line(place, line, id)
    if id == "bad-value":
        found = _better_value(finding, rest)
        return edit(*found) if found else None
    if id == "unknown-key" or id.startswith("unknown-"):
        found = _better_name(finding, rest, look, scope)
        return edit(*found) if found else None
    return None


def _rename(finding: Finding, place: Place, rest: str, *, edit_id: str) -> Edit | None:
    """The recipe is called after its file, where that is a name that recipes can have."""
    stem = PurePath(place.path).stem
    words = _WORD.findall(finding.message)
    if not _KEBAB.fullmatch(stem) or not words:
        return None
    old = next(
        (w for w in (f'"{words[0]}"', f"'{words[0]}'", words[0]) if rest.startswith(w)), None
    )
    return Edit(place, old, stem, edit_id) if old else None


def _quoted_line(place: Place, line: str, id: str) -> Edit | None:
    """The value of a `key: value` line between quotes, where YAML trips over it."""
    found = _UNQUOTED.match(line.rstrip("\r"))
    if not found or not found[2].strip():
        return None
    value = found[2]
    trips = ": " in value or value.endswith(":") or value[0] in "@`%" or value.startswith("{{")
    if not trips:
        return None
    return Edit(Place(place.path, place.line, found.end(1) + 1), value, _quote(value), id)


def _quote(text: str) -> str:
    """`text` between the quotes in which it means itself."""
    if "\\" not in text and '"' not in text:
        return f'"{text}"'
    return "'" + text.replace("'", "''") + "'"


def _better_value(finding: Finding, rest: str) -> tuple[str, str] | None:
    """What stands in `rest`, and what it should be."""
    word = _first_word(rest)
    bare = word.strip("\"'")
    if "between quotes" in (finding.hint or "") and word == bare and word:
        return word, _quote(word)
    if "not a length of time" in finding.message:
        written = next(iter(_WORD.findall(finding.message)), "")
        better = _length(written)
        at = rest.find(written)
        return (rest[:at] + written, rest[:at] + better) if better and 0 <= at <= 1 else None
    share = _NOT_A_SHARE.search(finding.message)
    if share and float(share[1]) >= 1 and rest.startswith(share[1]):
        return share[1], f"{share[1]}%"
    if "a whole number is expected" in finding.message and word != bare and bare.isdigit():
        return word, bare
    meant = _MEANT.search(finding.hint or "")
    if meant and _alike(bare, meant[1]) and "is not one of" in finding.message:
        return word, word.replace(bare, meant[1])
    return _better_keyword(rest, meant[1]) if meant and "this is not a" in finding.message else None


def _better_keyword(rest: str, meant: str) -> tuple[str, str] | None:
    """The one key of the mapping that `rest` begins with which is nearly `meant`."""
    near = [key for key in _KEY.finditer(rest.partition("}")[0]) if _alike(key[1], meant)]
    if len(near) != 1:
        return None
    upto = rest[: near[0].start(1)]
    return upto + near[0][1], upto + meant


def _first_word(rest: str) -> str:
    """The scalar that `rest` begins with."""
    quoted = re.match(r'"[^"]*"|\'[^\']*\'', rest)
    if quoted:
        return quoted[0]
    plain = re.match(r"[^,\]}#:]+(?<!\s)", rest)
    return plain[0].rstrip() if plain else ""


def _length(written: str) -> str | None:
    """`3 dys` as `3 days`; None where it could be something else."""
    found = _LENGTH.fullmatch(written.strip())
    if not found:
        return None
    amount, unit = found[1], found[2].lower()
    singular = _SHORT.get(unit) or unit.rstrip("s")
    near = [known for known in _UNITS if OSA.distance(known, singular) <= 1]
    near = [singular] if singular in _UNITS else near
    if len(near) != 1:
        return None
    return f"{amount} {near[0]}{'' if abs(int(amount)) == 1 else 's'}"


def _better_name(
    finding: Finding, rest: str, look: Look | None, scope: Scope
) -> tuple[str, str] | None:
    meant = _MEANT.search(finding.hint or "")
    words = _WORD.findall(finding.message)
    if not meant or not words:
        return None
    wrong, right = words[0], meant[1]
    if finding.id == "unknown-key":
        fits = len(wrong) >= 4 and len(right) >= 4 and _alike(wrong, right)
    else:
        near = _near(wrong, list(_known(finding.id, look, scope))) if look else []
        fits = near == [right]
    old = next((w for w in (f'"{wrong}"', f"'{wrong}'", wrong) if rest.startswith(w)), None)
    return (old, old.replace(wrong, right)) if fits and old else None


def _near(wrong: str, known: list[str]) -> list[str]:
    """Those of `known` that could have been meant; of two segments alike in two recipes, both."""
    shorts = [name.rpartition(".")[2] for name in known]
    word = wrong.rpartition(".")[2]
    likely = process.extract(word, shorts, scorer=OSA.distance, score_cutoff=2, limit=5)
    found = {known[index] for short, _, index in likely if _alike(word, short)}
    return sorted(found)


def _known(id: str, look: Look, scope: Scope) -> Iterator[str]:
    """The names that could have been meant, as the recipe would write them."""
    cookbook, settings, own = scope.cookbook, scope.settings, f"{look.recipe.id}."
    defined = {
        "unknown-segment": cookbook.segments,
        "unknown-score": cookbook.scores,
        "unknown-label": cookbook.labels,
    }.get(id)
    if defined is not None:
        yield from (name.removeprefix(own) for name in defined)
    elif id == "unknown-stage":
        yield from cookbook.stages
    elif id == "unknown-recipe":
        yield from cookbook.recipes
    elif id == "unknown-template":
        yield from look.recipe.file.templates
    elif id == "unknown-step" and look.flow is not None:
        yield from look.flow.routes
    elif id == "unknown-bucket":
        for label in cookbook.labels.values():
            yield from label
    elif settings is not None:
        declared: dict[str, Iterable[str]] = {
            "unknown-team": settings.teams,
            "unknown-webhook": settings.webhooks,
            "unknown-channel": settings.channels,
            "unknown-topic": settings.consent,
            "unknown-objective": settings.objectives,
        }
        yield from declared.get(id, ())


def _alike(wrong: str, right: str) -> bool:
    """Whether one is the other with a slip or two of the keyboard; neighbours that changed places are one."""
    return OSA.distance(wrong, right) <= (1 if min(len(wrong), len(right)) < 6 else 2)
