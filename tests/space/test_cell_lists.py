"""Lists of cells: what lines mean, and what is told of wrong ones."""

import json

import pytest

from nasbench_templates.benchmark_records import cell_texts, lookup
from nasbench_templates.networks.named_cells import named_cells
from nasbench_templates.space import cell_lists, cell_matching
from nasbench_templates.support.errors import ConfigError, RecordError, SpecError

BEST = named_cells.get("best").cell
GRAPH = {"matrix": BEST.matrix, "ops": BEST.ops}


def test_a_name_in_other_letters_is_the_name():
    found = cell_texts.resolve("ResNet", [])
    assert (found.name, found.cell) == ("resnet", named_cells.get("resnet").cell)
    assert cell_texts.resolve(BEST.hash().upper(), []).name == BEST.hash()


@pytest.mark.parametrize(
    "line",
    [
        "best", "BEST", '"best"', "best,0.93", BEST.hash(), BEST.hash().upper(),
        f"{BEST.hash()},0.93", f'"{BEST.hash()}";x', f"{BEST.hash()} text", json.dumps(GRAPH),
        json.dumps({"module_hash": BEST.hash().upper()}),
    ],
)  # fmt: skip
def test_a_line_means_the_same_cell_to_every_job(line):
    lines = ["# a comment", "module_hash,accuracy", "", line, "# another"]
    (found,) = cell_lists.parse(lines, "cells", [])
    assert found.cell.hash() == BEST.hash()
    assert cell_lists.hashes(lines, "cells") == [BEST.hash()]


@pytest.mark.parametrize("read", [lambda lines: cell_lists.parse(lines, "cells", []),
                                  lambda lines: cell_lists.hashes(lines, "cells")])  # fmt: skip
@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["resnte"], "cells, line 1: unknown cell 'resnte': did you mean resnet"),
        (["best", "resnte,0.5"], "cells, line 2: expected a line that begins with a cell"),
        (["best", "{"], "cells, line 2: malformed JSON"),
        (["best", "{}"], "cells, line 2: expected a cell with the keys matrix and ops"),
    ],
)
def test_a_wrong_line_is_told_with_its_number(read, lines, message):
    with pytest.raises(SpecError, match=message):
        read(lines)


@pytest.mark.parametrize("lines", [[], ["", "# comment"], ["hash"], ["module_hash,x"]])
def test_a_list_without_a_cell_is_refused(lines):
    with pytest.raises(ConfigError, match="expected at least one cell"):
        cell_lists.parse(lines, "cells", [])


def test_a_limit_takes_the_first_cells_and_reads_no_further():
    assert len(cell_lists.parse(["best", "resnet", "{"], "cells", [], limit=2)) == 2


def test_hashes_in_any_form_are_looked_up_at_once(monkeypatch):
    calls = []
    monkeypatch.setattr(lookup, "read_cells", lambda _, names: calls.append(list(names)) or {})
    monkeypatch.setattr(lookup, "find_record", lambda _, name: None)
    names = [f"{number:032x}" for number in range(3)]
    lines = [names[0], json.dumps({"module_hash": names[1]}), f'"{names[2].upper()}"']
    with pytest.raises(SpecError, match=r"line 1: .*expected a graph with this hash"):
        cell_lists.parse(lines, "cells", ["records"])
    assert calls == [names]


def test_damaged_records_are_told_as_such(monkeypatch):
    def damaged(*_):
        raise RecordError("r.csv: line 2: expected an integer")

    monkeypatch.setattr(cell_matching, "records", damaged)
    with pytest.raises(RecordError, match=r"r\.csv: line 2"):
        cell_lists.parse(["0" * 32], "cells", ["r.csv"])
