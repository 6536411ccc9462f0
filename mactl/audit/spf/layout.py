"""How a long list of networks is written: in one record, or in some that it includes."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from mactl.audit.addresses import Network, collapsed
from mactl.audit.fixes import MAX_STRING
from mactl.audit.spf.fixes import MAX_LENGTH

MAX_PARTS = 10


@dataclass(frozen=True, slots=True)
class Run:
    """Terms beside each other with one qualifier: networks, and others as they are written."""

    qualifier: str
    networks: tuple[Network, ...]
    terms: tuple[str, ...]

    @classmethod
    def of(
        cls, qualifier: str, own: Sequence[Network], new: Iterable[Network], terms: Iterable[str]
    ) -> "Run":
        """The networks that were there, then those of the new ones that aren't in them."""
        added = (n for n in collapsed(new) if not any(_is_within(n, one) for one in own))
        return cls(qualifier, (*dict.fromkeys(own), *added), tuple(terms))

    @property
    def prefix(self) -> str:
        """The qualifier as it is written."""
        return "" if self.qualifier == "+" else self.qualifier

    def term(self, network: Network) -> str:
        """The term for one of the networks."""
        return self.prefix + _term(network)


def lay_out(
    domain: str, runs: Sequence[Run], tail: Sequence[str], taken: Collection[str]
) -> tuple[tuple[str, str], ...]:
    """The records by name, that of `domain` first, each short enough where that can be.

    With `_spf1`, `_spf2` and so on below the domain, but for names that are `taken`.
    """
    names = [name for n in range(1, 100) if (name := f"_spf{n}.{domain}") not in taken]
    for parts in range(MAX_PARTS):
        for length in (MAX_STRING, MAX_LENGTH):  # a record of one string is the easiest to publish
            written = _packed(runs, tail, names[:parts], length)
            if written is None:
                continue
            main, others = written
            return ((domain, main), *zip(names, others, strict=False))
    every = [[*map(run.term, run.networks), *run.terms] for run in runs]
    return ((domain, _record(every, tail)),)


def _packed(
    runs: Sequence[Run], tail: Sequence[str], names: Sequence[str], length: int
) -> tuple[str, list[str]] | None:
    """The main record of at most `length`, and those at `names`, as many as it takes; None where it takes more."""
    unused = list(names)
    room = length - len(_record((run.terms for run in runs), tail))
    room -= sum(len(f" ~include:{name}") for name in names)
    main: list[list[str]] = []
    others: list[str] = []
    for run in runs:
        left = list(run.networks)
        here: list[str] = []
        while left and len(run.term(left[0])) < room:
            here.append(run.term(left.pop(0)))
            room -= len(here[-1]) + 1
        chunks = _chunks(left)
        if len(chunks) > len(unused):
            return None
        includes = [f"{run.prefix}include:{unused.pop(0)}" for _ in chunks]
        others += [_record([chunk], ["-all"]) for chunk in chunks]
        main.append([*here, *includes, *run.terms])
    return _record(main, tail), others


def _record(runs: Iterable[Iterable[str]], tail: Iterable[str]) -> str:
    return " ".join(("v=spf1", *(text for run in runs for text in run), *tail))


def _chunks(networks: Iterable[Network]) -> list[list[str]]:
    """Terms of included records, each as many as fit."""
    chunks: list[list[str]] = []
    room = 0
    for text in map(_term, networks):
        if len(text) >= room:
            chunks.append([])
            room = MAX_LENGTH - len(_record([], ["-all"]))
        chunks[-1].append(text)
        room -= len(text) + 1
    return chunks


def _term(network: Network) -> str:
    address = str(network).removesuffix(f"/{network.max_prefixlen}")
    return f"ip{network.version}:{address}"


def _is_within(network: Network, other: Network) -> bool:
    return network.version == other.version and collapsed((network, other)) == (other,)
