"""What templates call scores, labels and segments: by their own names where that is clear, else by RECIPE.NAME."""

from collections.abc import Iterable

from mactl.recipe.cookbook import Cookbook


def names_in_templates(qualified: Iterable[str], recipe: str, cookbook: Cookbook) -> dict[str, str]:
    """RECIPE.NAME → what the templates of `recipe` call it: NAME for its own and for one that no other recipe has."""
    own = f"{recipe}."
    return {
        name: name.removeprefix(own) if name.startswith(own) else short
        for name, short in cookbook.short_names(qualified).items()
    }
