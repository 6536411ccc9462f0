"""What is wrong with an SPF tree, and what to publish instead."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from mactl.audit.dns import Answer
from mactl.audit.fixes import MAX_STRING, in_strings, publish
from mactl.audit.names import excerpt, is_within, normalised, printable
from mactl.audit.spf import kinds
from mactl.audit.spf.absent import absence
from mactl.audit.spf.cure import Cure, cure_of
from mactl.audit.spf.evaluate import MAX_MX_NAMES
from mactl.audit.spf.fixes import MAX_LENGTH, by_owner
from mactl.audit.spf.limits import judge_limits
from mactl.audit.spf.ranges import Reached, judge_ranges
from mactl.audit.spf.record import SpfRecord, parse_spf
from mactl.audit.spf.slips import suggestion
from mactl.audit.spf.terms import MECHANISMS, Directive, Modifier, Term, is_term
from mactl.audit.spf.tree import Branch, NodeState, SpfNode
from mactl.findings import Finding

_MAX_FAULTS = 20  # of one record; who has more knows enough
_MAX_TERMS = 100  # of a record that anybody wrote


def judge_tree(tree: SpfNode, shorter: str = "") -> list[Finding]:
    """All findings of a tree whose root has exactly one record.

    `shorter` is what to do about too many lookups, where there is more to say than to leave some out.
    """
    root = tree.record
    if root is None:
        return []
    reached = tree.reach()
    nodes = [_Node(node, tree, passes) for node, passes in reached]
    findings = [finding for node in nodes for finding in node.judge()]
    top = nodes[0]
    findings += judge_limits(tree, reached, top.published, "" if top.has_errors else shorter)
    findings += judge_ranges(tree, reached)
    findings += _endings(tree, reached)
    findings += _style(top, root)
    return findings


class _Node:
    """One domain of a tree: its findings, with fixes for whoever can publish there.

    A record that is told mends all errors of the one that is there, so that whichever is copied
    works. `passes` tells whether what passes here passes at the root.
    """

    def __init__(self, node: SpfNode, tree: SpfNode, passes: bool) -> None:
        self.node, self.passes = node, passes
        self.tree = tree
        self.at = printable(node.domain)
        self.is_root = node is tree
        self.is_own = is_within(node.domain, tree.domain)
        self.way = "" if self.is_root else f", which {printable(tree.domain)} comes to"

    def judge(self) -> Iterator[Finding]:
        """What is wrong here."""
        node, record = self.node, self.node.record
        if node.state is NodeState.MULTIPLE:
            yield multiple_records(node.domain, node.records, self.way, self._fix)
        if record is None:
            return
        yield from self._syntax(record)
        for branch in node.branches:
            yield from self._branch(branch)
        for term in (*record.directives, record.redirect):
            if term is not None and _asks_for_names(term):
                message = f"{self.at} uses '{_shown(term)}'{self.way}"
                yield kinds.PTR.found(message, self._without(term))
        end = record.all
        if self.passes and end is not None and end.qualifier == "+":
            message = f"{self.at} ends in '{_shown(end)}'{self.way}: any address passes"
            fix = f"leave {self.at} out, or have its owner end the record in -all"
            if self.is_own:
                otherwise = (
                    f"name the addresses that send instead of '{_shown(end)}', and end in '~all'"
                )
                fix = self.published(otherwise, all="~all")
            yield kinds.PASS_ALL.found(message, fix)

    @cached_property
    def _cure(self) -> Cure | None:
        """What mends its errors; None where it is too long to be shown, or another's."""
        record = self.node.record
        if record is None or not self.is_own or not _is_handy(record):
            return None
        return cure_of(self.node, self.tree, passes=self.passes)

    @property
    def has_errors(self) -> bool:
        """Whether its record by itself has errors that another one would not have."""
        record, cure = self.node.record, self._cure
        changed = cure is not None and (cure.without or cure.instead or cure.all)
        return bool(changed) or (record is not None and bool(record.faults))

    def _whole(
        self,
        *,
        without: Iterable[Term] = (),
        instead: Mapping[int, str] | None = None,
        all: str = "",
    ) -> str:
        """To publish the record without its errors, and with these changes; '' where that can't be told."""
        record, cure = self.node.record, self._cure
        if record is None or cure is None:
            return ""
        text = cure.applied(record, without=without, instead=instead, all=all)
        return publish(text, self.node.domain) if text else ""

    def published(
        self,
        otherwise: str,
        *,
        without: Iterable[Term] = (),
        instead: Mapping[int, str] | None = None,
        all: str = "",
    ) -> str:
        """The same; what to do `otherwise` where what was meant by a term can't be told either."""
        is_clear = self._cure is not None and self._cure.is_clear
        whole = self._whole(without=without, instead=instead, all=all) if is_clear else ""
        return whole or (self._fix(otherwise) if otherwise else "")

    def _fix(self, fix: str) -> str:
        return by_owner(fix, self.node.domain, self.tree.domain)

    def _without(self, term: Term) -> str:
        """To leave a term out: the record, where that is for the domain's owner to publish."""
        return self.published(f"leave out '{_shown(term)}'", without=[term])

    def _step(self, step: str, whole: str) -> str:
        """One step, and the record that it leads to with all others."""
        return self._fix(f"{step}: {whole}" if whole else step)

    def _syntax(self, record: SpfRecord) -> Iterator[Finding]:
        whole = self._whole() if record.faults else ""
        for fault in record.faults[:_MAX_FAULTS]:
            term = excerpt(fault.term)
            message = excerpt(fault.message)
            step = f"correct '{term}', or leave it out" if self.is_own else f"leave out '{term}'"
            if fault.suggestion:
                step = f"write '{fault.suggestion}' instead of '{term}'"
            where = f"(character {fault.column}{self.way})"
            fix = self._step(step, whole)
            yield kinds.SYNTAX.found(f"{self.at}: '{term}': {message} {where}", fix)

    def _branch(self, branch: Branch) -> Iterator[Finding]:
        term, at = _shown(branch.term), self.at
        if branch.failure:
            yield kinds.TEMPERROR.found(
                f"'{term}' of {at} can't be resolved: {branch.failure}",
                "have the DNS of that name repaired, or try again later",
            )
        if branch.dynamic:
            yield kinds.DYNAMIC.found(f"'{term}' of {at} looks up another name for each message")
        if branch.mx_names > MAX_MX_NAMES:
            yield kinds.TOO_MANY_MX.found(
                f"'{term}' of {at} leads to {branch.mx_names} MX hosts, {MAX_MX_NAMES} are allowed",
                self._fix(f"name the sending hosts with ip4 and ip6 instead of '{term}'"),
            )
        if branch.void:
            message = f"'{term}' of {at}: {_why_void(branch)}"
            yield kinds.VOID_LOOKUP.found(message, self._instead(branch))
        node = branch.node
        if node is None:
            return
        if node.state is NodeState.LOOP:
            message = f"'{term}' of {at} leads back to {printable(node.domain)}"
            yield kinds.LOOP.found(message, self._without(branch.term))
        if node.whole.state is NodeState.ABSENT and node.answer is not None:
            is_include = branch.mechanism == "include"
            kind = kinds.INCLUDE_NO_RECORD if is_include else kinds.REDIRECT_NO_RECORD
            message = f"'{term}' of {at}: {absence(node.answer)}"
            yield kind.found(message, self._instead(branch))

    def _instead(self, branch: Branch) -> str:
        """What to write instead of a term that leads nowhere."""
        term = branch.term
        # A host with IPv6 alone is void for whoever was reached over IPv4, and sends all the same.
        meant = branch.listed or suggestion(term.text, is_term)
        if meant:
            whole = self.published("", instead={term.column: meant})
            return self._step(f"write '{meant}' instead of '{_shown(term)}'", whole)
        whole = self.published("", without=[term])
        return self._step(f"correct '{_shown(term)}', or leave it out", whole)


def _is_handy(record: SpfRecord) -> bool:
    """Whether a record is short enough to be shown with each thing that is wrong in it."""
    return len(record.terms) + len(record.faults) <= _MAX_TERMS


def _asks_for_names(term: Term) -> bool:
    """The ptr mechanism, or the macro %{p} (RFC 7208 5.5 and 7.2)."""
    if isinstance(term, Modifier):
        return term.name == "redirect" and "p" in term.value.letters
    return term.mechanism == "ptr" or (term.domain is not None and "p" in term.domain.letters)


def _why_void(branch: Branch) -> str:
    target = printable(branch.void)
    if branch.mechanism == "mx":
        return f"{target} has no MX record"
    return f"{target} has no {'IPv4 ' if branch.networks else ''}address"


def multiple_records(
    domain: str,
    records: tuple[SpfRecord, ...],
    way: str = "",
    by: Callable[[str], str] = str,
) -> Finding:
    """Several records at one name, with the one that says the same as all of them.

    `by` turns the fix into one for whoever can publish at `domain`.
    """
    at = printable(domain)
    merged = one_record(records)
    return kinds.MULTIPLE_RECORDS.found(
        f"{at} has {len(records)} SPF records{way}",
        by(f"publish one: '{printable(merged)}'{in_strings(merged)}"),
    )


def one_record(records: Sequence[SpfRecord]) -> str:
    """The record that lets send whom one of several lets send, unless that is everybody."""
    terms: dict[str, None] = {}
    others: dict[str, None] = {}
    ends: list[str] = []
    for record in records:
        if record.redirect is not None:
            # Behind the terms of others a redirect is not come to; what it lets pass, an include does.
            others.setdefault(f"include:{record.redirect.value}")
            ends.append("~all")
        for term in record.terms:
            if isinstance(term, Directive) and term.mechanism == "all":
                ends.append(term.text)
            elif not (isinstance(term, Modifier) and term.name in ("redirect", "exp")):
                terms.setdefault(term.text)
    # The mildest end loses no mail; a stricter one can follow once all senders are known.
    mildest = (text for mild in "?~-" for text in ends if text.startswith(mild))
    end = "~all" if any(text[0] not in "?~-" for text in ends) else next(mildest, "~all")
    exp = next((e.text for record in records if (e := record.modifier("exp"))), "")
    return " ".join(filter(None, ("v=spf1", *terms, *others, end, exp)))


def _endings(tree: SpfNode, reached: Reached) -> Iterator[Finding]:
    """How the record ends, wherever its redirects lead."""
    last = tree.last_word
    if last.record is None:
        return
    where, name = printable(tree.domain), last.domain
    if last is not tree:
        where += f" (by its redirect, {printable(name)})"
    passes = any(passes for node, passes in reached if node is last)
    fix = _Node(last, tree, passes).published("end the record in '~all'", all="~all")
    if last.all == "?all":
        yield kinds.NEUTRAL_ALL.found(f"the record of {where} ends in '?all'", fix)
    elif last.all is None and _is_open(parse_spf(last.record.rewritten())):
        message = f"the record of {where} has no 'all'"
        if len(last.record.text) == MAX_STRING:
            message += f", and exactly {MAX_STRING} characters: what publishes it may cut it off"
            fix = "publish the whole of it, in strings of up to 255 characters"
        yield kinds.NO_ALL.found(message, fix)


def _is_open(record: SpfRecord) -> bool:
    """Whether a record, its slips mended, says nothing about addresses that it doesn't name."""
    return record.all is None and record.redirect is None


def _style(top: _Node, root: SpfRecord) -> Iterator[Finding]:
    at = top.at
    if root.unreachable and root.all is not None:
        terms = " ".join(_shown(term) for term in root.unreachable)
        yield kinds.TERMS_AFTER_ALL.found(
            f"{at} has '{terms}' behind '{_shown(root.all)}'",
            top.published(f"move '{_shown(root.all)}' to the end"),
        )
    redirect = root.modifier("redirect")
    if redirect is not None and root.all is not None:
        yield kinds.REDIRECT_IGNORED.found(
            f"{at} has both '{_shown(redirect)}' and '{_shown(root.all)}'",
            top.published(f"leave out '{_shown(redirect)}'"),
        )
    modifiers = [term for term in root.terms if isinstance(term, Modifier)]
    for term in modifiers[:_MAX_FAULTS]:
        if term.name == "v":
            yield kinds.SECOND_VERSION.found(
                f"{at} has '{_shown(term)}' again at character {term.column}",
                top.published(f"leave out '{_shown(term)}'", without=[term]),
            )
        elif term.name not in ("redirect", "exp"):
            fix = top.published(f"leave out '{_shown(term)}'", without=[term])
            if term.name in MECHANISMS:
                meant = printable(term.text.replace("=", ":", 1))
                whole = top.published("", instead={term.column: meant})
                fix = f"write '{meant}': {whole}" if whole else f"write '{meant}'"
            yield kinds.UNKNOWN_MODIFIER.found(f"{at} has '{_shown(term)}'", fix)
    yield from _sizes(top.tree, root)


def _sizes(tree: SpfNode, root: SpfRecord) -> Iterator[Finding]:
    at = printable(tree.domain)
    if len(root.text) > MAX_LENGTH:
        yield kinds.LONG_RECORD.found(
            f"the record of {at} has {len(root.text)} characters, {MAX_LENGTH} fit in any answer",
            f"move some of its terms to _spf.{at}, and put 'include:_spf.{at}' in their place",
        )
    elif tree.answer is not None and (size := _answer_size(tree.answer)) > 512:
        yield kinds.LARGE_ANSWER.found(f"the TXT records of {at} take {size} bytes together")


def _answer_size(answer: Answer) -> int:
    """Octets of the answer on the wire without EDNS (RFC 1035 4): header, question, records."""
    question = len(normalised(answer.name)) + 2 + 4
    records = sum(12 + len(text) + max(1, -(-len(text) // 255)) for text in answer.records)
    return 12 + question + records


def _shown(term: Term) -> str:
    return excerpt(term.text)
