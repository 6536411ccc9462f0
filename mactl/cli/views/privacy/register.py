"""The record of processing activities, as text, JSON, a page or a table."""

import csv
import io
import json
import sys
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

from mactl.cli.formats import RegisterFormat
from mactl.cli.invocation import Invocation
from mactl.cli.output import print_json, printable, stderr
from mactl.cli.views.privacy.page import page
from mactl.delivery.channels.cells import cell
from mactl.keeping import write_whole
from mactl.privacy.register import Activity, Register
from mactl.project.privacy import Controller, Party

_ENDINGS = {".html": RegisterFormat.HTML, ".json": RegisterFormat.JSON, ".csv": RegisterFormat.CSV}
_LETTERS = {
    "purpose": "Purpose (b)",
    "basis": "Ground",
    "subjects": "Whose data (c)",
    "data": "Which data (c)",
    "recipients": "Recipients (d)",
    "transfers": "Transfers outside the EEA (e)",
    "retention": "Kept for (f)",
    "safeguards": "Safeguards (g)",
    "source": "Said in",
}
_UNSAID = "not said"


def show_register(
    invocation: Invocation, register: Register, format: RegisterFormat | None, out: Path | None
) -> None:
    """To the terminal or to a file, in the format that was asked for or that the file's name says; what the article
    asks for and nobody has said is told on stderr."""
    if format is None:
        format = _ENDINGS.get(out.suffix.lower() if out else "", RegisterFormat.TEXT)
        if invocation.wants_json:
            format = RegisterFormat.JSON
    if out is None and format is RegisterFormat.JSON:
        print_json(_as_json(register))
    else:
        _put(_MADE[format](register), out)
    if not invocation.quiet and out is not None:
        stderr().print(f"{len(register.activities)} activities written to {out}", markup=False)
    if not invocation.quiet and format is not RegisterFormat.JSON:
        _tell_missing(register)


def _put(text: str, out: Path | None) -> None:
    if out is not None:
        write_whole(out, text.encode())
    else:
        sys.stdout.write(text)


def _tell_missing(register: Register) -> None:
    console = stderr()
    if register.controller is None:
        console.print(
            "mactl.yaml names no controller; Article 30 asks for their name and contact",
            style="yellow",
        )
    for activity in register.activities:
        if activity.missing:
            told = f"{activity.source}: {activity.name}: not said: {', '.join(activity.missing)}"
            console.print(printable(told), style="yellow", markup=False)


def _as_json(register: Register) -> dict[str, Any]:
    """`{"project", "controller", "processors", "activities": [{"name", "purpose", …, "missing"}], "missing"}`"""
    controller = register.controller
    return {
        "project": register.project,
        "controller": None if controller is None else controller.model_dump(mode="json"),
        "processors": [one.model_dump(mode="json") for one in register.processors],
        "activities": [
            {
                "name": one.name,
                **{name: _plain(one, name) for name in _LETTERS},
                "missing": one.missing,
            }
            for one in register.activities
        ],
        "missing": register.missing,
    }


def _plain(activity: Activity, name: str) -> str | list[str]:
    value = getattr(activity, name)
    return value if isinstance(value, str) else list(value)


def _told(activity: Activity, name: str) -> str:
    value = _plain(activity, name)
    text = value if isinstance(value, str) else ("; " if name == "basis" else ", ").join(value)
    return text or ("none" if name in ("transfers", "recipients") else _UNSAID)


def _parties(controller: Controller | None) -> Iterator[tuple[str, str]]:
    if controller is None:
        yield "Controller (a)", _UNSAID
        return
    yield "Controller (a)", _party(controller)
    if controller.joint:
        yield "Joint controllers (a)", "; ".join(map(_party, controller.joint))
    if controller.representative:
        yield "Representative (a)", _party(controller.representative)
    if controller.dpo:
        yield "Data protection officer (a)", _party(controller.dpo)


def _party(party: Party) -> str:
    return ", ".join(part for part in (party.name, party.address, party.contact) if part)


def _as_text(register: Register) -> str:
    lines = [f"Record of processing activities of {register.project} (GDPR Article 30)", ""]
    lines += [f"{name}: {value}" for name, value in _parties(register.controller)]
    for activity in register.activities:
        lines += ["", activity.name]
        lines += [f"  {name:30} {_told(activity, key)}" for key, name in _LETTERS.items()]
    return "".join(f"{printable(line)}\n" for line in lines)


def _as_csv(register: Register) -> str:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(["activity", *_LETTERS])
    for activity in register.activities:
        row = [activity.name, *(_told(activity, name) for name in _LETTERS)]
        writer.writerow([cell(value) for value in row])
    return buffer.getvalue()


def _as_json_text(register: Register) -> str:
    return json.dumps(_as_json(register), ensure_ascii=False, indent=2) + "\n"


def _as_html(register: Register) -> str:
    parts = [_table(list(_parties(register.controller)))]
    for activity in register.activities:
        rows = [(name, _told(activity, key)) for key, name in _LETTERS.items()]
        parts += [f"<h2>{escape(activity.name)}</h2>", _table(rows)]
    title = f"Record of processing activities of {register.project}"
    return page(title, "GDPR Article 30", "\n".join(parts))


def _table(rows: Sequence[tuple[str, str]]) -> str:
    lines = "".join(
        f"<tr><th scope=row>{escape(name)}</th><td>{escape(value)}</td></tr>\n"
        for name, value in rows
    )
    return f"<table>\n{lines}</table>"


_MADE = {
    RegisterFormat.TEXT: _as_text,
    RegisterFormat.HTML: _as_html,
    RegisterFormat.CSV: _as_csv,
    RegisterFormat.JSON: _as_json_text,
}
