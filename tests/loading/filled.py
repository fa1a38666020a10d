"""A text with its variables replaced."""

from reconciler.loading.interpolate import interpolate
from reconciler.loading.parse import parse


def filled(text, **variables):
    parsed = parse(text)
    said = []
    value = interpolate(parsed.values[0], parsed.places, variables, lambda *problem: said.append(problem))
    return value, said


def sound(text, **variables):
    value, said = filled(text, **variables)
    assert said == []
    return value
