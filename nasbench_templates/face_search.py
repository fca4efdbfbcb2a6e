"""`nt.search`, a part of the face; what it needs it imports itself, as all of `face` does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nasbench_templates.face_arguments import as_design, config_of, data_request, on_data

if TYPE_CHECKING:
    import pathlib

    from nasbench_templates.design.settings import Budget
    from nasbench_templates.distribution_search.answer import SearchAnswer
    from nasbench_templates.distributions.matching import MatchRule
    from nasbench_templates.face_arguments import AnyNetwork


def search(
    network: AnyNetwork,
    dataset: str = "digits",
    *,
    output_dir: str | pathlib.Path,
    data_dir: str | pathlib.Path | None = None,
    budget: Budget | str | float = "1x",
    match_on: str = "published_flops",
    rule: MatchRule = "nearest",
    recipe: str = "auto",
    epochs: int | None = None,
    workers: int = 1,
    **settings: Any,
) -> SearchAnswer:
    """Searches for the best distribution of a network's filters within a budget; docs/search.md.

    The same call goes on after a stop or a kill. `answer.template` is what to use, `answer.winner`
    the best candidate with its design and figures, `answer.to_pandas()` has a row for each trial.

    Args:
        network: as of `evaluate`.
        dataset: a registered name, or any name of a set of your own in `data_dir`.
        output_dir: for the runs and `search.json`.
        data_dir: with the data set's files.
        budget: a multiple of the base's own cost (`"0.5x"`), or an amount of `match_on`.
        match_on: the matched quantity.
        rule: `"nearest"`, `"closest"` or `"at_most"`.
        recipe: registered name.
        epochs: `None`: the recipe's.
        workers: as of `evaluate`.
        **settings: `strategy`, `trials`, `search_seeds`, `final_seeds` and the fields of
            `SearchSettings` after them, and fields of `TrainConfig` that replace the recipe's.

    Raises:
        ConfigError: settings that no search can have, or Optuna is needed and not installed.
        BudgetError: no candidate fits the budget.
        TrainingError: every candidate, or the base, failed.
        DataError: the data set is not whole or damaged.
    """
    import dataclasses
    import functools
    import pathlib

    from nasbench_templates.design.settings import Budget, MatchSettings
    from nasbench_templates.distribution_search import search as searching
    from nasbench_templates.distribution_search.settings import SearchSettings
    from nasbench_templates.execution import engine

    data = data_request(dataset, data_dir)
    own = ("label", "data", "config", "output_dir")
    fields = {field.name for field in dataclasses.fields(SearchSettings)}.difference(own)
    chosen = {name: settings.pop(name) for name in fields & settings.keys()}
    matching = MatchSettings(match_on=match_on, rule=rule, budget=Budget.parse(budget))
    asked = on_data(network, data)
    return searching.search(
        asked,
        matching,
        SearchSettings(
            as_design(asked).label,
            data,
            config_of(data, recipe, epochs, settings),
            pathlib.Path(output_dir),
            **chosen,
        ),
        functools.partial(engine.carry_out, workers=workers),
    )
