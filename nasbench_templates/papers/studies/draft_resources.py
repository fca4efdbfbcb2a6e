r"""The drafts' tables of resources: memory and inference time of a batch, on CIFAR-10 shapes.

VGG-19, ResNet-50, Inception and MobileNet under base and four redistributions, 20 networks,
measured on this machine: what both versions print, what is computed and what is measured stand in
columns of their own. The first version has batches of 64, the second of 16 (--batch_size). No data
set is needed. Interrupt it at any time: what is measured is kept.

  nasbench-templates study draft_resources
  nasbench-templates study draft_resources --batch_size=16
  nasbench-templates study draft_resources --scale=small
"""

from nasbench_templates.papers import draft_resource_tables, paper_networks, registered
from nasbench_templates.papers.paper_networks import StudyNetwork
from nasbench_templates.papers.registered import Measured


def study_networks(is_smoke: bool = False) -> list[StudyNetwork]:
    """Returns the networks of the tables; two small ones for a trial."""
    models = ("mobilenet_v1",) if is_smoke else paper_networks.REDISTRIBUTED
    templates = ("base", "uniform") if is_smoke else paper_networks.REDISTRIBUTIONS
    return [
        paper_networks.redistributed(model, template) for model in models for template in templates
    ]


registered.study(
    "draft_resources",
    __doc__,
    Measured(
        "Filter redistribution templates: resources",
        study_networks,
        ("redistribution_draft2", "3"),
        "Published: Titan X Pascal, memory as CUDA reported it. Computed: outputs of convolutions, "
        "poolings and dense layers, float32; no count of the networks gives the published memory.",
        make_table=draft_resource_tables.measured_table,
    ),
)
