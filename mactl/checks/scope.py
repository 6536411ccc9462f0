"""Which recipes a check is about, where what it calls looks at the whole cookbook."""

from collections.abc import Iterable, Iterator, Sequence

from mactl.findings import Finding
from mactl.recipe.recipe import Recipe


def only_in(recipes: Sequence[Recipe], findings: Iterable[Finding]) -> Iterator[Finding]:
    """Those of `findings` that stand in the files of `recipes`."""
    paths = {recipe.document.path for recipe in recipes}
    return (finding for finding in findings if finding.place and finding.place.path in paths)
