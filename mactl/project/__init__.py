"""`mactl.yaml`: a project's settings, one noun a file, and where its data, recipes and state are."""

from mactl.project.consent import ConsentColumns
from mactl.project.project import FILE_NAME, Project, find_project_folder, load_project
from mactl.project.sender import Sender
from mactl.project.settings import Settings, need_sender
from mactl.project.sources import ContactSource, DateColumn, EventSource

__all__ = [
    "FILE_NAME",
    "ConsentColumns",
    "ContactSource",
    "DateColumn",
    "EventSource",
    "Project",
    "Sender",
    "Settings",
    "find_project_folder",
    "load_project",
    "need_sender",
]
