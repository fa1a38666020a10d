"""A base for the many small values that say what was found, each a class of its own."""

from typing import Any, ClassVar, dataclass_transform


@dataclass_transform(frozen_default=True)
class FrozenValue:
    """A frozen value with the fields that its class annotates; equal to another one of its class with equal fields.

    Type checkers and ``match`` take it for a frozen dataclass. A dataclass or named tuple compiles code for each class,
    up to a millisecond at every start of the command, and there are dozens of these.
    """

    __match_args__: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        cls.__match_args__ = tuple(cls.__annotations__)  # type: ignore[misc]  # ``match`` reads it

    def __init__(self, *values: Any, **named: Any) -> None:
        given = {**dict(zip(self.__match_args__, values, strict=False)), **named}
        if missing := [name for name in self.__match_args__ if name not in given and not hasattr(self, name)]:
            raise TypeError(f"{type(self).__name__} needs {', '.join(missing)}")
        if len(given) < len(values) + len(named) or not given.keys() <= set(self.__match_args__):
            raise TypeError(f"{type(self).__name__} has the fields {', '.join(self.__match_args__)} alone")
        self.__dict__.update(given)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} can't be set")

    def _fields(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self.__match_args__)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, FrozenValue) and type(other) is type(self) and other._fields() == self._fields()
        )

    def __hash__(self) -> int:
        return hash((type(self), self._fields()))

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__match_args__)
        return f"{type(self).__name__}({fields})"
