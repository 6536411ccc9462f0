"""Every command, one file each, registered in the order of the work."""

# ruff: noqa: F401, I001  importing registers, and the order is the help screen's
from mactl.cli.commands import init, demo
from mactl.cli.commands import check, schema
from mactl.cli.commands import contacts, segments, scores, explain
from mactl.cli.commands import plan, send, sends, suppress
from mactl.cli.commands import audit
