"""The address of a network card: which ones tell one machine from all others."""

import re
from typing import Final

from homeassistant.helpers.device_registry import format_mac

_MAC: Final = re.compile(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}")
# bits of the first byte
_IS_GROUP: Final = 0b01
_IS_LOCAL: Final = 0b10
# makers of cards that exist only in software, which number them as they like
_VIRTUAL: Final = (
    "00:00:00",
    "00:00:5e",  # shared by routers (VRRP)
    "00:03:ff",  # Virtual PC
    "00:05:69",  # VMware, as are the next three
    "00:0c:29",
    "00:1c:14",
    "00:50:56",
    "00:15:5d",  # Hyper-V
    "00:16:3e",  # Xen
    "00:1c:42",  # Parallels
    "08:00:27",  # VirtualBox
    "0a:00:27",
    "bc:24:11",  # Proxmox
)


def read_mac(text: str) -> str | None:
    """Return an address as Home Assistant writes it, if no other card can have it.

    One that software made up, as for a container or a virtual machine, is none of those.
    """
    mac = format_mac(text.strip()).lower()
    if not _MAC.fullmatch(mac) or mac.startswith(_VIRTUAL):
        return None
    first = int(mac[:2], 16)
    return None if first & (_IS_GROUP | _IS_LOCAL) else mac
