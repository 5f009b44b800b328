"""Real mail servers for the tests: postfix and dovecot on loopback, in a folder of their own, stopped by pid.

Both need root (they change to other users) and a folder that those users may enter: see :func:`mail_folder`.
"""

import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.peers.house import free_port
from tests.peers.server import Peer

NOBODY = pwd.getpwnam("nobody")
PASSWORD = "word-for+tests"


def mail_folder() -> Path:
    """A new folder that the servers' own users may enter, unlike pytest's. Remove it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="mail-peers-"))
    folder.chmod(0o755)
    return folder


def start_postfix(
    folder: Path,
    domains: tuple[str, ...] = (),
    lmtp_port: int | None = None,
    customers: tuple[str, ...] = (),
    port: int | None = None,
    refuse_unknown: bool = False,
) -> Peer:
    """Postfix that hands mail for ``domains`` to our LMTP port and puts that of ``customers`` into Maildirs.

    ``customers``: addresses with a mailbox under ``folder/maildirs/domain/name/``, where dovecot finds them.
    Mail for unknown names of their domains bounces, or is refused at RCPT with ``refuse_unknown``.
    """
    port = port or free_port()
    config = folder / "postfix"
    shutil.copytree("/etc/postfix", config, symlinks=True)
    for name in ("queue", "data"):
        (folder / name).mkdir()
    shutil.chown(folder / "data", "postfix")
    maildirs = _maildirs(folder)
    boxes = "".join(f"{address} {_box(address)}\n" for address in customers)
    (config / "boxes").write_text(boxes)
    (config / "transport").write_text("".join(f"{domain} lmtp:inet:[127.0.0.1]:{lmtp_port}\n" for domain in domains))
    customer_domains = sorted({address.partition("@")[2] for address in customers})
    settings = {
        "compatibility_level": "3.6",
        "queue_directory": folder / "queue",
        "data_directory": folder / "data",
        "maillog_file": "/dev/stdout",
        "myhostname": "mx.example.net",
        "mydestination": "",
        "inet_interfaces": "127.0.0.1",
        "inet_protocols": "ipv4",
        "mynetworks": "127.0.0.0/8",
        "disable_dns_lookups": "yes",
        "smtp_host_lookup": "native",
        "lmtp_host_lookup": "native",
        "alias_maps": "",
        "alias_database": "",
        "biff": "no",
        "relay_domains": ", ".join(domains),
        "transport_maps": f"texthash:{config / 'transport'}",
        "virtual_mailbox_domains": ", ".join(customer_domains),
        "virtual_mailbox_maps": f"texthash:{config / 'boxes'}",
        "virtual_mailbox_base": maildirs,
        "virtual_uid_maps": f"static:{NOBODY.pw_uid}",
        "virtual_gid_maps": f"static:{NOBODY.pw_gid}",
        "virtual_minimum_uid": "1",
        "smtpd_reject_unlisted_recipient": "yes" if refuse_unknown else "no",
        "smtpd_recipient_restrictions": "permit_mynetworks, reject_unauth_destination",
        "queue_run_delay": "1s",
        "minimal_backoff_time": "1s",
        "maximal_backoff_time": "2s",
        "transport_retry_time": "1s",  # a delivery agent that died is started again, not a minute later
    }
    (config / "main.cf").write_text("".join(f"{name} = {value}\n" for name, value in settings.items()))
    (config / "master.cf").write_text(_master(port))
    # Its master leaves the process that started it, so it is stopped by its own command.
    command = ["postfix", "-c", str(config)]
    return Peer([*command, "start-fg"], port, folder / "postfix.log", [*command, "stop"])


def retry_queue(folder: Path) -> None:
    """Asks the postfix of ``folder`` to try at once what it holds back, whatever its own timetable says."""
    subprocess.run(["postfix", "-c", str(folder / "postfix"), "flush"], check=True, capture_output=True)


def _master(port: int) -> str:
    """Debian's service list without chroot and with SMTP on our port only."""
    lines = []
    for line in Path("/etc/postfix/master.cf").read_text().splitlines():
        words = line.split()
        if line.startswith((" ", "\t", "#")) or len(words) < 8:
            continue
        if words[:2] == ["smtp", "inet"]:
            words[0] = f"127.0.0.1:{port}"
        elif words[1] == "inet":
            continue
        words[4] = "n"
        # Options of services in folded lines belong to delivery programs that no test uses.
        if words[7] != "pipe":
            lines.append(" ".join(words))
    return "\n".join(lines) + "\n"


def _maildirs(folder: Path) -> Path:
    maildirs = folder / "maildirs"
    maildirs.mkdir(exist_ok=True)
    shutil.chown(maildirs, NOBODY.pw_uid, NOBODY.pw_gid)
    return maildirs


def _box(address: str) -> str:
    name, _, domain = address.partition("@")
    return f"{domain}/{name}/"


def mails_in(folder: Path, address: str) -> list[bytes]:
    """The mails in a Maildir, unread and read, oldest first."""
    box = folder / "maildirs" / _box(address)
    found = [path for name in ("new", "cur") for path in (box / name).glob("*")]
    return [path.read_bytes() for path in sorted(found, key=lambda path: path.stat().st_mtime)]


def start_dovecot(folder: Path, port: int | None = None) -> Peer:
    """Dovecot's IMAP over the Maildirs of postfix; every address signs in with :data:`PASSWORD`."""
    port = port or free_port()
    maildirs = _maildirs(folder)
    config = folder / "dovecot.conf"
    config.write_text(
        f"""
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
base_dir = {folder}/dovecot
state_dir = {folder}/dovecot
log_path = {folder}/dovecot.log
mail_location = maildir:{maildirs}/%d/%n
first_valid_uid = 1
mailbox_idle_check_interval = 1 secs
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid={NOBODY.pw_uid} gid={NOBODY.pw_gid} home={maildirs}/%d/%n
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
"""
    )
    return Peer(["dovecot", "-F", "-c", str(config)], port, folder / "dovecot-start.log")
