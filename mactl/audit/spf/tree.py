"""The include and redirect tree of an SPF record, with what each branch costs (RFC 7208 4.6.4)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_network

from mactl.audit.addresses import Network
from mactl.audit.dns import Answer, Outcome
from mactl.audit.names import is_queryable, normalised, printable
from mactl.audit.spf.evaluate import MAX_MX_NAMES
from mactl.audit.spf.gather import MAX_LEVELS, MAX_TERMS, Gathered, target_of
from mactl.audit.spf.record import SpfRecord
from mactl.audit.spf.terms import LOOKUP_TERMS, Directive, Term

_MAX_NETWORKS = 20_000  # of all terms together; each prefix length makes others of one host
_Range = tuple[str, str, int, int]
"""A mechanism, its target, and the prefix lengths."""


class NodeState(StrEnum):
    """What the TXT question for a node's domain brought."""

    RECORD = "record"
    ABSENT = "absent"
    MULTIPLE = "multiple"
    FAILED = "failed"
    LOOP = "loop"  # the domain stands on its own way to the root
    REPEATED = "repeated"  # shown in full elsewhere in the tree, and counted here again
    CUT = "cut"  # further than anybody needs to look


@dataclass(frozen=True, slots=True)
class Branch:
    """One reachable term that looks up: its target, its costs and what hangs below it.

    `lookups` and `void_lookups` include those below. `void` is the name that does not exist,
    `failure` the question that the DNS failed on, `dynamic` a target that depends on the message.
    `networks` are the addresses that an `a` or `mx` comes to, all of them where `certain`; `found`
    tells that an `exists` finds what it asks for.
    """

    term: Term
    mechanism: str
    target: str | None
    lookups: int = 1
    void_lookups: int = 0
    void: str = ""
    failure: str = ""
    dynamic: bool = False
    mx_names: int = 0
    networks: tuple[Network, ...] = field(default=(), repr=False)
    certain: bool = False
    found: bool = False
    node: "SpfNode | None" = None

    @property
    def passes(self) -> bool:
        """Whether what it matches passes: `+include:…`, or a redirect."""
        return not isinstance(self.term, Directive) or self.term.qualifier == "+"

    @property
    def listed(self) -> str:
        """The term as the addresses that it comes to, with its qualifier; '' where there are none."""
        qualifier = self.term.qualifier if isinstance(self.term, Directive) else "+"
        sign = qualifier.replace("+", "")
        return " ".join(dict.fromkeys(f"{sign}ip{n.version}:{_bare(n)}" for n in self.networks))

    @property
    def is_void(self) -> bool:
        """Whether the term's own question brings nothing (RFC 7208 4.6.4)."""
        below = self.node
        lost = below is not None and below.whole.state is NodeState.ABSENT
        return bool(self.void) or (lost and self.void_lookups > 0)


@dataclass(frozen=True, slots=True)
class SpfNode:
    """One domain in the tree: its record and the branches of its reachable terms."""

    domain: str
    state: NodeState
    answer: Answer | None = None
    records: tuple[SpfRecord, ...] = ()
    branches: tuple[Branch, ...] = ()
    lookups: int = 0
    void_lookups: int = 0
    # Left out of what is printed and compared, which would follow each of the ways that lead there.
    original: "SpfNode | None" = field(default=None, repr=False, compare=False)

    @property
    def record(self) -> SpfRecord | None:
        """The record that counts."""
        return self.records[0] if self.state is NodeState.RECORD else None

    @property
    def whole(self) -> "SpfNode":
        """This node as it is drawn in full: where it is repeated, the first one."""
        return self.original or self

    @property
    def last_word(self) -> "SpfNode":
        """The node whose `all`, or the lack of it, decides: this one, or the end of redirects."""
        node = self.whole
        redirect = next((b.node for b in node.branches if b.mechanism == "redirect"), None)
        return redirect.last_word if redirect is not None else node

    @property
    def all(self) -> str | None:
        """The `all` that decides, such as `-all`; None where there is none."""
        record = self.last_word.record
        end = record.all if record is not None else None
        return None if end is None else f"{end.qualifier}all"

    def reach(self) -> list[tuple["SpfNode", bool]]:
        """This node and all below, each once, with whether what it passes passes at the root."""
        found: dict[str, tuple[SpfNode, bool]] = {}
        waiting = [(self, True)]
        while waiting:
            node, passing = waiting.pop(0)
            node = node.whole
            key = f"{node.domain} {node.state}"
            if key in found and (found[key][1] or not passing):
                continue
            found[key] = (node, passing)
            below = [(b.node, passing and b.passes) for b in node.branches if b.node is not None]
            waiting = below + waiting
        return list(found.values())

    def as_json(self) -> dict[str, object]:
        """The node as plain values, everything from the DNS made printable."""
        branches = {branch.term.column: branch for branch in self.branches}
        terms = self.record.terms if self.record is not None else ()
        return {
            "domain": printable(self.domain),
            "state": self.state.value,
            "record": printable(self.record.text) if self.record is not None else None,
            "records": [printable(record.text) for record in self.records],
            "lookups": self.lookups,
            "void_lookups": self.void_lookups,
            "terms": [_term_json(term, branches.get(term.column)) for term in terms],
        }


def _term_json(term: Term, branch: Branch | None) -> dict[str, object]:
    shown: dict[str, object] = {"term": printable(term.text)}
    if branch is not None:
        shown |= {
            "lookups": branch.lookups,
            "void_lookups": branch.void_lookups,
            "target": printable(branch.target) if branch.target is not None else None,
        }
        if branch.node is not None:
            shown["tree"] = branch.node.as_json()
    return shown


def build_tree(domain: str, gathered: Gathered) -> SpfNode:
    """The tree below `domain`, each domain in full where it first occurs."""
    return _Builder(gathered).node(domain, ())


class _Builder:
    def __init__(self, gathered: Gathered) -> None:
        self.gathered = gathered
        self.built: dict[str, SpfNode] = {}
        self.networks: dict[_Range, tuple[Network, ...]] = {}
        self.made = 0  # networks
        gathered.terms = 0

    def node(self, domain: str, way: tuple[str, ...]) -> SpfNode:
        if domain in way:
            return SpfNode(domain, NodeState.LOOP)
        if (seen := self.built.get(domain)) is not None:
            # Drawn once, counted each time: a record that fans out can't blow up the tree.
            return SpfNode(
                domain,
                NodeState.REPEATED,
                seen.answer,
                seen.records,
                lookups=seen.lookups,
                void_lookups=seen.void_lookups,
                original=seen,
            )
        if len(way) >= MAX_LEVELS:
            return SpfNode(domain, NodeState.CUT)
        built = self._fresh(domain, (*way, domain))
        self.built[domain] = built
        return built

    def _fresh(self, domain: str, way: tuple[str, ...]) -> SpfNode:
        if not is_queryable(domain):
            answer = Answer(domain, "TXT", Outcome.NXDOMAIN, detail="not a legal domain name")
            return SpfNode(domain, NodeState.ABSENT, answer)
        published = self.gathered.published.get(domain)
        if published is None or published.answer.outcome is Outcome.UNASKED:
            return SpfNode(domain, NodeState.CUT)
        answer, records = published.answer, published.records
        if answer.failed:
            return SpfNode(domain, NodeState.FAILED, answer)
        if not records:
            return SpfNode(domain, NodeState.ABSENT, answer)
        if len(records) > 1:
            return SpfNode(domain, NodeState.MULTIPLE, answer, records)
        branches = tuple(self._branches(domain, records[0], way))
        lookups = sum(branch.lookups for branch in branches)
        void_lookups = sum(branch.void_lookups for branch in branches)
        return SpfNode(domain, NodeState.RECORD, answer, records, branches, lookups, void_lookups)

    def _branches(self, domain: str, record: SpfRecord, way: tuple[str, ...]) -> Iterator[Branch]:
        for directive in record.directives:
            if directive.mechanism in LOOKUP_TERMS:
                self.gathered.terms += 1
                if self.gathered.terms > MAX_TERMS:
                    break
                yield self._branch(directive, directive.mechanism, domain, way)
        if record.redirect is not None:
            yield self._branch(record.redirect, "redirect", domain, way)

    def _branch(self, term: Term, mechanism: str, domain: str, way: tuple[str, ...]) -> Branch:
        target = target_of(term, domain, self.gathered.sender)
        if target is None:
            return Branch(term, mechanism, None, dynamic=mechanism != "ptr")
        if mechanism in ("include", "redirect"):
            node = self.node(target, way)
            absent = node.state is NodeState.ABSENT and node.answer is not None
            void = int(absent and node.answer is not None and node.answer.absent)
            return Branch(
                term,
                mechanism,
                target,
                1 + node.lookups,
                void + node.void_lookups,
                failure=node.answer.failure if node.answer and node.answer.failed else "",
                node=node,
            )
        return self._addresses(term, mechanism, target)

    def _addresses(self, term: Term, mechanism: str, target: str) -> Branch:
        """An `a`, `mx` or `exists`, seen as a receiver sees it that was reached over IPv4."""
        first = self.gathered.answers.get((target, "MX" if mechanism == "mx" else "A"))
        if first is None:
            # No question can ask for it.
            return Branch(term, mechanism, target, void=target, certain=True)
        hosts = [target]
        mx_names = 0
        answers: list[Answer] = []
        if mechanism == "mx":
            hosts = [normalised(host) for _, host in first.exchanges[:MAX_MX_NAMES]]
            mx_names = len(first.exchanges)
            answers.append(first)
        answers += self._host_answers(hosts)
        wanted = [(host, rdtype) for host in hosts if host for rdtype in ("A", "AAAA")]
        failed = (a for a in answers if a.failed and a.outcome is not Outcome.UNASKED)
        networks = self._networks(term, mechanism, target, answers)
        return Branch(
            term,
            mechanism,
            target,
            void_lookups=int(first.absent),
            void=target if first.absent else "",
            failure=next((answer.failure for answer in failed), ""),
            mx_names=mx_names,
            networks=networks or (),
            certain=networks is not None
            and not any(answer.failed for answer in answers)
            and all(key in self.gathered.answers for key in wanted),
            found=mechanism == "exists" and bool(first.records),
        )

    def _host_answers(self, hosts: list[str]) -> list[Answer]:
        keys = [(host, rdtype) for host in hosts for rdtype in ("A", "AAAA")]
        return [self.gathered.answers[key] for key in keys if key in self.gathered.answers]

    def _networks(
        self, term: Term, mechanism: str, target: str, answers: list[Answer]
    ) -> tuple[Network, ...] | None:
        """What an `a` or `mx` matches, made once however often it is there; None for too much."""
        if not isinstance(term, Directive) or mechanism == "exists":
            return ()
        key = (mechanism, target, term.cidr4, term.cidr6)
        if key not in self.networks:
            self.made += sum(len(answer.records) for answer in answers)
            if self.made > _MAX_NETWORKS:
                return None
            self.networks[key] = _networks(term, answers)
        return self.networks[key]


def _bare(network: Network) -> str:
    """A network as it is written; a single address without its length."""
    return str(network.network_address if network.num_addresses == 1 else network)


def _networks(term: Directive, answers: list[Answer]) -> tuple[Network, ...]:
    lengths = {"A": term.cidr4, "AAAA": term.cidr6}
    return tuple(
        ip_network(f"{record}/{lengths[answer.rdtype]}", strict=False)
        for answer in answers
        if answer.rdtype in lengths
        for record in answer.records
    )
