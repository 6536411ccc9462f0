"""From a channel of mactl.yaml to the way that its messages take."""

from contextlib import suppress

from mactl.delivery.channels.channel import ChannelTransport
from mactl.delivery.channels.file import FileChannel
from mactl.delivery.channels.http import parse_endpoint
from mactl.delivery.channels.rows import RowFile
from mactl.delivery.channels.telling import keys_of
from mactl.delivery.channels.webhook import WebhookChannel
from mactl.errors import ConfigurationError
from mactl.network import is_loopback
from mactl.project import Project
from mactl.project.channels import Channel


def open_channel(project: Project, name: str) -> ChannelTransport:
    """The transport of the channel called `name`.

    Raises ConfigurationError where mactl.yaml does not declare it, or declares what can't be.
    """
    channel = declared(project, name)
    columns = keys_of(name, channel)
    if channel.file is not None:
        folder, file = project.folder, channel.file
        RowFile(folder, file, columns)  # the path is judged before anything is claimed
        return ChannelTransport(lambda: FileChannel(folder, file, columns))
    url = project.secret(channel.webhook or "")
    endpoint = parse_endpoint(f"channels.{name}.webhook", url)
    return ChannelTransport(lambda: WebhookChannel(endpoint))


def file_of(project: Project, name: str) -> RowFile | None:
    """The file that the channel called `name` writes; None where it writes none."""
    channel = _channels(project).get(name)
    if channel is None or channel.file is None:
        return None
    return RowFile(project.folder, channel.file, keys_of(name, channel))


def leads_out(project: Project) -> bool:
    """Whether anything that the project's channels or webhooks are told would leave this machine."""
    channels = _channels(project)
    urls = [channel.webhook for channel in channels.values() if channel.webhook is not None]
    urls += [webhook.url for webhook in project.settings.webhooks.values()]
    for url in urls:
        with suppress(ConfigurationError):  # what leads nowhere doesn't lead out
            if not is_loopback(parse_endpoint("", project.secret(url)).host):
                return True
    return False


def declared(project: Project, name: str) -> Channel:
    """The channel called `name`; ConfigurationError where mactl.yaml does not declare it."""
    channels = _channels(project)
    if name not in channels:
        raise ConfigurationError(
            f"messages are queued on {name}, and mactl.yaml has no channels.{name}",
            f"add channels: {{{name}: {{webhook: …}}}} or {{{name}: {{file: exports/{name}.csv}}}}",
        )
    return channels[name]


def _channels(project: Project) -> dict[str, Channel]:
    return {str(name): channel for name, channel in project.settings.channels.items()}
