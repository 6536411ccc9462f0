"""What findings about data mean."""

import re

from mactl.checks.manual import manuals
from mactl.people.hygiene.flags import MEANINGS, Flag
from mactl.people.manual import DATA
from tests.conftest import ROOT

_ID = re.compile(r'"((?:source|contact|events?|log)-[a-z0-9-]+)"')


def test_every_finding_about_data_has_its_meaning() -> None:
    importing = (ROOT / "mactl/workflows/importing").rglob("*.py")
    sources = [*(ROOT / "mactl/people").rglob("*.py"), *importing]
    told = {
        id
        for path in sources
        if path.name != "manual.py"
        for id in _ID.findall(path.read_text(encoding="utf-8"))
    }

    assert told
    assert told <= DATA.keys()
    assert DATA.keys() <= manuals().keys()


def test_every_flag_has_its_meaning_and_a_finding_that_names_it() -> None:
    assert MEANINGS.keys() == set(Flag)
    for flag in Flag:
        assert any(f"`{flag}`" in text for _, text in DATA.values())
