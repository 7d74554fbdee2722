"""Laws on `determinize` and `clone`: what search in hidden-information games rests on."""

from collections import defaultdict

from arena.core.chance import Chance
from games.conformance.broken import NotChecked, require
from games.conformance.subject import HAND, ONE, Subject, every_position, information, random_match, seats
from games.openspiel import SpielState
from games.rules import Format, State

SETS = 16
DRAWS = 500
MATCHES = 40
PLIES = 4_000
"""About how many plies of matches are followed to their ends, at each of a few draws."""
EVERY = 17


def determinize_stays_in_the_information_set(subject: Subject) -> None:
    """A determinised state is one that the seat cannot tell from the true one, and the true one is untouched."""
    rng = Chance(3)
    for state in subject.positions():
        for seat in seats(state):
            before = state.key()
            other = state.determinize(seat, rng)
            require(state.key() == before, "determinize changed the true position")
            require(other.seat == state.seat, f"seat {seat} would see another player's turn")
            require(len(other.moves()) == len(state.moves()), f"seat {seat} would count other moves")
            require(information(other, seat) == information(state, seat), f"seat {seat} can tell the two apart")


def determinize_reaches_every_state(subject: Subject) -> None:
    """In the long run every state of the information set is drawn, and no other."""
    if not subject.rules.facts.hidden:
        for state in subject.positions(effort=50):
            for seat in seats(state):
                require(state.determinize(seat, Chance(1)).key() == state.key(), "an open game has but one state")
        return
    tree = every_position(subject)
    if tree is None or information(tree[0], 0) is None:
        _varies(subject)
    else:
        _covers(tree)


def determinize_hides_the_future(subject: Subject) -> None:
    """A determinised state meets chance events of its own: not those that the true match will meet."""
    if not subject.rules.facts.chance:
        raise NotChecked("the game has no chance")
    alone, session = _futures(subject, ONE), _futures(subject, HAND)
    if not any(session):
        raise NotChecked("the true state is one of too many to be drawn")
    if _chance_is_ahead(subject):
        require(alone[1] > 0, f"all {alone[0]} determinised matches met the true future")
    require(session[1] > session[0], f"{session[0]} of {sum(session)} determinised sessions met the true future")


def clones_are_independent(subject: Subject) -> None:
    """A clone meets the same chance events, and playing it changes nothing of the original."""
    for fmt in subject.formats:
        for number, state in enumerate(subject.positions(fmt, subject.effort // 2)):
            if number % EVERY == 0:
                before = state.key()
                first, second = _ending(state.clone()), _ending(state.clone())
                require(state.key() == before, "playing a clone changed the original")
                require(first == second, "two clones met different chance events")


def _futures(subject: Subject, fmt: Format) -> tuple[int, int]:
    """How many determinised states that equal the true one end as the true one does, and how many do not."""
    same = other = 0
    for seed in range(max(2, min(MATCHES, PLIES // subject.facts.max_plies))):
        state = subject.start(seed, fmt)
        for draw in range(20):
            copy = state.determinize(0, Chance(draw))
            if copy.key() == state.key():
                ended = _ending(copy) == _ending(state.clone())
                same, other = same + ended, other + (not ended)
    return same, other


def _chance_is_ahead(subject: Subject) -> bool:
    """Whether rounds that begin alike, and are played alike, may yet end otherwise."""
    endings: defaultdict[str, set[str]] = defaultdict(set)
    for seed in range(200):
        state = subject.start(seed)
        endings[state.key()].add(_ending(state))
    return any(len(found) > 1 for found in endings.values())


def _varies(subject: Subject) -> None:
    keys: set[bool] = set()
    for state in subject.positions():
        for seat in seats(state):
            keys.add(state.determinize(seat, Chance(len(keys))).key() == state.key())
    require(False in keys, "determinize always gives the true state")


def _covers(tree: list[SpielState]) -> None:
    groups: defaultdict[tuple[int, str], dict[str, State]] = defaultdict(dict)
    for state in tree:
        for seat in seats(state):
            groups[seat, information(state, seat) or ""][state.key()] = state
    wanted = sorted(group for group in groups if len(groups[group]) > 1)
    for seat, name in wanted[:: 1 + len(wanted) // SETS]:
        members = groups[seat, name]
        state, rng = next(iter(members.values())), Chance(11)
        drawn = {state.determinize(seat, rng).key() for _ in range(DRAWS)}
        require(drawn <= set(members), f"seat {seat}: a state outside its information set was drawn")
        require(drawn == set(members), f"seat {seat}: only {len(drawn)} of {len(members)} states were ever drawn")


def _ending(state: State) -> str:
    return [position.key() for position in random_match(state, Chance(5))][-1]
