"""Laws on actions: their names read back as themselves, and nothing else is taken for one."""

from arena.core.errors import IllegalAction
from games.conformance.broken import LawBroken, require
from games.conformance.subject import Subject
from games.rules import OVER, State

FULL_WIDTH = 0xFEE0
CYRILLIC = str.maketrans("aceopxyABCEHKMOPTX", "асеорхуАВСЕНКМОРТХ")


def names_are_unique(subject: Subject) -> None:
    """Every action has a name of its own, not empty and without white space around it."""
    names = subject.rules.actions(subject.variant)
    require(len(set(names)) == len(names), "two actions share a name")
    for name in names:
        require(bool(name) and name == name.strip() and name.isprintable(), f"{name!r} cannot be typed as it is shown")


def names_read_back(subject: Subject) -> None:
    """Every legal action has an id in ascending order, and playing it by name or by id is the same."""
    for fmt in subject.formats:
        for state in subject.positions(fmt):
            ids = state.legal_ids()
            require(ids == sorted(set(ids)), f"legal ids {ids} are not ascending and distinct")
            require((ids == []) == (state.seat == OVER), f"seat is {state.seat} with {len(ids)} legal actions")
            require(state.legal() == [state.names[i] for i in ids], "legal() and legal_ids() disagree")
            for i in ids[:: 1 + len(ids) // 6]:
                _same_by_name(state, i)


def near_misses_are_refused(subject: Subject) -> None:
    """What is not exactly a legal action's name is refused, and the position stays as it was."""
    for state in subject.positions(effort=subject.effort // 10):
        legal = state.legal()
        other = [name for name in state.names if name not in legal][:3]
        for name in legal:
            require(state.accepts(name), f"{name!r} is offered and not accepted")
        for name in legal[:4]:
            other += [text for text in near_misses(name) if not state.accepts(text)]
        before = state.key()
        for text in other:
            _refused(state, text, before)


def near_misses(name: str) -> list[str]:
    """Texts that a helpful parser would take for `name`."""
    wide = "".join(chr(ord(c) + FULL_WIDTH) if "!" <= c <= "~" else c for c in name)
    return [
        "", name.swapcase(), name.title(), f" {name}", f"{name} ", f"{name}\n", f"{name}\x00", f"\ufeff{name}",
        f"{name}\u200b", f'"{name}"', f"{name}.", name[:-1], name[1:], name + name[-1:], wide,
        name.translate(CYRILLIC), name * 100_000,
    ]  # fmt: skip


def _same_by_name(state: State, action: int) -> None:
    by_id, by_name, name = state.clone(), state.clone(), state.names[action]
    by_id.apply_id(action)
    by_name.apply(name)
    require(by_id.key() == by_name.key(), f"{name!r} by name is not action {action}")
    require(by_name.moves()[: len(state.moves()) + 1] == [*state.moves(), name], f"moves() forgets {name!r}")


def _refused(state: State, text: str, before: str) -> None:
    shown = repr(text[:20])
    try:
        state.apply(text)
    except IllegalAction:
        require(state.key() == before, f"refusing {shown} changed the position")
    else:
        raise LawBroken(f"{shown} was taken for one of {', '.join(state.names[:8])}")
