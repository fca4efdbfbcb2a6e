"""Every published count of parameters, operations and memory beside ours.

Everything is computed from the networks, in a second or two.

  nasbench-templates study counts
  nasbench-templates study counts --format=json
"""

from nasbench_templates.papers import count_tables, printed_memory, registered
from nasbench_templates.papers.published import Figures
from nasbench_templates.papers.registered import Computed
from nasbench_templates.report.result_tables import ResultTable


def tables(figures: Figures) -> list[ResultTable]:
    """Returns the tables of parameters and operations, and that of memory."""
    compared = printed_memory.compare_memory(figures.select("myth"))
    return [
        *count_tables.params_tables(figures),
        printed_memory.memory_table("Memory, tables 1 and 5", compared),
    ]


registered.study("counts", __doc__, Computed(tables))
