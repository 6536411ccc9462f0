"""An entry written into mactl.yaml: everything else stays as it stands."""

from pathlib import Path
from typing import Any

import pytest

from mactl.document import read_document
from mactl.errors import ConfigurationError
from mactl.workflows.source_entries import entry_yaml, write_entry

ENTRY = {
    "file": "crm/*.csv",
    "layout": "hubspot",
    "columns": {"E-mail: 1": "email", "no": "number"},
}
WRITTEN = """\
  - file: crm/*.csv
    layout: hubspot
    columns:
      "E-mail: 1": email
      "no": number
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "contacts:\n" + WRITTEN),
        ("project: x  # mine", "project: x  # mine\ncontacts:\n" + WRITTEN),
        ("contacts: []\nproject: x\n", "contacts:\n" + WRITTEN + "project: x\n"),
        (
            "contacts:\n  # first\n  - file: a.csv  # one\n    columns:\n      A: b\n\n# then\nproject: x\n",
            "contacts:\n  # first\n  - file: a.csv  # one\n    columns:\n      A: b\n"
            + WRITTEN
            + "\n# then\nproject: x\n",
        ),
        (
            "contacts:\n- {file: a.csv}\nproject: x\n",
            "contacts:\n- {file: a.csv}\n"
            + "".join(f"{line[2:]}\n" for line in WRITTEN.splitlines())
            + "project: x\n",
        ),
        (
            "contacts:\n  - file: crm/*.csv\n    encoding: cp1252\n  # the second\n  - file: b.csv\n",
            "contacts:\n" + WRITTEN + "  # the second\n  - file: b.csv\n",
        ),
        (
            "contacts: [{file: a.csv}, {file: b.csv}]  # two\nproject: x\n",
            "contacts:  # two\n  - {file: a.csv}\n  - {file: b.csv}\n" + WRITTEN + "project: x\n",
        ),
        (
            "contacts: [{file: crm/*.csv}, {file: b.csv}]\n",
            "contacts:\n" + WRITTEN + "  - {file: b.csv}\n",
        ),
    ],
)
def test_only_the_entry_changes(before: str, after: str, tmp_path: Path) -> None:
    path = tmp_path / "mactl.yaml"
    path.write_text(before, encoding="utf-8")

    edited = write_entry(path, ENTRY)
    edited.write()

    assert path.read_text(encoding="utf-8") == edited.text == after
    assert not write_entry(path, ENTRY).diff


@pytest.mark.parametrize(
    "text",
    [
        "contacts: [\n  {file: a.csv},  # the first\n]\n",
        "shared: &all\n  - {file: a.csv}\ncontacts: *all\n",
        "contacts: {file: a.csv}\n",
        "project: [\n",
    ],
)
def test_what_cannot_be_edited_without_touching_the_rest_is_left_alone(
    text: str, tmp_path: Path
) -> None:
    path = tmp_path / "mactl.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigurationError):
        write_entry(path, ENTRY)

    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    "name",
    ["Prénom", "on", "1", "a: b", "#x", '"quoted"', "back\\slash", "-", " blank ", "ja?", "*"],
)
def test_whatever_a_column_is_called_it_is_read_back(name: str) -> None:
    entry: dict[str, Any] = {"file": "a.csv", "columns": {name: "field"}}

    document, findings = read_document("contacts:\n" + entry_yaml(entry), "mactl.yaml")

    assert findings == []
    assert document.value == {"contacts": [entry]}
