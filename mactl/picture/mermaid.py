"""A flow or a map → Mermaid, as GitHub and others draw it from text in a Markdown file."""

import re
from collections.abc import Iterator, Mapping, Sequence

from mactl.picture.flow import Edge, Kind, Node, shortened
from mactl.picture.palette import LIGHT, TONES

_SHAPES: dict[Kind, tuple[str, str]] = {
    Kind.ENTER: ("([", "])"), Kind.CHOOSE: ("{", "}"), Kind.SPLIT: ("{", "}"), Kind.WAIT: ("(", ")"),
    Kind.WAIT_FOR: ("(", ")"), Kind.WAIT_UNTIL: ("(", ")"), Kind.MILESTONE: ("{{", "}}"),
    Kind.ENROLL: ("[[", "]]"), Kind.EXIT: ("([", "])"), Kind.END: ("([", "])"), Kind.GO_TO: (">", "]"),
}  # fmt: skip
_LONGEST = 80
_SPECIAL = {
    "#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "&": "#amp;", "`": "#96;", "\\": "#92;",
    "%%": "%#37;", "$$": "$#36;",
}  # fmt: skip
"""What a quoted label can't have: its own end, HTML, Markdown, line breaks (`\\n`), directives (`%%{`), formulas."""
_ANY_SPECIAL = re.compile("|".join(re.escape(text) for text in _SPECIAL))


def write_mermaid(
    nodes: Sequence[Node], edges: Sequence[Edge], badges: Mapping[int, str] | None = None
) -> str:
    """A Mermaid flowchart from the top down; `badges` say how many people stand on the nodes with these numbers."""
    counts = badges or {}
    lines = ["flowchart TD"]
    lines += [f"  {_node(node, counts.get(node.number))}" for node in nodes]
    for edge in edges:
        arrow = "-.->" if edge.is_jump else "-->"
        label = f'|"{escaped(shortened(edge.label, _LONGEST))}"|' if edge.label else ""
        lines.append(f"  n{edge.source.number} {arrow}{label} n{edge.target.number}")
    lines += [f"  {line}" for line in _colours(nodes)]
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """`text` for a quoted label: nothing in it is Markdown, HTML or Mermaid."""
    return _ANY_SPECIAL.sub(lambda found: _SPECIAL[found[0]], text)


def _node(node: Node, badge: str | None) -> str:
    left, right = _SHAPES.get(node.kind, ("[", "]"))
    words = node.words
    shown = [f"{words.verb} {words.what}".rstrip(), *words.details]
    label = "<br>".join(escaped(shortened(text, _LONGEST)) for text in shown)
    people = f"<br><b>{badge}</b>" if badge else ""
    return f'n{node.number}{left}"{label}{people}"{right}'


def _colours(nodes: Sequence[Node]) -> Iterator[str]:
    by_tone: dict[str, list[str]] = {}
    for node in nodes:
        by_tone.setdefault(TONES[node.kind], []).append(f"n{node.number}")
    for tone, names in by_tone.items():
        yield f"classDef {tone} stroke:{LIGHT.tones[tone]},stroke-width:2px"
        yield f"class {','.join(names)} {tone}"
