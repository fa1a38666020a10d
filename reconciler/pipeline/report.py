"""What an apply comes to."""

from dataclasses import dataclass, field

from reconciler.model import Address, Outcome


@dataclass(slots=True)
class Report:
    """How a run ended. ``problems`` are sentences on what is wrong beside the outcomes of changes; ``verified`` are
    services that are up by now, though the apply that wrote them did not see it. ``wrote`` says that something was
    written, be it a record alone."""

    outcomes: list[Outcome] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    verified: list[Address] = field(default_factory=list)
    wrote: bool = False

    @property
    def exit_code(self) -> int:
        """0 only if everything is as it should be."""
        return 0 if not self.problems and all(one.is_done for one in self.outcomes) else 1
