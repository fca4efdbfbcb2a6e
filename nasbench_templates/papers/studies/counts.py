"""Every published count of parameters and operations beside ours.

Everything is computed from the networks, in a second or two.

  nasbench-templates study counts
  nasbench-templates study counts --format=json
"""

from nasbench_templates.papers import count_tables, registered
from nasbench_templates.papers.registered import Computed

registered.study("counts", __doc__, Computed(count_tables.params_tables))
