"""Where the hosts are after a move that failed, in words."""

from reconciler.model import HostsLeft


def where_hosts_are(left: HostsLeft) -> str:
    """A part of a sentence for each place where hosts are; "" if none was moved."""
    back = ", ".join(left.restored)
    text = f"; hosts given back to the services that had them: {back}" if back else ""
    text += "".join(f"; it has {host} now, and {giver} no longer does" for host, giver, _ in left.kept)
    return text + (f"; no service has {', '.join(left.lost)} now" if left.lost else "")
