r"""Table 1 of "The Myth of the Pyramid": parameters, memory and inference time on CIFAR-10 shapes.

VGG-19, ResNet-50, MobileNetV2 and MnasNet under base and a to e, measured on this machine as the
job `profile` measures: published, computed and measured figures stand in columns of their own. No
data set is needed. Interrupt it at any time: what is measured is kept.

  nasbench-templates study resources
  nasbench-templates study resources --scale=small
"""

from nasbench_templates.papers import paper_networks, printed_memory, registered
from nasbench_templates.papers.paper_networks import StudyNetwork
from nasbench_templates.papers.registered import Measured


def study_networks(is_smoke: bool = False) -> list[StudyNetwork]:
    """Returns the networks of the table; two small ones for a trial."""
    models = ("mobilenet_v2",) if is_smoke else paper_networks.CLASSIFIERS
    templates = ("base", "c") if is_smoke else paper_networks.TEMPLATES
    return [
        paper_networks.classifier(model, template) for model in models for template in templates
    ]


registered.study(
    "resources",
    __doc__,
    Measured(
        "The Myth of the Pyramid, table 1: resources",
        study_networks,
        ("myth", "1"),
        f"Published times: Titan X Pascal. {printed_memory.NOTE} As published, in whole MiB; "
        "measured memory is this machine's and another quantity.",
        printed_memory.table1_mb,
    ),
)
