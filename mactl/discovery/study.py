"""What is known of some people, as a table of traits that hold or not: what every search works on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from mactl.discovery.aspects import Aspect, look_at
from mactl.discovery.fields import Choice, LeftOut
from mactl.discovery.happenings import past_events
from mactl.discovery.traits import Says, Trait, condition
from mactl.facts.facts import Facts
from mactl.recipe.cookbook import Cookbook
from mactl.rules.evaluate import evaluate
from mactl.rules.questions import AnyQuestion, Question

Holds = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]
_TOO_ALIKE = 0.01
"""A trait of fewer than this share of people, or of all but fewer, tells little."""


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """Some people, the aspects of them that may be used, and which traits hold of whom."""

    facts: Facts
    """Of these people alone, and of what they did until now."""
    aspects: Sequence[Aspect]
    traits: Sequence[Trait]
    aspect_of: Sequence[int]
    """The number of the aspect of each trait."""
    holds: Holds
    """People × traits, as the rules say."""
    left_out: Sequence[LeftOut]

    def without(self, names: Sequence[str], why: str) -> "Study":
        """The same without some aspects, which are told as left out."""
        kept = [n for n, aspect in enumerate(self.aspects) if aspect.name not in names]
        places = [n for n, of in enumerate(self.aspect_of) if of in kept]
        gone = [LeftOut(a.name, why) for a in self.aspects if a.name in names]
        return replace(
            self,
            aspects=[self.aspects[n] for n in kept],
            traits=[self.traits[n] for n in places],
            aspect_of=[kept.index(self.aspect_of[n]) for n in places],
            holds=self.holds[:, places],
            left_out=[*self.left_out, *gone],
        )

    def one_sided(self) -> "Study":
        """The same without traits that are the other side of one that is there: points for both would say it twice."""
        places = [n for n, trait in enumerate(self.traits) if not _is_other_side(trait.says)]
        return replace(
            self,
            traits=[self.traits[n] for n in places],
            aspect_of=[self.aspect_of[n] for n in places],
            holds=self.holds[:, places],
        )


def _is_other_side(says: Says) -> bool:
    if any(_is_other_side(part) for part in says.values() if isinstance(part, Mapping)):
        return True
    return (
        bool(says.keys() & {"lt", "older_than", "further_than", "never"}) or says.get("eq") is False
    )


def study(facts: Facts, rows: Rows, choice: Choice) -> Study:
    """What is known of the contacts in `rows` of `facts`; whether a trait holds is what the rules of a recipe say."""
    some = past_events(replace(facts, contacts=facts.contacts.take(rows)))
    aspects, left = look_at(some, choice)
    traits = [(n, trait) for n, aspect in enumerate(aspects) for trait in aspect.traits]
    questions: dict[str, AnyQuestion] = {
        str(n): Question(condition(trait.says), "") for n, (_, trait) in enumerate(traits)
    }
    answers = evaluate(some, Cookbook(), questions)
    holds = answers.to_numpy(dtype=np.bool_) if traits else np.zeros((len(rows), 0), np.bool_)
    share = holds.mean(axis=0) if len(rows) else np.zeros(len(traits))
    places = [n for n in range(len(traits)) if _TOO_ALIKE <= share[n] <= 1 - _TOO_ALIKE]
    return Study(
        some,
        aspects,
        [traits[n][1] for n in places],
        [traits[n][0] for n in places],
        holds[:, places],
        left,
    )


def sample_of(many: int, most: int, seed: int) -> Rows:
    """At most `most` of `many` rows, in order; the same ones for the same seed."""
    if many <= most:
        return np.arange(many, dtype=np.int64)
    chosen = np.random.default_rng(seed).choice(many, most, replace=False)
    return np.sort(chosen).astype(np.int64)
