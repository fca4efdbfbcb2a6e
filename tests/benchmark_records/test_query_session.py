"""Queries: repeats are drawn as the original draws them, and counted for each handle."""

import random

import pytest
import table_files
from table_files import A, B

from nasbench_templates.benchmark_records import importing
from nasbench_templates.benchmark_records.query_session import QuerySession
from nasbench_templates.benchmark_records.store import RecordStore
from nasbench_templates.support.errors import RecordError


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("table")
    table_files.write(folder / "t.tfrecord", table_files.rows([A], (5, 108)))
    importing.import_records(folder / "t.tfrecord", folder / "store")
    return RecordStore.open(folder / "store")


def test_the_seed_decides_the_repeats_as_in_the_original(store):
    generator = random.Random(7)
    session = QuerySession(store, seed=7)
    for _ in range(20):
        repeat = generator.randint(0, 2)
        assert session.query(A)[3:] == table_files.metrics(repeat)[4:]


def test_the_global_generator_is_not_touched(store):
    before = random.getstate()
    QuerySession(store).query(A)
    assert random.getstate() == before


def test_half_way(store):
    result = QuerySession(store).query(A, 108, stop_halfway=True, repeat=1)
    assert result[3:] == table_files.metrics(1)[:4]
    assert result.matrix == table_files.MATRIX
    assert result.trainable_parameters == 5356


def test_mean(store):
    result = QuerySession(store).query(A, repeat="mean")
    assert result.training_time == pytest.approx(201.3, rel=1e-15)  # 200.3, 201.3 and 202.3


def test_counters_belong_to_the_handle(store):
    session, other = QuerySession(store), QuerySession(store)
    session.query(A, repeat=0)
    session.query(A, 5, stop_halfway=True, repeat=1)
    assert session.training_time_spent == 200.3 + 101.1
    assert session.total_epochs_spent == 108 + 2  # half of 5 epochs, rounded down
    assert (other.training_time_spent, other.total_epochs_spent) == (0.0, 0)
    session.reset_budget_counters()
    assert (session.training_time_spent, session.total_epochs_spent) == (0.0, 0)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((B,), {}, rf"expected a cell of t\.tfrecord, received {B}"),
        ((A, 36), {}, "expected a budget among 5, 108 epochs, received 36"),
        ((A,), {"repeat": 3}, "expected a repeat in 0..2, mean or random, received 3"),
        ((A,), {"repeat": "last"}, "received 'last'"),
    ],
)
def test_what_is_not_there(store, arguments, options, message):
    session = QuerySession(store)
    with pytest.raises(RecordError, match=message):
        session.query(*arguments, **options)
    assert session.total_epochs_spent == 0
