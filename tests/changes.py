"""Changes of any action for tests outside planning, with all required fields."""

from typing import Any

from reconciler.model import Action, Address, Adopt, Create, Delete, FieldChange, Live, Replace, Update

CLASSES = {"create": Create, "update": Update, "replace": Replace, "adopt": Adopt, "delete": Delete}


def change_of(address: Address, action: Action, fields: tuple[FieldChange, ...] = (), **more: Any) -> Any:
    """A change of that action; if it needs a live object and none is given, a minimal one."""
    if action in ("update", "adopt", "delete") and more.get("live") is None:
        name = more.get("live_name") or address.name
        more["live"] = Live(address.kind, name, f"{address.kind}_{name}", {}, {})
    elif action == "create":
        more.pop("live", None)
    if action == "delete":  # writes nothing
        more.pop("spec", None)
    elif fields:
        more["fields"] = fields
    return CLASSES[action](address, **more)
