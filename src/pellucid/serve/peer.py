"""Whose program is at the other end of a connection within this machine, as Linux tells in its table of connections.

Where the table cannot be read (other systems, a connection that has gone) nobody is known, and the token decides.
"""

import os
import socket
from pathlib import Path

from starlette.types import Scope

TABLE = Path("/proc/net/tcp")
LOCAL, REMOTE, USER, INODE = 1, 2, 7, 9
"""Columns of the table (proc(5)): its addresses are `0100007F:1F90`, the bytes of the number turned round."""


def is_own_program(scope: Scope) -> bool:
    """Whether the user who runs this server runs the program that asks."""
    if not scope.get("client") or not scope.get("server"):
        return False
    asking, asked = (written(*scope[end]) for end in ("client", "server"))
    try:
        rows = TABLE.read_text().splitlines()[1:]
    except OSError:
        return False
    for columns in map(str.split, rows):
        if (columns[LOCAL], columns[REMOTE]) == (asking, asked):
            # A socket that its program has let go of has no inode, and belongs to nobody any more.
            return columns[USER] == str(os.geteuid()) and columns[INODE] != "0"
    return False


def written(host: str, port: int) -> str:
    """An IPv4 address and port as the table has them."""
    return f"{int.from_bytes(socket.inet_aton(host), 'little'):08X}:{port:04X}"
