"""What the package offers for many runs: `sweep` and `collect`.

Importing this module loads no library; the functions load what they use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pathlib

    import pandas


def sweep(
    networks: Any,
    *,
    output_dir: str | pathlib.Path,
    workers: int | None = None,
    run_seconds: float | None = None,
    run_memory_bytes: int | None = None,
    retries: int = 1,
    shard: tuple[int, int] = (0, 1),
    engine: str = "local",
    address: str | None = None,
    records: tuple[str, ...] = (),
    **grid: Any,
) -> pandas.DataFrame:
    """Carries out every combination as a run and returns the table of all runs in the folder.

    What is finished in the folder is not run again; several calls at once share the runs. A script
    needs `if __name__ == "__main__":` around the call, as for `multiprocessing`.

    Args:
        networks: texts (architectures, cells, files) or mappings, as in a sweep's file
            (docs/sweeps.md); one or several.
        output_dir: folder of the sweep.
        workers: processes that train at the same time; `None`: one for each core.
        run_seconds: after which an attempt at a run is ended; `None`: never.
        run_memory_bytes: beyond which it is ended; with Ray what is reserved.
        retries: further attempts at a run that fails.
        shard: number, from 0, and count: only every `count`-th run.
        engine: `"local"` or `"ray"`.
        address: of a Ray cluster.
        records: where hashes of cells are looked up.
        **grid: `options`, `templates`, `budgets`, `matching`, `datasets`, `training`, `seeds` and
            `runs`, as in a sweep's file.

    Raises:
        ConfigError: a name, file, data set, setting or engine that there is not.
        DataError: a data set is not whole or damaged.
        TrainingError: runs failed; the table holds the others and the reasons.
    """
    import pathlib

    from nasbench_templates.execution import processes
    from nasbench_templates.runs.context import Context, RunLimits
    from nasbench_templates.support.errors import ConfigError, TrainingError
    from nasbench_templates.sweeps import carrying_out, folder, planning, request, table

    if workers is not None and workers < 1:
        raise ConfigError(f"expected at least one of workers, received {workers}")
    root = pathlib.Path(output_dir)
    content = request.plain({"networks": networks, **grid})
    plan = planning.plan(request.parse(content, "sweep()"), root, record_paths=records)
    runs = plan.shard(*shard).runs
    if not runs:
        raise ConfigError(f"expected a run at least, received {len(plan.left_out)} left out")
    if engine not in ("local", "ray"):
        raise ConfigError(f"expected engine to be local or ray, received {engine!r}")
    make_engine = None
    if engine == "ray":
        from nasbench_templates.execution import ray_engine

        make_engine = ray_engine.maker(ray_engine.RayOptions(address))
    folder.write_request(root, content)
    outcomes = carrying_out.carry_out(
        runs,
        root,
        Context(limits=RunLimits(run_seconds, run_memory_bytes, retries)),
        workers=workers or processes.num_workers(processes.AUTO, len(runs)),
        make_engine=make_engine,
    )
    found = table.write(root)
    failed = [each for each in outcomes if not each.is_finished]
    if failed:
        raise TrainingError(
            f"{len(failed)} of {len(runs)} runs did not finish, the first: {failed[0].task.label}: "
            f"{failed[0].reason}; nt.collect({str(output_dir)!r}) has the others"
        )
    return found


def collect(folder: str | pathlib.Path) -> pandas.DataFrame:
    """Returns one row for each run below a folder: network, widths, cost, accuracies, origin.

    Args:
        folder: of `sweep`, or any with runs of `train`, `evaluate` and the studies.

    Raises:
        DataError: it does not exist.
    """
    import pathlib

    from nasbench_templates.sweeps import table

    return table.collect(pathlib.Path(folder))
