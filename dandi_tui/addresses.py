"""Addresses that others name: whether they lead into the network that this machine is in."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit


def leads_inside(address: str, own: str) -> bool:
    """Whether an address leads into this machine's network, named by a server that is outside of it itself.

    Args:
        address: What was named.
        own: The server's own address.
    """
    try:
        host, from_host = urlsplit(address).hostname or "", urlsplit(own).hostname or ""
    except ValueError:
        return False
    return is_inside(host) and not is_inside(from_host)


def is_inside(host: str) -> bool:
    """Whether a host is this machine, or an address that only its own network knows, as one can tell by reading it."""
    name = host.rstrip(".").lower()
    try:
        found: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        try:
            # As the system reads them: `127.1`, `0x7f000001`.
            found = ipaddress.IPv4Address(socket.inet_aton(name))
        except (OSError, ValueError):
            return name == "localhost" or name.endswith(".localhost")
    return not (getattr(found, "ipv4_mapped", None) or found).is_global
