"""Which distributions are tried next: a list, or Optuna's samplers and pruners.

Optuna keeps its trials in a journal in the search's folder, so that a killed search goes on with
the trials that it had begun. What a sampler draws follows from the seed and the trial's number.
"""

import contextlib
import dataclasses
import pathlib
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

from nasbench_templates.distribution_search.settings import TPE, SearchSettings
from nasbench_templates.distributions import shapes
from nasbench_templates.support.errors import ConfigError

if TYPE_CHECKING:
    import optuna

COMPLETE, PRUNED, FAILED = STATES = ("complete", "pruned", "failed")
JOURNAL = "study.journal"
# Between two values of a parameter; finer ones change few widths.
_STEP = 0.05
# TPE models the results from so many trials on; before it draws at random.
_STARTUP_TRIALS = 10
_TEMPLATE, _NOTES, _PASSED = "template", "notes", "passed_epochs"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A distribution to try.

    Attributes:
        number: from 0, in the order of the proposals.
        template: its name.
    """

    number: int
    template: str


@dataclass(frozen=True, slots=True)
class Told:
    """What was told of a proposal before this call.

    Attributes:
        proposal: which.
        state: one of `STATES`.
        value: its accuracy, fraction in [0, 1]; `None` where it has none.
        notes: what else was told.
    """

    proposal: Proposal
    state: str
    value: float | None
    notes: Mapping[str, Any]


class Proposer(Protocol):
    """Proposes distributions and hears what became of them."""

    def told(self) -> Sequence[Told]:
        """Returns the proposals of earlier calls whose end was told, in their order."""

    def open(self) -> Sequence[Proposal]:
        """Returns the proposals of earlier calls that were not ended, in their order."""

    def ask(self) -> Proposal | None:
        """Returns the next proposal, `None` if there are no more."""

    def goes_on(self, proposal: Proposal, epochs: int, value: float) -> bool:
        """Returns whether a proposal with this accuracy after so many epochs is worth more."""

    def tell(
        self, proposal: Proposal, state: str, value: float | None, notes: Mapping[str, Any]
    ) -> None:
        """Ends a proposal."""


@dataclass(slots=True)
class ListProposer:
    """Proposes given templates in their order; what has become of them is in the run folders.

    Attributes:
        names: of the templates.
    """

    names: Sequence[str]
    _asked: int = field(default=0, init=False)

    def told(self) -> Sequence[Told]:
        """Returns nothing: every call looks at all of them."""
        return ()

    def open(self) -> Sequence[Proposal]:
        """Returns nothing, likewise."""
        return ()

    def ask(self) -> Proposal | None:
        """Returns the next template."""
        if self._asked == len(self.names):
            return None
        self._asked += 1
        return Proposal(self._asked - 1, self.names[self._asked - 1])

    def goes_on(self, proposal: Proposal, epochs: int, value: float) -> bool:
        """Returns that it does: all are trained to the end."""
        return True

    def tell(
        self, proposal: Proposal, state: str, value: float | None, notes: Mapping[str, Any]
    ) -> None:
        """Does nothing."""


class OptunaProposer:
    """Proposes shapes by one of Optuna's samplers, a to e first.

    Args:
        settings: of the search; its folder exists.
        name: of the study in the journal.

    Raises:
        ConfigError: Optuna is not installed.
        OSError: the journal cannot be written.
    """

    def __init__(self, settings: SearchSettings, name: str):
        check_library()
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._settings = settings
        pruner: optuna.pruners.BasePruner = optuna.pruners.NopPruner()
        if settings.is_pruned:
            pruner = optuna.pruners.SuccessiveHalvingPruner(
                min_resource=settings.rungs[0], reduction_factor=settings.reduction_factor
            )
        self._study = optuna.create_study(
            storage=_journal(settings.output_dir / JOURNAL),
            sampler=optuna.samplers.RandomSampler(settings.seed),
            pruner=pruner,
            study_name=name,
            direction="maximize",
            load_if_exists=True,
        )
        for letter, point in shapes.SPECIAL_POINTS.items():
            values = {each.name: float(getattr(point, each.name)) for each in _parameters()}
            self._study.enqueue_trial(values, {_TEMPLATE: letter}, skip_if_exists=True)
        self._trials: dict[int, optuna.trial.Trial] = {}

    def told(self) -> Sequence[Told]:
        """Returns the trials of the journal that have ended."""
        import optuna

        names = {
            optuna.trial.TrialState.COMPLETE: COMPLETE,
            optuna.trial.TrialState.PRUNED: PRUNED,
            optuna.trial.TrialState.FAIL: FAILED,
        }
        return [
            Told(
                Proposal(each.number, each.user_attrs[_TEMPLATE]),
                names[each.state],
                each.value,
                each.user_attrs[_NOTES],
            )
            for each in self._study.get_trials(deepcopy=False, states=tuple(names))
        ]

    def open(self) -> Sequence[Proposal]:
        """Returns the trials that a call began and did not end, drawn to their end."""
        import optuna

        states = (optuna.trial.TrialState.RUNNING,)
        return [
            self._drawn(optuna.trial.Trial(self._study, each._trial_id), each.number)
            for each in self._study.get_trials(deepcopy=False, states=states)
        ]

    def ask(self) -> Proposal | None:
        """Returns the sampler's next trial."""
        self._study.sampler = self._sampler(len(self._study.get_trials(deepcopy=False)))
        trial = self._study.ask()
        return self._drawn(trial, trial.number)

    def goes_on(self, proposal: Proposal, epochs: int, value: float) -> bool:
        """Returns what the pruner says; of a trial that passed before, that it did."""
        trial = self._trials[proposal.number]
        if trial.user_attrs.get(_PASSED, 0) >= epochs:
            return True
        trial.report(value, epochs)
        if trial.should_prune():
            return False
        trial.set_user_attr(_PASSED, epochs)
        return True

    def tell(
        self, proposal: Proposal, state: str, value: float | None, notes: Mapping[str, Any]
    ) -> None:
        """Writes the end of a trial into the journal."""
        import optuna

        trial = self._trials[proposal.number]
        trial.set_user_attr(_NOTES, dict(notes))
        if state == COMPLETE:
            self._study.tell(trial, value)
        else:
            is_pruned = state == PRUNED
            self._study.tell(
                trial,
                state=optuna.trial.TrialState.PRUNED if is_pruned else optuna.trial.TrialState.FAIL,
            )

    def _sampler(self, number: int) -> "optuna.samplers.BaseSampler":
        import optuna

        # Not one generator for the whole search, whose state a kill would lose.
        seed = self._settings.seed * 1_000_003 + number
        if self._settings.strategy != TPE:
            return optuna.samplers.RandomSampler(seed)
        with _no_experimental_warnings():
            return optuna.samplers.TPESampler(
                n_startup_trials=_STARTUP_TRIALS, constant_liar=True, seed=seed
            )

    def _drawn(self, trial: "optuna.trial.Trial", number: int) -> Proposal:
        values = {
            each.name: Decimal(
                str(
                    round(
                        trial.suggest_float(
                            each.name, each.metadata["low"], each.metadata["high"], step=_STEP
                        ),
                        2,
                    )
                )
            )
            for each in _parameters()
        }
        if _TEMPLATE not in trial.user_attrs:
            trial.set_user_attr(_TEMPLATE, shapes.ShapeParameters(**values).name)
        self._trials[number] = trial
        return Proposal(number, trial.user_attrs[_TEMPLATE])


def check_library() -> None:
    """Checks that Optuna can be imported.

    Raises:
        ConfigError: it is not installed.
    """
    import importlib.util

    if importlib.util.find_spec("optuna") is None:
        raise ConfigError(
            "this strategy needs Optuna: pip install 'nasbench_templates[search]'; --strategy=all "
            "needs nothing"
        )


def _parameters() -> Sequence[dataclasses.Field]:
    return dataclasses.fields(shapes.ShapeParameters)


def _journal(path: pathlib.Path) -> "optuna.storages.BaseStorage":
    from optuna import storages
    from optuna.storages import journal

    _drop_partial_line(path)
    with _no_experimental_warnings():
        return storages.JournalStorage(journal.JournalFileBackend(str(path)))


def _drop_partial_line(path: pathlib.Path) -> None:
    """Removes what a writer that was killed left of a line, to which Optuna would append."""
    with contextlib.suppress(FileNotFoundError), path.open("r+b") as file:
        content = file.read()
        file.truncate(content.rfind(b"\n") + 1)


@contextlib.contextmanager
def _no_experimental_warnings() -> Iterator[None]:
    import optuna

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        yield
