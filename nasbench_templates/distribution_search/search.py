"""The search: propose, train through an engine, choose by validation, compare winner and base.

    answer = search("resnet20", MatchSettings(rule="nearest"), settings, carry_out)

Candidates are trained until an epoch and never see the test split; it is evaluated for the winner
and the base alone, in runs of other seeds. Everything is kept in the search's folder: runs in their
folders, Optuna's trials in a journal, the answer so far in `search.json`. The same call goes on.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nasbench_templates.design import planning
from nasbench_templates.design.design import Design
from nasbench_templates.design.settings import MatchSettings
from nasbench_templates.distribution_search import answer as answers
from nasbench_templates.distribution_search import candidates, proposals
from nasbench_templates.distribution_search import ledger as ledgers
from nasbench_templates.distribution_search.answer import Contender, SearchAnswer, Trial
from nasbench_templates.distribution_search.ledger import Ledger, Score
from nasbench_templates.distribution_search.proposals import Proposal, Proposer, Told
from nasbench_templates.distribution_search.settings import ALL, TPE, SearchSettings
from nasbench_templates.distributions.template import BASE
from nasbench_templates.execution.evaluation import EvaluationRow
from nasbench_templates.runs import events
from nasbench_templates.runs.events import Outcome
from nasbench_templates.runs.task import Task
from nasbench_templates.support import files, locks
from nasbench_templates.support.errors import BudgetError, TrainingError

ANSWER = "search.json"
# So many proposals one after the other that bring no new network end the search.
MOST_FRUITLESS = 50
_UNDER_WAY = (events.INTERRUPTED, events.SKIPPED, events.HELD)
# Carries out runs and returns their outcomes in order: `engine.carry_out`, its other arguments set.
CarryOut = Callable[[Sequence[Task]], tuple[Outcome, ...]]
OnAnswer = Callable[[SearchAnswer], None]


class _StoppedError(Exception):
    """Runs were stopped; what is done is kept."""


def search(
    network: planning.Network,
    matching: MatchSettings,
    settings: SearchSettings,
    carry_out: CarryOut,
    on_answer: OnAnswer = lambda answer: None,
) -> SearchAnswer:
    """Returns the best distribution that was found; what a stop left is `SEARCHING`.

    Args:
        network: what is under search.
        matching: how candidates are matched, and the budget.
        settings: how they are searched.
        carry_out: trains.
        on_answer: told the answer so far after every batch of runs.

    Raises:
        ConfigError: Optuna is needed and not installed, or options that the network does not have.
        SpecError: a network that cannot be built.
        BudgetError: no candidate fits the budget.
        TrainingError: every candidate, or the base, failed.
        HeldError: another process searches in this folder.
        DataError: the data set is not whole or damaged.
        OSError: the folder cannot be written to.
    """
    found = candidates.Candidates(network, matching, settings.most_gap)
    if settings.strategy == ALL:
        found.check_registered()
    files.check_writable(settings.output_dir)
    with locks.held(settings.output_dir / ".search.lock", settings.output_dir):
        return _Search(found, matching, settings, carry_out, on_answer).run()


class _Search:
    """One call of a search."""

    def __init__(
        self,
        found: candidates.Candidates,
        matching: MatchSettings,
        settings: SearchSettings,
        carry_out: CarryOut,
        on_answer: OnAnswer,
    ):
        self._candidates = found
        self._matching = matching
        self._settings = settings
        self._carry_out = carry_out
        self._on_answer = on_answer
        self._name = settings.study_name(found.base)
        self._proposer: Proposer = (
            proposals.ListProposer(candidates.registered())
            if settings.strategy == ALL
            else proposals.OptunaProposer(settings, self._name)
        )
        self._trials: dict[int, Trial] = {}
        self._ledger = Ledger(settings)
        self._finals: dict[str, EvaluationRow] = {}
        # Proposals one after the other that brought no new network, up to the last one.
        self._num_fruitless = 0
        self._wall_seconds = self._earlier_seconds()

    def run(self) -> SearchAnswer:
        """Searches and compares."""
        try:
            self._recall()
            while batch := self._next_batch():
                self._try(batch)
                self._tell_answer()
            self._compare()
        except _StoppedError:
            return self._tell_answer()
        return self._tell_answer(answers.FINISHED)

    def _recall(self) -> None:
        """Takes over what earlier calls told; an answer needs no run of it."""
        told = self._proposer.told()
        known = [*(each.proposal for each in told), *self._proposer.open()]
        for proposal in sorted(known, key=lambda each: each.number):
            # In their order, as the first of several with equal widths is the one that is trained.
            self._count(self._candidate(proposal))
        for each in told:
            self._recall_one(each)

    def _recall_one(self, told: Told) -> None:
        candidate, notes = self._candidate(told.proposal), told.notes
        self._note(told.proposal, notes)
        if candidate.is_new:
            self._ledger.recall(candidate.template, told.state, notes)

    def _next_batch(self) -> list[Proposal]:
        """Returns the proposals to be tried together; none if there are no more."""
        strategy = self._settings.strategy
        batch = [each for each in self._proposer.open() if each.number not in self._trials]
        size = self._settings.trials_at_once if strategy == TPE else None
        num_new = self._ledger.num_tried + sum(self._candidate(each).is_new for each in batch)
        while not self._is_exhausted and (size is None or len(batch) < size):
            is_enough = strategy != ALL and num_new >= self._settings.trials
            proposal = None if is_enough else self._proposer.ask()
            if proposal is None:
                break
            candidate = self._candidate(proposal)
            self._count(candidate)
            num_new += candidate.is_new
            if candidate.design is None or self._ledger.knows(candidate.same_as):
                self._settle(proposal)
            else:
                batch.append(proposal)
        return batch

    def _count(self, candidate: candidates.Candidate) -> None:
        self._num_fruitless = 0 if candidate.is_new else self._num_fruitless + 1

    @property
    def _is_exhausted(self) -> bool:
        return self._num_fruitless >= MOST_FRUITLESS

    def _try(self, batch: Sequence[Proposal]) -> None:
        """Trains the new networks of a batch from rung to rung, then settles the others."""
        race = [each for each in batch if self._candidate(each).is_new]
        for epochs in self._settings.rungs:
            tasks = [
                task for each in race for task in self._ledger.tasks(self._design(each), epochs)
            ]
            outcomes = self._carried_out([*tasks, *self._base_tasks()])
            self._note_base(outcomes)
            race = [each for each in race if self._goes_on(each, epochs, outcomes)]
        for each in batch:
            if each.number not in self._trials:
                self._settle(each)

    def _goes_on(self, proposal: Proposal, epochs: int, outcomes: Mapping[Task, Outcome]) -> bool:
        """Judges a proposal after a rung; ends it unless it goes on."""
        design = self._design(proposal)
        score = self._ledger.score(design, epochs, outcomes)
        if score.accuracy is None:
            state = proposals.FAILED
        elif epochs == self._settings.config.epochs:
            state = proposals.COMPLETE
        elif self._proposer.goes_on(proposal, epochs, score.accuracy):
            return True
        else:
            state = proposals.PRUNED
        self._ledger.end(proposal.template, state, score)
        self._end(proposal, state, _notes(state, score))
        ledgers.discard_checkpoints(outcomes[each] for each in self._ledger.tasks(design, epochs))
        return False

    def _settle(self, proposal: Proposal) -> None:
        """Ends a proposal that is no network of its own: the study learns what is known."""
        candidate = self._candidate(proposal)
        nothing = Score(None, 0, answers.Effort(), candidate.exclusion)
        if candidate.same_as is None:
            # Not failed: samplers learn from what is stopped, here that nothing is there.
            self._end(proposal, proposals.PRUNED, _notes(answers.EXCLUDED, nothing))
            return
        state, known = self._ledger.known(candidate.same_as)
        if state == proposals.PRUNED and known.accuracy is not None:
            self._proposer.goes_on(proposal, known.epochs, known.accuracy)
        reason = f"the same network as {candidate.same_as}"
        score = Score(known.accuracy, 0, answers.Effort(), reason)
        self._end(proposal, state, _notes(answers.SAME, score))

    def _end(self, proposal: Proposal, state: str, notes: Mapping[str, Any]) -> None:
        self._proposer.tell(proposal, state, notes["val_accuracy"], notes)
        self._note(proposal, notes)

    def _note(self, proposal: Proposal, notes: Mapping[str, Any]) -> None:
        self._trials[proposal.number] = Trial(
            proposal.number,
            proposal.template,
            notes["status"],
            self._candidate(proposal).design,
            notes["epochs"],
            notes["val_accuracy"],
            notes["reason"],
        )

    def _compare(self) -> None:
        """Trains winner and base with the final seeds and evaluates the test split."""
        winner = self._winner()
        if winner is None or winner.design is None:
            raise self._refusal()
        self._note_base(self._carried_out(self._base_tasks()))
        designs, seeds = (self._candidates.base, winner.design), self._settings.final_seeds
        tasks = {
            (design.template, seed): self._settings.task(design, seed)
            for design in designs
            for seed in seeds
        }
        outcomes = self._carried_out(list(tasks.values()))
        for design in designs:
            runs = {seed: outcomes[tasks[design.template, seed]] for seed in seeds}
            self._finals[design.template] = EvaluationRow(design, runs)
            self._ledger.note_final(design, runs.values())
        failed = [each.reason for each in outcomes.values() if each.status == events.FAILED]
        if failed and self._answer(answers.FINISHED).difference is None:
            raise TrainingError(f"the comparison of winner and base failed: {failed[0]}")

    def _refusal(self) -> Exception:
        reasons = [each.reason for each in self._trials.values() if each.reason]
        first = f"; the first: {reasons[0]}" if reasons else ""
        if any(each.status == proposals.FAILED for each in self._trials.values()):
            return TrainingError(f"expected a candidate that trains, all of them failed{first}")
        return BudgetError(
            f"expected a candidate within the budget, none of {len(self._trials)} gives a network "
            f"other than the base{first}"
        )

    def _winner(self) -> Trial | None:
        """Returns the best by validation; of equally good ones the cheaper, then the first."""

        def rank(trial: Trial) -> tuple[float, int, int]:
            macs = 0 if trial.design is None else trial.design.cost.macs
            return trial.val_accuracy or 0.0, -macs, -trial.number

        whole = [each for each in self._trials.values() if each.status == proposals.COMPLETE]
        return max(whole, key=rank, default=None)

    def _base_tasks(self) -> list[Task]:
        """Returns the base's runs with the search seeds, unless they are known."""
        if self._ledger.knows(BASE):
            return []
        return self._ledger.tasks(self._candidates.base, self._settings.config.epochs)

    def _note_base(self, outcomes: Mapping[Task, Outcome]) -> None:
        tasks = self._base_tasks()
        if not tasks:
            return
        epochs = self._settings.config.epochs
        score = self._ledger.score(self._candidates.base, epochs, outcomes)
        if score.accuracy is None:
            raise TrainingError(f"the base, which all is compared with, failed: {score.reason}")
        self._ledger.end(BASE, proposals.COMPLETE, score)
        ledgers.discard_checkpoints(outcomes[each] for each in tasks)

    def _carried_out(self, tasks: Sequence[Task]) -> dict[Task, Outcome]:
        if not tasks:
            return {}
        start = time.monotonic()
        outcomes = self._carry_out(tasks)
        if not all(each.is_known for each in outcomes):
            self._wall_seconds += time.monotonic() - start
        if any(each.status in _UNDER_WAY for each in outcomes):
            raise _StoppedError
        return dict(zip(tasks, outcomes, strict=True))

    def _candidate(self, proposal: Proposal) -> candidates.Candidate:
        return self._candidates.find(proposal.template)

    def _design(self, proposal: Proposal) -> Design:
        design = self._candidate(proposal).design
        if design is None:
            raise BudgetError(f"{proposal.template}: expected a network, there is none")
        return design

    def _earlier_seconds(self) -> float:
        """Returns what earlier calls of this search took."""
        content = files.read_json(self._settings.output_dir / ANSWER) or {}
        is_same = (content.get("settings") or {}).get("study") == self._name
        return float((content.get("cost") or {}).get("wall_seconds", 0.0)) if is_same else 0.0

    def _tell_answer(self, status: str = answers.SEARCHING) -> SearchAnswer:
        found = self._answer(status)
        files.write_json(self._settings.output_dir / ANSWER, found.to_json())
        self._on_answer(found)
        return found

    def _answer(self, status: str) -> SearchAnswer:
        winner = self._winner()
        base_score = self._ledger.known(BASE)[1].accuracy if self._ledger.knows(BASE) else None
        contender = None
        if winner is not None and winner.design is not None:
            final = self._finals.get(winner.design.template)
            contender = Contender(winner.design, winner.val_accuracy, final)
        return SearchAnswer(
            status=status,
            settings={
                "study": self._name,
                "network": self._candidates.base.name,
                **self._settings.to_json(),
                **self._matching.to_json(),
            },
            base=Contender(self._candidates.base, base_score, self._finals.get(BASE)),
            winner=contender,
            trials=tuple(self._trials[number] for number in sorted(self._trials)),
            search_effort=self._ledger.search_effort,
            final_effort=self._ledger.final_effort,
            wall_seconds=self._wall_seconds,
            is_exhausted=self._is_exhausted,
        )


def _notes(status: str, score: Score) -> dict[str, Any]:
    """Returns what is kept of a trial beside its value."""
    return {
        "status": status,
        "epochs": score.epochs,
        "val_accuracy": score.accuracy,
        "reason": score.reason,
        "effort": score.effort.to_json(),
    }
