"""What queued sends say: the wording that each gets, and its merge values, no more than its template asks for."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from mactl.content.cells import no_cell_for
from mactl.content.source import TemplateSource, called_in
from mactl.content.supplies import ADDRESSES
from mactl.content.values import values_to_json
from mactl.delivery.channels.telling import fields_told
from mactl.findings import Finding
from mactl.project import Sender, need_sender
from mactl.rules.names import Definition
from mactl.store.state import State
from mactl.store.tokens import Tokens
from mactl.workflows.planning.plan import Plan
from mactl.workflows.rows import plain_rows
from mactl.workflows.writing.standings import Standings, contact_fields, only, roots_of
from mactl.workflows.writing.templates import Compiled, StepTemplate, Templates
from mactl.workflows.writing.wordings import Axis, axis_of, choose_blocks, choose_cells

_ALWAYS = frozenset(("sender", "unsubscribe_url"))


@dataclass(frozen=True)
class Merged:
    """What queued sends say, by send id."""

    values: Mapping[str, str] = field(default_factory=dict)
    """The merge values (JSON) of those that can be written."""
    contents: Mapping[str, str] = field(default_factory=dict)
    """The hash of the source that each is written with."""
    sources: Mapping[str, TemplateSource] = field(default_factory=dict)
    """Hash → source."""
    held: Mapping[str, str] = field(default_factory=dict)
    """Why the others can't be written."""
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """List → enrollment → the code that it gets with this."""
    findings: Sequence[Finding] = ()
    """What is wrong with the tables and codes that they are written with."""


@dataclass(frozen=True)
class Foreseen:
    """What is known of queued sends before they are written, by send id."""

    held: Mapping[str, str] = field(default_factory=dict)
    """Why those can't be written that have no wording."""
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """List → the code that would be handed out, of those whose templates ask for one."""
    findings: Sequence[Finding] = ()
    """What is wrong with the tables and codes that they are written with."""


def merge_values(plan: Plan, templates: Templates, state: State) -> Merged:
    """What each send of `plan` says that goes to the queue; reads the state, and writes nothing: the codes are
    whoever's commits them.

    Raises ConfigurationError where mactl.yaml does not say who the mail comes from, UnreadableInput where a table
    or a list of codes can't be read.
    """
    if plan.intents("queue").empty:
        return Merged()
    return _Merging(plan, templates).merge(state)


def find_unwritable(plan: Plan, templates: Templates, state: State) -> Foreseen:
    """Which sends of `plan` for the queue have no wording, the codes that the others hand out, and what is wrong with
    the tables and codes that they are written with.

    What only the values of a contact show, such as a blank cell, is known when a message is written. Raises as
    `merge_values`, but asks for no sender.
    """
    if plan.intents("queue").empty:
        return Foreseen()
    return _Merging(plan, templates).unwritable(state)


def unsubscribe_url(sender: Sender, tokens: Tokens, send: str) -> str:
    """The address that takes the recipient of `send` off the list: https, or a mailto with the token as subject."""
    token = tokens.unsubscribe(send)
    if "{token}" in sender.unsubscribe:
        return sender.unsubscribe.replace("{token}", token)
    return f"{sender.unsubscribe}?subject=unsubscribe%20{token}"


def addresses_of(sender: Sender, tokens: Tokens, send: str) -> dict[str, str]:
    """The addresses in a message that lead to pages of its own, those that mactl.yaml declares."""
    found = {"unsubscribe_url": unsubscribe_url(sender, tokens, send)}
    made = {
        "preferences_url": tokens.unsubscribe,
        "view_url": tokens.view,
        "confirm_url": tokens.confirm,
    }
    for name, token in made.items():
        address: str | None = getattr(sender, ADDRESSES[name])
        if address is not None:
            found[name] = address.replace("{token}", token(send))
    return found


@dataclass
class _Letter:
    """One send on its way to being written."""

    row: Mapping[str, Any]
    step: StepTemplate
    cell: str | None = None
    compiled: Compiled | None = None
    why_held: str | None = None
    blocks: Mapping[str, int | None] = field(default_factory=dict)

    @property
    def ready(self) -> Compiled:
        """The wording of a letter that can be written."""
        assert self.compiled is not None
        return self.compiled

    @property
    def id(self) -> str:
        """The send's."""
        return str(self.row["id"])


def _codes_of(letter: _Letter, codes: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """List → the code that a letter hands out; lists of which none is left are lacking."""
    whose = letter.row["enrollment"]
    return {name: codes[name][whose] for name in sorted(letter.ready.codes) if whose in codes[name]}


class _Merging:
    def __init__(self, plan: Plan, templates: Templates) -> None:
        self._intents = intents = plan.intents("queue")
        self._gathered = plan.gathered
        self._cookbook = plan.cookbook
        self._settings = plan.settings
        self._templates = templates
        named = (intents["recipe"], intents["version"], intents["step"])
        keys: list[tuple[str, int, str]] = list(zip(*named, strict=True))
        self._groups: dict[tuple[str, int, str], list[int]] = defaultdict(list)
        for place, key in enumerate(keys):
            self._groups[key].append(place)
        self._letters = [
            _Letter(row, templates.of(*key))
            for row, key in zip(plain_rows(intents), keys, strict=True)
        ]
        self._asked: dict[tuple[frozenset[str], str], frozenset[str]] = {}

    def worded(self) -> list[_Letter]:
        """The letters that can be written, each with its wording; the others know why they are held."""
        self._choose_wordings()
        return [letter for letter in self._letters if letter.compiled is not None]

    def merge(self, state: State) -> Merged:
        sender, tokens = need_sender(self._settings), Tokens(state.secret)
        ready = self.worded()
        codes, findings = self._choose_codes(ready, state)
        values = self._values(ready)
        merged: dict[str, str] = {}
        for letter, known in zip(ready, values, strict=True):
            known |= {"sender": {"from": sender.from_, "address": sender.address}}
            known |= addresses_of(sender, tokens, letter.id)
            roots = roots_of(self._needs(letter))
            named = {
                name: value for name, value in known.items() if name in roots or name in _ALWAYS
            }
            merged[letter.id] = values_to_json({**named, **self._extras(letter, codes, named)})
        return Merged(
            merged,
            {letter.id: letter.ready.source.hash for letter in ready},
            {letter.ready.source.hash: letter.ready.source for letter in ready},
            self._held,
            codes,
            (*findings, *self._templates.tables.findings),
        )

    def unwritable(self, state: State) -> Foreseen:
        """See `find_unwritable`."""
        ready = self.worded()
        codes, findings = self._choose_codes(ready, state)
        for source in {letter.ready.source.hash: letter.ready.source for letter in ready}.values():
            self._templates.tables.read(called_in(source, "lookup"))
        handed_out = {letter.id: _codes_of(letter, codes) for letter in ready if letter.ready.codes}
        return Foreseen(self._held, handed_out, (*findings, *self._templates.tables.findings))

    @property
    def _held(self) -> dict[str, str]:
        """Why those letters that have no wording can't be written."""
        return {letter.id: letter.why_held for letter in self._letters if letter.why_held}

    def _extras(
        self, letter: _Letter, codes: Mapping[str, Mapping[str, str]], named: Mapping[str, Any]
    ) -> dict[str, Any]:
        """What a message needs beside values with names of their own: see `names_of`."""
        extras: dict[str, Any] = {"blocks": dict(letter.blocks)} if letter.blocks else {}
        if letter.cell is not None:
            extras["cell"] = letter.cell
        if letter.ready.codes:
            # Where none is left, the message can't be written, says so, and is held until there are more.
            extras["codes"] = _codes_of(letter, codes)
        if letter.ready.tracer.is_needed:
            find = self._templates.tables.find
            extras["lookups"] = letter.ready.tracer.rows({**named, **extras}, find)
        return extras

    def _choose_wordings(self) -> None:
        """Give every letter its cell, its blocks and its source, or the reason why it has none."""
        axes = {key: self._axes(self._templates.of(*key)) for key in self._groups}
        definitions = {a for many in axes.values() for a in many if isinstance(a, Definition)}
        columns = {f"contact.{a}" for many in axes.values() for a in many if isinstance(a, str)}
        standing = Standings(
            self._gathered, self._cookbook, self._settings, frozenset(), sorted(definitions)
        )
        for key, places in self._groups.items():
            letters = [self._letters[place] for place in places]
            contacts = [letter.row["contact"] for letter in letters]
            fields = contact_fields(contacts, self._gathered, self._settings, frozenset(columns))
            values = [
                [f.get(a) if isinstance(a, str) else standing.value(a, contact) for a in axes[key]]
                for contact, f in zip(contacts, fields, strict=True)
            ]
            self._word(letters, values, self._intents.iloc[places])

    def _axes(self, step: StepTemplate) -> list[Axis]:
        return [axis_of(name, step.recipe, self._cookbook) for name in step.template.by]

    def _word(
        self, letters: Sequence[_Letter], values: Sequence[Sequence[Any]], intents: pd.DataFrame
    ) -> None:
        """Of one step: the cell that fits `values`, and the contents of blocks."""
        step = letters[0].step
        cells = choose_cells(step, values)
        blocks = choose_blocks(intents, step, self._gathered, self._cookbook, self._settings)
        for letter, cell, row, chosen in zip(letters, cells, values, blocks, strict=True):
            if cell is None and step.template.cells:
                letter.why_held = no_cell_for(
                    step.template.by, [None if v is None else str(v) for v in row]
                )
                continue
            letter.cell, letter.blocks = cell, chosen
            letter.compiled, problems = step.wording(cell, letter.row["occurrence"])
            if letter.compiled is None:
                letter.why_held = problems[0].message

    def _choose_codes(
        self, letters: Sequence[_Letter], state: State
    ) -> tuple[dict[str, dict[str, str]], list[Finding]]:
        wanted: dict[str, list[str]] = defaultdict(list)
        for letter in letters:
            for name in letter.ready.codes:
                wanted[name].append(letter.row["enrollment"])
        if not wanted:
            return {}, []
        lists = self._templates.codes
        with state.reading() as connection:
            chosen = lists.choose(connection, wanted)
            findings = lists.findings(connection, chosen)
        return chosen, findings

    def _needs(self, letter: _Letter) -> frozenset[str]:
        """What a letter's template asks for, and what its channel is told beside."""
        needs, name = letter.ready.needs, letter.row["channel"]
        if (needs, name) not in self._asked:
            channel = self._settings.channels.get(name)
            told = fields_told(name, channel) if channel is not None else frozenset()
            self._asked[needs, name] = needs | {f"contact.{field}" for field in told}
        return self._asked[needs, name]

    def _values(self, letters: Sequence[_Letter]) -> list[dict[str, Any]]:
        """The values of each letter by the names that templates know, only those that its template uses."""
        needs = [self._needs(letter) for letter in letters]
        used = frozenset[str]().union(*needs)
        derived = {
            (letter.step.recipe.id, name)
            for letter in letters
            for name in letter.step.recipe.file.fields
            if "contact" in used or f"contact.{name}" in used
        }
        fields = contact_fields(
            [letter.row["contact"] for letter in letters], self._gathered, self._settings, used
        )
        standing = Standings(
            self._gathered, self._cookbook, self._settings, used,
            (Definition("field", f"{recipe}.{name}") for recipe, name in sorted(derived)),
        )  # fmt: skip
        values = []
        for letter, asked, contact in zip(letters, needs, fields, strict=True):
            who, recipe = letter.row["contact"], letter.step.recipe.id
            for name in letter.step.recipe.file.fields:
                if (recipe, name) in derived:
                    contact[name] = standing.value(Definition("field", f"{recipe}.{name}"), who)
            values.append(
                {
                    "contact": only(contact, "contact", asked),
                    **standing.of(who, recipe, asked),
                    "event": only(letter.row["trigger"], "event", asked),
                }
            )
        return values
