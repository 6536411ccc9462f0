"""Records that lead to each other, drawn at random."""

from hypothesis import strategies as st


@st.composite
def forests(draw: st.DrawFn) -> dict[str, str]:
    """Records of n0.test to n5.test, each including or redirecting only to later ones."""
    forest = {}
    for index in range(6):
        later = [f"n{number}.test" for number in range(index + 1, 6)]
        terms = ["a:host.test", "mx:host.test", "exists:gone.test", "ip4:192.0.2.9", "a:gone.test"]
        terms += [f"include:{name}" for name in later] + [f"?include:{name}" for name in later]
        ends = ["", "-all", "~all", "-all a:host.test", *(f"redirect={name}" for name in later)]
        body = draw(st.lists(st.sampled_from(terms), max_size=6))
        forest[f"n{index}.test"] = " ".join(("v=spf1", *body, draw(st.sampled_from(ends))))
    return forest
