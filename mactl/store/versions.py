"""Recipes as they last ran, version by version: people inside finish the version that they entered (rule 10)."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Row, select

from mactl.store.tables import versions
from mactl.store.upsert import insert_into

_BATCH = 500  # recipes asked for at a time


@dataclass(frozen=True, slots=True)
class Version:
    """A recipe's version as a run found it."""

    recipe: str
    """The recipe's original id."""
    version: int
    hash: str
    """Of the recipe's text."""
    text: str
    contents: Mapping[str, str]
    """What each step sends, by a key of its own → the hash of it, which `contents` keeps."""
    at: int
    """The `now` of that run, in epoch seconds."""


def unsaved_versions(connection: Connection, found: Iterable[Version]) -> list[Version]:
    """Those of `found` whose text or templates differ from what is kept of them, or that are not kept at all."""
    wanted = list(found)
    kept = {
        (old.recipe, old.version): (old.hash, dict(old.contents))
        for old in read_versions(connection, [(new.recipe, new.version) for new in wanted])
    }
    return [
        new
        for new in wanted
        if kept.get((new.recipe, new.version)) != (new.hash, dict(new.contents))
    ]


def save_versions(connection: Connection, found: Iterable[Version]) -> None:
    """Keep each of `found` in place of what was kept of the same recipe and version."""
    rows = [
        {
            "recipe": version.recipe,
            "version": version.version,
            "hash": version.hash,
            "text": version.text,
            "contents": json.dumps(dict(version.contents), ensure_ascii=False, sort_keys=True),
            "at": version.at,
        }
        for version in found
    ]
    if not rows:
        return
    add = insert_into(connection, versions)
    replaced = {name: add.excluded[name] for name in ("hash", "text", "contents", "at")}
    key = [versions.c.recipe, versions.c.version]
    connection.execute(add.on_conflict_do_update(index_elements=key, set_=replaced), rows)


def read_versions(connection: Connection, pairs: Collection[tuple[str, int]]) -> list[Version]:
    """What is kept of these recipes (by original id) and versions, in order; those never kept are left out."""
    recipes, found = sorted({recipe for recipe, _ in pairs}), []
    for first in range(0, len(recipes), _BATCH):
        query = select(versions).where(versions.c.recipe.in_(recipes[first : first + _BATCH]))
        found += [_version(row) for row in connection.execute(query)]
    wanted = set(pairs)
    kept = [version for version in found if (version.recipe, version.version) in wanted]
    return sorted(kept, key=lambda version: (version.recipe, version.version))


def _version(row: Row[tuple[object, ...]]) -> Version:
    return Version(row.recipe, row.version, row.hash, row.text, json.loads(row.contents), row.at)
