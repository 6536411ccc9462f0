"""The repository that a cookbook may stand in."""

import subprocess

from mactl.project import Project


def git_commit(project: Project) -> str | None:
    """The commit that the cookbook stands at; None outside a repository."""
    try:
        found = subprocess.run(
            ["git", "rev-parse", "HEAD"],
            cwd=project.folder, capture_output=True, text=True, timeout=10, check=False,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return found.stdout.strip() or None if found.returncode == 0 else None
