"""Converts Compose files and Swarm stack files to manifests. Every field that is not converted gets a note.

Files are read and merged by the Compose Specification; if `docker stack deploy` reads a field differently, as in
``deploy``, its reading is used. Contacts no server and starts no program.
"""

from reconciler.compose.context import ConvertOptions
from reconciler.compose.convert import Converted, convert
from reconciler.compose.files import Model, read_model
from reconciler.compose.notes import Effect, LeftOut, Note
from reconciler.compose.places import place_of

__all__ = [
    "ConvertOptions",
    "Converted",
    "Effect",
    "LeftOut",
    "Model",
    "Note",
    "convert",
    "place_of",
    "read_model",
]
