"""A schedule as units of systemd: a service and a timer for each job, and the worker's service."""

import re
from collections.abc import Iterator
from pathlib import Path

from mactl.workflows.scheduling.schedule import RUN, Argument, Job, Schedule, Variable

_JSON_LOG = ("--log-format", "json")
_TEMPORARY = (Path("/tmp"), Path("/var/tmp"))
_SPREAD = 30
"""Seconds over which timers that are due together begin."""
_HARDENING = """\
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=read-only
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
CapabilityBoundingSet=
SystemCallArchitectures=native"""


def units(schedule: Schedule) -> dict[str, str]:
    """File name → text of each unit, for /etc/systemd/system."""
    files = {}
    for job in schedule.jobs:
        name = unit_name(schedule, job.name)
        files[f"{name}.service"] = "\n".join((*_service(schedule, job), ""))
        files[f"{name}.timer"] = "\n".join((*_timer(schedule, job), ""))
    if schedule.has_worker:
        name = unit_name(schedule, "worker")
        files[f"{name}.service"] = "\n".join((*_worker(schedule), ""))
    return files


def unit_name(schedule: Schedule, job: str) -> str:
    """`mactl-acme-send`"""
    return (
        f"mactl-{re.sub(r'[^A-Za-z0-9_.-]+', '-', schedule.project).strip('-') or 'project'}-{job}"
    )


def _service(schedule: Schedule, job: Job) -> Iterator[str]:
    yield "[Unit]"
    yield f"Description={_plain(f'mactl {job.name} of {schedule.project}: {job.about}')}"
    yield from _network()
    yield ""
    yield "[Service]"
    yield "Type=oneshot"
    yield from _run(schedule, job.arguments)
    yield "# 75: another run was at work, or a server could not be reached; the next one makes up for it."
    yield "SuccessExitStatus=75"
    yield from _confined(schedule)


def _timer(schedule: Schedule, job: Job) -> Iterator[str]:
    yield "[Unit]"
    yield f"Description={_plain(f'When mactl {job.name} of {schedule.project} runs')}"
    yield ""
    yield "[Timer]"
    yield f"# {_plain(job.when.told)}"
    if job.name == RUN:
        yield f"# as often as that, because {_plain(schedule.why)}"
    for when in job.when.on_calendar:
        yield f"OnCalendar={when}"
    yield "# What was due while the machine was off runs as soon as it is on."
    yield "Persistent=true"
    yield f"RandomizedDelaySec={_SPREAD}"
    yield "AccuracySec=1s"
    yield ""
    yield "[Install]"
    yield "WantedBy=timers.target"


def _worker(schedule: Schedule) -> Iterator[str]:
    yield "[Unit]"
    yield f"Description={_plain(f'mactl worker of {schedule.project}')}"
    yield from _network()
    yield ""
    yield "[Service]"
    yield "Type=exec"
    yield from _run(schedule, ("worker",))
    yield "# 1: it was told to end, and some messages had failed."
    yield "SuccessExitStatus=1"
    yield "Restart=on-failure"
    yield "RestartSec=30"
    yield from _confined(schedule)
    yield ""
    yield "[Install]"
    yield "WantedBy=multi-user.target"


def _network() -> Iterator[str]:
    yield "Wants=network-online.target"
    yield "After=network-online.target"


def _run(schedule: Schedule, arguments: tuple[Argument, ...]) -> Iterator[str]:
    yield f"User={_plain(schedule.user)}"
    environment = schedule.environment
    if environment.names:
        required = environment.required
        if required:
            yield f"# It must set {', '.join(required)}, each as NAME='VALUE' on a line."
        yield f"EnvironmentFile={'' if required else '-'}{_path(environment.file)}"
    yield f"WorkingDirectory={_path(schedule.folder)}"
    words = [*schedule.command, *arguments, "--project", str(schedule.folder), *_JSON_LOG]
    first, *rest = words
    yield f"ExecStart={' '.join((_word(first).replace('$$', '$'), *map(_word, rest)))}"
    yield "# Told to stop, it finishes the messages in hand; a server may take ten minutes over one."
    yield "KillMode=mixed"
    yield "TimeoutStopSec=660"


def _confined(schedule: Schedule) -> Iterator[str]:
    used = (schedule.folder, *map(Path, schedule.command[:1]), *schedule.writable)
    sees_temporary = any(_is_below(path, folder) for path in used for folder in _TEMPORARY)
    writable = (*schedule.writable, *(_TEMPORARY if sees_temporary else ()))
    yield "# All but these folders, and one for temporary files, is read-only."
    yield f"ReadWritePaths={' '.join(map(_listed, writable))}"
    yield _HARDENING
    if not sees_temporary:
        yield "PrivateTmp=yes"


def _is_below(path: Path, folder: Path) -> bool:
    return path == folder or folder in path.parents


def _word(word: Argument) -> str:
    """A word of ExecStart, systemd.service(5): nothing in it is unescaped, filled in or split."""
    if isinstance(word, Variable):
        return f'"${{{word.name}}}"'
    plain = _plain(word).replace("$", "$$")
    if re.fullmatch(r"[A-Za-z0-9_./:=@+%-]+", plain):
        return plain
    return _in_quotes(plain)


def _listed(path: Path) -> str:
    """A path among several, which systemd splits at blanks."""
    return _in_quotes(_plain(str(path))) if re.search(r"[\s\"'\\]", str(path)) else _path(path)


def _path(path: Path) -> str:
    """A path that is the whole value: systemd takes it as it stands, but for %."""
    return _plain(str(path))


def _plain(text: str) -> str:
    """`text` on one line, with % as systemd.unit(5) has it."""
    return " ".join(text.split("\n")).replace("%", "%%")


def _in_quotes(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
