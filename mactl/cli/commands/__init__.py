"""Every command, one file each; importing them in the order of the help screen registers them."""

# ruff: noqa: I001
import mactl.cli.commands.init
import mactl.cli.commands.demo
import mactl.cli.commands.check
import mactl.cli.commands.test
import mactl.cli.commands.schema
import mactl.cli.commands.journey
import mactl.cli.commands.contacts
import mactl.cli.commands.persons
import mactl.cli.commands.events
import mactl.cli.commands.consent
import mactl.cli.commands.privacy
import mactl.cli.commands.sync
import mactl.cli.commands.segments
import mactl.cli.commands.scores
import mactl.cli.commands.discover
import mactl.cli.commands.explain
import mactl.cli.commands.plan
import mactl.cli.commands.send
import mactl.cli.commands.worker
import mactl.cli.commands.sends
import mactl.cli.commands.steering
import mactl.cli.commands.suppress
import mactl.cli.commands.bounces
import mactl.cli.commands.cron
import mactl.cli.commands.state
import mactl.cli.commands.tasks
import mactl.cli.commands.audit  # noqa: F401
