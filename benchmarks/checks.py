"""A thousand recipes of 120 lines: `mactl check` beside check-jsonschema, which looks at the schema alone.

    python benchmarks/checks.py                         1,000 recipes, 3 rounds
    python benchmarks/checks.py --recipes 200 --rounds 5

Whole processes, in turn. `mactl check` runs every check that it has, templates included; once with its cache of
findings emptied before each round, once with nothing changed since the round before. check-jsonschema is put into a
folder of its own (`pip install`), since mactl does not need it; read the ratios of CPU time.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

from mactl.recipe.schema import recipe_schema

RECIPE = """\
# yaml-language-server: $schema=../recipe.schema.json
recipe: nurture-{n}
version: 1
title: Nurture reader group {n} from the first visit to a talk
vars:
  link: "https://acme.example/offer/{n}"
  talk: "https://acme.example/talk"

segments:
  readers-{n}:
    - {{field: country, in: [NL, BE, DE]}}
    - {{event: page_view, where: {{path: {{contains: /topic-{n}}}}}, within_last: 30 days, count: {{gte: 2}}}}
  dormant:
    - {{event: purchase}}
    - none:
        - {{event: login, within_last: 180 days}}
        - {{field: newsletter_opt_out, eq: true}}
  valuable:
    all:
      - {{field: clv, gte: {worth}}}
      - any:
          - {{field: nps, gte: 7}}
          - {{field: plan, in: [team, business]}}

scoring:
  interest:
    cap: 100
    floor: 0
    rules:
      - {{name: read about it, event: page_view, where: {{path: {{contains: topic-{n}}}}}, points: 5, at_most: 25}}
      - {{name: downloaded, event: whitepaper_downloaded, points: 10, at_most: 20, half_life: 60 days}}
      - {{name: known industry, when: {{field: industry, in: [software, fintech]}}, points: 20}}
      - name: decides about tools
        when: {{field: job_title, word: [cto, head, director]}}
        points: 15

labels:
  warmth:
    hot: {{score: interest, gte: 60}}
    warm: {{score: interest, gte: 30}}
    cold: {{score: interest, lt: 30}}

goal:
  event: demo_requested
  within: 60 days
  target: 15%

privacy:
  basis: [consent, existing_customer]
  topic: offers
  similar_to: software
  purpose: Tell readers what else we know about topic {n}
  data: [first_name, email, country]
  subjects: readers
  retention: 24 months

journey:
  enter: {{segment: readers-{n}}}
  exclude: {{segment: dormant}}
  again: after {again} days
  leave:
    - goal
    - {{field: newsletter_opt_out, eq: true}}
  priority: {priority}
  latest: 3 days
  steps:
    - send: first
    - wait: {{for: 5 days, days: [tue, wed, thu], at: "09:30"}}
    - choose:
        - when: {{label: warmth, eq: hot}}
          then:
            - send: talk
            - wait: 2 days
        - when: {{segment: valuable}}
          then: [{{send: case}}]
        - else:
            - send: more
    - wait_for: {{event: page_view, where: {{path: {{contains: /pricing}}}}}}
      up_to: 10 days
      then: [{{send: price}}]
      else: [{{tag: cold-{n}}}]

templates:
  first:
    subject: "{{{{ contact.first_name | default('Hello') }}}}, you read about topic {n}"
    preheader: What most people read next
    body: |
      Hello {{{{ contact.first_name | default('there') }}}},

      You read about topic {n}. [Here is what most people read next]({{{{ vars.link }}}}).
  talk:
    subject: Shall we talk about topic {n}?
    preheader: A quarter of an hour is enough
    body: |
      [Choose a time]({{{{ vars.talk }}}}) that suits you.
  case:
    subject: How others solved topic {n}
    body: |
      [Read the case]({{{{ vars.link }}}}) of a company like yours.
  more:
    subject: Three more things about topic {n}
    body: |
      - one
      - two
      - three
  price:
    subject: What topic {n} costs
    body: "[See the prices]({{{{ vars.link }}}}) whenever it suits you."

tests:
  - name: a reader gets the first mail
    now: 2026-12-01T09:00
    contacts:
      - {{email: ann@example.com, country: NL}}
    events:
      - {{email: ann@example.com, event: page_view, at: 2026-11-30, path: /topic-{n}}}
      - {{email: ann@example.com, event: page_view, at: 2026-11-29, path: /topic-{n}}}
    consents: [{{email: ann@example.com, topic: offers}}]
    expect:
      sends: [{{to: ann@example.com, template: first}}]
"""


def write_cookbook(folder: Path, count: int) -> None:
    """A project of `count` recipes that nothing is wrong with, each of 120 lines and in words of its own."""
    (folder / "recipes").mkdir(parents=True)
    consent = "{offers: {state: opt_in, at: at, source: source, wording: words, free: true, unambiguous: true}}"
    (folder / "mactl.yaml").write_text(f"project: bench\nconsent: {consent}\n", encoding="utf-8")
    (folder / "recipe.schema.json").write_text(json.dumps(recipe_schema()), encoding="utf-8")
    for n in range(count):
        values = {"n": n, "worth": 500 + n % 7, "again": 90 + n % 30, "priority": n % 10}
        text = RECIPE.format(**values)
        (folder / "recipes" / f"nurture-{n}.yaml").write_text(text, encoding="utf-8")


def install_peer(folder: Path) -> Path:
    """check-jsonschema in a virtual environment of its own; the program."""
    venv.create(folder, with_pip=True)
    pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, "check-jsonschema"], check=True)
    return folder / "bin" / "check-jsonschema"


def measure(command: list[str], folder: Path, environment: dict[str, str]) -> tuple[float, float]:
    """Seconds by the clock and of the processor that `command` takes in `folder`."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    ran = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if ran.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{ran.stdout[-3000:]}{ran.stderr[-3000:]}")
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--recipes", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peer", type=Path, help="a check-jsonschema that is installed already")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mactl-bench-") as temporary:
        folder = Path(temporary) / "project"
        write_cookbook(folder, given.recipes)
        peer = given.peer or install_peer(Path(temporary) / "peer")
        files = [f"recipes/nurture-{n}.yaml" for n in range(given.recipes)]
        cache = folder / ".mactl" / "cache"
        environment = dict(os.environ)
        check = [sys.executable, "-m", "mactl", "check"]
        commands = {
            "check-jsonschema, the schema alone": [str(peer), "--schemafile", "recipe.schema.json", *files],
            "mactl check, everything": check,
            "mactl check, nothing changed": check,
        }  # fmt: skip
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for _ in range(given.rounds):
            shutil.rmtree(cache, ignore_errors=True)
            for name, command in commands.items():
                taken[name].append(measure(command, folder, environment))
    lines = len(RECIPE.splitlines())
    print(f"{given.recipes} recipes of {lines} lines, medians of {given.rounds} rounds")
    first = 0.0
    for name, times in taken.items():
        wall, cpu = (statistics.median(column) for column in zip(*times, strict=True))
        first = first or cpu
        print(f"{name:36} {wall:7.2f} s  {cpu:7.2f} CPU s  {cpu / first:6.3f} ×")


if __name__ == "__main__":
    main()
