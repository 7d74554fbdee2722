"""Laws on openings and sessions: a match is made of rounds that begin as its seed says, with the seats turning."""

from arena.core.chance import Chance, derive
from games.conformance.broken import NotChecked, require
from games.conformance.subject import HAND, ONE, Subject, random_match, seats
from games.rules import OVER, Format, State

SEEDS = 24


def openings_are_seeded(subject: Subject) -> None:
    """One seed gives one opening, seeds differ, and no opening ends the game. Deterministic games must have one."""
    fmt = subject.rules.facts.rated
    if fmt.opening_plies == 0:
        require(subject.rules.facts.chance or subject.rules.facts.hidden or fmt == ONE, "every rated match is the same")
        raise NotChecked("rated without an opening")
    keys: set[str] = set()
    for seed in range(SEEDS):
        state = subject.start(seed, fmt)
        require(state.key() == subject.start(seed, fmt).key(), f"seed {seed} gives two openings")
        require(state.seat != OVER, f"the opening of seed {seed} ends the game")
        require(len(state.moves()) <= fmt.opening_plies, f"the opening of seed {seed} is too long")
        keys.add(state.key())
    require(len(keys) > SEEDS // 4, f"{SEEDS} seeds give only {len(keys)} openings")


def seats_turn(subject: Subject) -> None:
    """In round k of a session, player i sits at seat (i + k) mod n, and the rounds' scores add up to its total."""
    plies = subject.rules.facts.rated.opening_plies
    for seed in range(4):
        _check_session(subject, seed, Format(rounds=5, opening_plies=plies))


def rounds_are_dealt_afresh(subject: Subject) -> None:
    """The rounds of a session of a game of chance do not all begin alike, nor do sessions of different seeds."""
    if not subject.rules.facts.chance:
        raise NotChecked("the game has no chance")
    rounds = {subject.rules.start(derive(1, "round", k), subject.variant).key() for k in range(SEEDS)}
    sessions = {subject.start(seed, HAND).key() for seed in range(SEEDS)}
    ahead = {[s.key() for s in random_match(subject.start(seed), Chance(0))][-1] for seed in range(SEEDS)}
    require(max(len(rounds), len(ahead)) > 1, f"{SEEDS} rounds of a session are all the same")
    require(max(len(sessions), len(ahead)) > 1, f"{SEEDS} seeds give the same session")


def _check_session(subject: Subject, seed: int, fmt: Format) -> None:
    """Play a session, and beside it each of its rounds alone from the round's own seed."""
    session, chance = subject.start(seed, fmt), Chance(seed)
    totals = [0.0 for _ in seats(session)]
    for number in range(fmt.rounds):
        alone = _round(subject, seed, number, fmt)
        while alone.seat != OVER:
            player = (alone.seat - number) % len(totals)
            require(session.seat == player, f"round {number}: player {session.seat} moves, not {player}")
            require(session.legal_ids() == alone.legal_ids(), f"round {number}: other actions are legal")
            action = alone.legal_ids()[chance.below(len(alone.legal_ids()))]
            session.apply_id(action)
            alone.apply_id(action)
        for player in range(len(totals)):
            totals[player] += alone.returns()[(player + number) % len(totals)]
        require(session.returns() == totals, f"after round {number} the totals are {session.returns()}, not {totals}")
    require(session.seat == OVER, "the session goes on after its last round")


def _round(subject: Subject, seed: int, number: int, fmt: Format) -> State:
    """Round `number` alone: dealt from the seed's sub-stream "round" (the second of two with the first's beside it),
    opened from its sub-stream "opening"."""
    own, rules = derive(seed, "round", number), subject.rules
    former = derive(seed, "round", number - 1) if number % 2 else None
    state = rules.start(own, subject.variant) if former is None else rules.again(own, former, subject.variant)
    chance = Chance(derive(seed, "opening", number))
    for _ in range(fmt.opening_plies):
        quiet = [a for a in state.legal_ids() if not _ends(state, a)]
        if quiet:
            state.apply_id(quiet[chance.below(len(quiet))])
    return state


def _ends(state: State, action: int) -> bool:
    after = state.clone()
    after.apply_id(action)
    return after.seat == OVER
