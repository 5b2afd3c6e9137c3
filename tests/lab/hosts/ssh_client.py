"""Runs one command over SSH with the host's key pinned: `ssh_client.py ADDRESS USER HOST_KEY COMMAND`, key by stdin."""

import base64
import io
import socket
import sys

import paramiko


def main(address: str, user: str, host_key: str, command: str) -> None:
    """Print what the command prints. Raises OSError or SSHException if the host does not answer as expected."""
    user_key = paramiko.Ed25519Key.from_private_key(io.StringIO(sys.stdin.read()))
    pinned = paramiko.Ed25519Key(data=base64.b64decode(host_key.split()[1]))
    with socket.create_connection((address, 22), timeout=2) as connection:
        transport = paramiko.Transport(connection)
        transport.banner_timeout = 5
        transport.connect(hostkey=pinned, username=user, pkey=user_key)
        channel = transport.open_session()
        channel.exec_command(command)
        print(channel.makefile().read().decode(), end="")
        transport.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
