"""Plays many training matches side by side, all at one ply at a time, so that policies decide in batches.

Rules, sessions, scores and forfeits are those of rated matches. What is played is a function of the weights that
answered, the job's seed, the producer and the number of the first match: nothing else.
"""

import numpy as np

from arena.core.bundling import Bundler, Decision
from arena.core.chance import Chance, derive
from arena.core.trajectory import FREE, Setting
from games import catalog
from games.rules import Format
from games.session import start
from workers.learner.occupants import Current, Frozen, Mixture, Occupant, ask
from workers.learner.spec import Spec
from workers.policy.prompts import MAX_TOKENS, STOP
from workers.rollout.policies import Policies
from workers.rollout.scorer import Known, Scorer
from workers.rollout.table import Holder, Table

Asking = tuple[Table, Holder, Known]
"""A policy's turn."""


class Tables:
    """Plays matches. `job` and `producer`, unique in it, settle the draws with the job's seed."""

    def __init__(self, spec: Spec, policies: Policies, job: str, producer: str) -> None:
        self.spec, self.policies = spec, policies
        self._mixture = Mixture(spec.opponents)
        self._rules = [catalog.load(game.name) for game in spec.games]
        self._shares = [(i, g.weight / sum(g.weight for g in spec.games)) for i, g in enumerate(spec.games)]
        self._settings = [Setting(g.name, g.variant, g.view, g.rounds) for g in spec.games]
        explore = spec.learning.explore
        self._scorers = [Scorer(policies.newest, r, g, explore) for r, g in zip(self._rules, spec.games, strict=True)]
        self._older: dict[tuple[int, int], Scorer] = {}
        self._seed = derive(spec.seed, "rollout", job, producer)

    def forget(self) -> None:
        """There are newer weights: from now on matches are played with those."""
        for scorer in self._scorers:
            scorer.forget()
        alive = set(self.policies.pool.versions)
        self._older = {key: scorer for key, scorer in self._older.items() if key[0] in alive}

    def play(self, matches: int, first: int, bundler: Bundler) -> None:
        """Play matches numbered from `first` on, and add what the learning seats did."""
        rng = np.random.default_rng(derive(self._seed, "draws", first))
        tables = [self._open(number) for number in range(first, first + matches)]
        live = tables
        while live:
            self._ply(live, rng)
            live = [table for table in live if table.scores is None]
        for table in tables:
            table.hand_over(bundler, self._settings)
        for scorer in (*self._scorers, *self._older.values()):
            scorer.rest()

    @property
    def widest(self) -> int:
        """Seats at the most crowded table: no match gives more trajectories."""
        return max(r.check_variant(g.variant).seats for r, g in zip(self._rules, self.spec.games, strict=True))

    def _open(self, number: int) -> Table:
        seed = derive(self._seed, number)
        chance = Chance(seed)
        setting = chance.outcome(self._shares) if len(self._shares) > 1 else 0
        game, rules = self.spec.games[setting], self._rules[setting]
        state = start(rules, seed, game.variant, Format(game.rounds, game.opening_plies))
        seats = rules.check_variant(game.variant).seats
        occupants = self._mixture.seat(seats, number, self.policies.pool, chance)
        return Table(setting, state, [self._holder(o, i, setting, seed) for i, o in enumerate(occupants)])

    def _holder(self, occupant: Occupant, seat: int, setting: int, seed: int) -> Holder:
        if isinstance(occupant, Current):
            return Holder(self._scorers[setting], None, learns=True, name=f"policy:{self.policies.newest.version}")
        if isinstance(occupant, Frozen):
            scorer = self._frozen(occupant.version, setting)
            return Holder(scorer, None, learns=False, name=f"policy:{occupant.version}")
        return Holder(None, occupant.sit(self.spec.games[setting], seat, seed), learns=False, name=occupant.name)

    def _frozen(self, version: int, setting: int) -> Scorer:
        if (version, setting) not in self._older:
            policy = self.policies.older(version)
            self._older[version, setting] = Scorer(policy, self._rules[setting], self.spec.games[setting])
        return self._older[version, setting]

    def _ply(self, live: list[Table], rng: np.random.Generator) -> None:
        """Everyone whose turn it is decides."""
        asked: list[Asking] = []
        scorers: dict[int, Scorer] = {}
        for table in live:
            holder = table.holders[table.state.seat]
            if holder.scorer is None:
                self._ask(table, holder)
            else:
                asked.append((table, holder, holder.scorer.look(table.state)))
                scorers[id(holder.scorer)] = holder.scorer
        chosen = [a for a in asked if self.spec.games[a[0].setting].mode == "choose"]
        written = [a for a in asked if self.spec.games[a[0].setting].mode == "write"]
        if chosen:
            for scorer in scorers.values():
                scorer.flush()
            self._choose(chosen, rng)
        if written:
            self._write(written, rng)

    def _choose(self, asked: list[Asking], rng: np.random.Generator) -> None:
        single = max(game.rounds for game in self.spec.games) == 1
        for (table, holder, known), draw in zip(asked, rng.random(len(asked)).tolist(), strict=True):
            place = known.choose(draw)
            if holder.learns:
                seat = table.state.seat
                total = 0.0 if single else table.state.returns()[seat]
                table.turns[seat].append(
                    Decision(known.prompt, known.source, [known.logps[place]], known.legal, place, (), total)
                )
            table.play(known.ids[place])

    def _write(self, asked: list[Asking], rng: np.random.Generator) -> None:
        """Free text, stripped: whatever is then no legal action forfeits the match."""
        for policy in {id(h.scorer.policy): h.scorer.policy for _, h, _ in asked if h.scorer}.values():
            mine = [a for a in asked if a[1].scorer and a[1].scorer.policy is policy]
            found = policy.write([known.position.prompt for _, _, known in mine], STOP, MAX_TOKENS, rng)
            for (table, holder, _), made in zip(mine, found, strict=True):
                state = table.state
                text = made.text.strip()
                if holder.learns:
                    total = state.returns()[state.seat]
                    turn = Decision(made.prompt, made.source, made.logps, None, FREE, made.tokens, total)
                    table.turns[state.seat].append(turn)
                if state.accepts(text):
                    table.say(text)
                else:
                    table.forfeit(self._rules[table.setting], self.spec.games[table.setting])

    def _ask(self, table: Table, holder: Holder) -> None:
        state, game = table.state, self.spec.games[table.setting]
        assert holder.agent is not None
        reply = ask(holder.agent, state, game, table.plies)
        if state.accepts(reply):
            table.say(reply)
        else:
            table.forfeit(self._rules[table.setting], game)
