"""A flow as Mermaid."""

import re

from hypothesis import given, settings

from mactl.picture.mermaid import escaped, write_mermaid
from tests.conftest import examples
from tests.picture.making import Steps, flow_from, flow_of, journeys

STEPS = """\
- send: offer
- wait_for: {event: paid}
  up_to: 4 days
  then: [{task: {id: call, to: sales, title: "Call {{ contact.first_name }}"}}]
  else: [{exit: no "demo" at 100%}]
- choose:
    - {when: {field: country, eq: DE}, then: [{enroll: consideration}]}
- split: subject
  arms: {a: {share: 50%, steps: [{go_to: offer}]}, b: {share: 50%, steps: []}}
"""

GOLDEN = """\
flowchart TD
  n0(["Enter signed_up"])
  n1["Send offer<br><b>1,204</b>"]
  n2("Wait for paid<br>up to 4 days")
  n3["Task Call {{ contact.first_name }}<br>for sales"]
  n4(["Exit no #quot;demo#quot; at 100%"])
  n5{"Choose"}
  n6[["Hand over to consideration"]]
  n7{"Split subject"}
  n8>"Go to offer"]
  n9(["End"])
  n0 --> n1
  n1 --> n2
  n2 -->|"in time"| n3
  n3 --> n5
  n2 -->|"not within 4 days"| n4
  n5 -->|"country is DE"| n6
  n6 --> n7
  n5 -->|"otherwise"| n7
  n7 -->|"a 50%"| n8
  n8 -.-> n1
  n7 -->|"b 50%"| n9
  classDef green stroke:#1a7f37,stroke-width:2px
  class n0 green
  classDef blue stroke:#0969da,stroke-width:2px
  class n1 blue
  classDef amber stroke:#9a6700,stroke-width:2px
  class n2 amber
  classDef orange stroke:#bc4c00,stroke-width:2px
  class n3 orange
  classDef grey stroke:#59636e,stroke-width:2px
  class n4,n9 grey
  classDef violet stroke:#8250df,stroke-width:2px
  class n5,n7,n8 violet
  classDef pink stroke:#bf3989,stroke-width:2px
  class n6 pink
"""


def test_a_flow_is_written_as_mermaid() -> None:
    flow = flow_of(STEPS)

    assert write_mermaid(flow.nodes, flow.edges, {1: "1,204"}) == GOLDEN


def test_nothing_in_a_label_is_markup_of_any_kind() -> None:
    assert escaped('a "b" <b> & #35; `md` \\n') == (
        "a #quot;b#quot; #lt;b#gt; #amp; #35;35; #96;md#96; #92;n"
    )
    assert "%%{" not in escaped("%%{init: {}}%%")
    assert "%%" not in escaped("%%%%%")
    assert "$$" not in escaped("$$$x$$$")


@given(journeys())
@settings(max_examples=examples(40))
def test_every_line_is_one_node_one_edge_or_one_colour(steps: Steps) -> None:
    flow = flow_from(steps)
    first, *lines = write_mermaid(flow.nodes, flow.edges).split("\n")[:-1]

    assert first == "flowchart TD"
    label = r'"[^"]+"'
    shape = re.compile(rf"  n\d+[\[({{>]+{label}[\])}}]+")
    edge = re.compile(rf"  n\d+ (-->|-\.->)(\|{label}\|)? n\d+")
    kinds = [
        "node" if shape.fullmatch(line) else "edge" if edge.fullmatch(line) else line.split()[0]
        for line in lines
    ]
    assert kinds.count("node") == len(flow.nodes)
    assert kinds.count("edge") == len(flow.edges)
    assert set(kinds) <= {"node", "edge", "classDef", "class"}
