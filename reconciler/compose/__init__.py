"""Compose files and Swarm stack files as manifests. Nothing of them is dropped in silence.

Reading and merging follow the Compose Specification; where `docker stack deploy` reads a field otherwise, as in
``deploy``, its way counts. Talks to no server and starts no program.
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
