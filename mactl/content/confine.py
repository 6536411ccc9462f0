"""Compiling and rendering in a process of its own, with limits on CPU, memory and time: for recipes from strangers.

Jinja's sandbox keeps templates from code and files, but bounds neither the time nor the memory they take; nor do
the Markdown, HTML and CSS parsers.
"""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from mactl.content.parts import Written
from mactl.content.render import CannotRender, Rendered, Renderer
from mactl.content.source import TemplateSource
from mactl.content.supplies import UNKNOWN, Supplies
from mactl.content.templates import compile_written
from mactl.content.values import values_from_json, values_to_json
from mactl.findings import Finding, Place, Severity


@dataclass(frozen=True, slots=True)
class Limits:
    """What a process may take: seconds of CPU, bytes of address space, seconds on the wall clock."""

    cpu: int = 10
    memory: int = 1024 * 1024 * 1024
    wall: float = 20.0


def compile_confined(
    many: Sequence[Written],
    supplies: Supplies = UNKNOWN,
    limits: Limits = Limits(),
) -> list[tuple[TemplateSource | None, list[Finding]]]:
    """What `compile_written` makes of each template, within `limits` for all together.

    One that takes too much, and those after it, become a finding; see `render_confined`.
    """
    jobs = [json.dumps(supplies.to_plain())]
    results, ending = _run("compile", [*jobs, *(written.to_json() for written in many)], limits)
    compiled = [_compiled(result) for result in results]
    return compiled + [
        (None, [Finding("template-too-heavy", Severity.ERROR, ending, written.first.place(1))])
        for written in many[len(compiled) :]
    ]


def render_confined(
    source: TemplateSource, many: Sequence[Mapping[str, Any]], limits: Limits = Limits()
) -> list[Rendered | CannotRender]:
    """The message for each of `many` values, or why it can't be written, within `limits` for all together.

    What was done before a limit was reached is kept; what came after says so. POSIX only.
    """
    name = f"{source.recipe}.{source.name}"
    results, ending = _run("render", [source.to_json(), *map(values_to_json, many)], limits)
    messages = [_rendered(result, name) for result in results]
    unfinished = CannotRender(name, next(iter(source.origins.values())).place(0), ending)
    return messages + [unfinished] * (len(many) - len(messages))


def _run(task: str, lines: list[str], limits: Limits) -> tuple[list[Any], str]:
    """The results that a child wrote for its task, and why it ended before the last if it did."""
    # The child gets neither our environment, which holds secrets, nor a file that it could write to.
    environment = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONUTF8": "1"}
    command = [sys.executable, "-P", "-m", __name__, task, json.dumps(asdict(limits))]
    try:
        done = subprocess.run(
            command, input="\n".join(lines), capture_output=True, text=True, encoding="utf-8",
            timeout=limits.wall, env=environment, check=False,
        )  # fmt: skip
        written, ending = done.stdout, _ending(done)
    except subprocess.TimeoutExpired as late:
        output = late.stdout or b""
        written = output.decode(errors="replace") if isinstance(output, bytes) else output
        ending = f"this takes longer than {limits.wall:g} seconds"
    # A line that the end cut off is no result.
    return [json.loads(line) for line in written.split("\n")[:-1]], ending


def _ending(done: "subprocess.CompletedProcess[str]") -> str:
    if done.returncode < 0 and "memory" not in done.stderr:
        return "this takes more CPU time than is allowed, or crashes a parser"
    if "MemoryError" in done.stderr or "memory" in done.stderr:
        return "this takes more memory than is allowed"
    return f"this failed: {(done.stderr.strip().splitlines() or ['?'])[-1]}"


def _rendered(result: Any, name: str) -> Rendered | CannotRender:
    if "reason" in result:
        return CannotRender(name, Place(*result["place"]), result["reason"])
    return Rendered(**result)


def _compiled(result: Any) -> tuple[TemplateSource | None, list[Finding]]:
    findings = [
        Finding(id, Severity(severity), message, Place(*place), hint)
        for id, severity, message, place, hint in result["findings"]
    ]
    return result["source"] and TemplateSource.from_json(result["source"]), findings


def _limit(limits: Limits) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu, limits.cpu))
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _render(lines: list[str]) -> Iterator[dict[str, Any]]:
    first, *jobs = lines
    renderer = Renderer(TemplateSource.from_json(first))
    for job in jobs:
        try:
            yield asdict(renderer.render(values_from_json(job)))
        except CannotRender as cannot:
            yield {"reason": cannot.reason, "place": _plain(cannot.place)}


def _compile(lines: list[str]) -> Iterator[dict[str, Any]]:
    first, *jobs = lines
    supplies = Supplies.from_plain(json.loads(first))
    for job in jobs:
        source, findings = compile_written(Written.from_json(job), supplies)
        yield {
            "source": source and source.to_json(),
            "findings": [
                [f.id, f.severity.value, f.message, _plain(f.place), f.hint] for f in findings
            ],
        }


def _plain(place: Place | None) -> list[str | int]:
    return [place.path, place.line, place.column] if place else [""]


def _main() -> None:
    """In the child: a task's jobs on stdin, one result a line on stdout."""
    _, task, limits = sys.argv
    _limit(Limits(**json.loads(limits)))
    lines = sys.stdin.read().split("\n")
    for result in (_render if task == "render" else _compile)(lines):
        sys.stdout.write(json.dumps(result) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _main()
