"""A real IMAP server, in a folder of its own, as a user without rights."""

import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from imap_tools import BaseMailBox, MailBoxUnencrypted

from tests.certificates import Certificate

USER = "bounces@acme.example"
PASSWORD = 'p@ss/w%rd "q"'

_CONFIGURATION = """\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/certificate.pem
ssl_key = <{folder}/certificate.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
mail_location = maildir:{folder}/mail
mail_max_userip_connections = 50
default_client_limit = 100
default_process_limit = 20
{more}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {tls}
  }}
}}
auth_failure_delay = 0
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {folder}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}
}}
"""


@dataclass(frozen=True)
class Dovecot:
    """A running server with one mailbox."""

    plain: int
    tls: int
    certificate: Path
    stop: Callable[[], None]
    """Ends it, with whatever it was doing."""

    def url(self, scheme: str = "imap", folder: str = "", password: str = PASSWORD) -> str:
        port = self.tls if scheme == "imaps" else self.plain
        return f"{scheme}://{quote(USER, safe='')}:{quote(password, safe='')}@127.0.0.1:{port}/{folder}"

    @property
    def quoted_password(self) -> str:
        """The password as it stands in a URL."""
        return quote(PASSWORD, safe="")

    @contextmanager
    def mailbox(self, folder: str = "INBOX") -> Iterator[BaseMailBox]:
        """The mailbox as another program sees it."""
        with MailBoxUnencrypted("127.0.0.1", self.plain).login(USER, PASSWORD, folder) as opened:
            yield opened

    def put(self, *mails: bytes, folder: str = "INBOX") -> None:
        """Adds mails to a folder, which is made where it is missing."""
        with self.mailbox() as opened:
            if not opened.folder.exists(folder):
                opened.folder.create(folder)
            for mail in mails:
                opened.append(mail.replace(b"\n", b"\r\n"), folder)

    def subjects(self, folder: str = "INBOX") -> list[str]:
        """The subjects of the mails in a folder, with a mark behind those that were seen or marked otherwise."""
        with self.mailbox(folder) as opened:
            return [
                mail.subject + "".join(f" {flag}" for flag in mail.flags if flag != r"\Recent")
                for mail in opened.fetch(mark_seen=False)
            ]


@contextmanager
def dovecot(more: str = "") -> Iterator[Dovecot]:
    """A server on free ports of 127.0.0.1; `more` goes into its configuration."""
    program = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    assert program is not None
    # Below /tmp, since root's own folders are shut to others, and a socket's path is short.
    folder = Path(tempfile.mkdtemp(prefix="mactl-imap-", dir="/tmp"))
    try:
        certificate = Certificate(folder).path
        account = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        plain, tls = _free_ports(2)
        (folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
        configuration = _CONFIGURATION.format(
            folder=folder, user=account.pw_name, group=grp.getgrgid(account.pw_gid).gr_name,
            uid=account.pw_uid, gid=account.pw_gid, plain=plain, tls=tls, more=more,
        )  # fmt: skip
        (folder / "dovecot.conf").write_text(configuration)
        if os.geteuid() == 0:
            for path in (folder, *folder.iterdir()):
                os.chown(path, account.pw_uid, account.pw_gid)
        run = subprocess.Popen(
            [program, "-F", "-c", str(folder / "dovecot.conf")],
            start_new_session=True,
            **({"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}),
        )  # fmt: skip
        try:
            _wait_for(plain, run, folder / "log")
            yield Dovecot(plain, tls, certificate, lambda: _stop(run))
        finally:
            _stop(run)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _stop(run: "subprocess.Popen[bytes]") -> None:
    if run.poll() is None:
        os.killpg(run.pid, signal.SIGTERM)
        run.wait(30)
    with suppress(ProcessLookupError):  # sessions outlive it for a moment
        os.killpg(run.pid, signal.SIGKILL)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [opened.getsockname()[1] for opened in sockets]
    for opened in sockets:
        opened.close()
    return ports


def _wait_for(port: int, run: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(300):
        with suppress(OSError), closing(socket.create_connection(("127.0.0.1", port), 1)) as opened:
            if opened.recv(10):
                return
        if run.poll() is not None:
            break
        time.sleep(0.1)
    raise AssertionError(log.read_text() if log.exists() else "dovecot did not start")
