"""What a match's transcript shows of the turn that ended it."""

from api.transcripts import Behind, Reply, transcript
from arena.core import agents
from arena.core.wire import Said
from games import catalog
from games.record import rules_hash
from tests.tables import Scripted, first, order_for, play


def test_the_last_words_of_a_match_are_shown_with_what_stands_behind_them() -> None:
    order = order_for("tic_tac_toe", rated=False)
    last = agents.Reply(agents.RESIGN, Said("It is lost.", 3, 4, "signed"))
    report = play(order, [Scripted(lambda turn: last), Scripted(first)])
    match = {
        "game": order.game, "variant": order.variant, "rounds": order.rounds, "opening_plies": order.opening_plies,
        "seed": order.seed, "rules_hash": rules_hash(catalog.load(order.game)),
    }  # fmt: skip
    ended = transcript(match, report, None).ended
    behind = Behind(raw="It is lost.", prompt_tokens=3, completion_tokens=4, receipt="signed")
    assert isinstance(ended, Reply)
    assert (ended.reply, ended.said) == ("resign", behind)
    whole = play(order, [Scripted(first), Scripted(first)])
    assert transcript(match, whole, None).ended is None
