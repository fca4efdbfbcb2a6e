"""A study of two tiny networks on the embedded digits."""

from nasbench_templates.design.settings import MatchSettings, NetworkSettings
from nasbench_templates.papers.paper_networks import StudyNetwork
from nasbench_templates.papers.study import StudyData, StudyRun, TrainingStudy
from nasbench_templates.training.config import TrainConfig

CONFIG = TrainConfig(epochs=1, batch_size=64, optimizer="sgd", learning_rate=0.05)
DIGITS = StudyData("digits", train_images=128, test_images=128)


def network(template):
    options = {"stem_filters": 4, "num_modules_per_stack": 1, "num_stacks": 2}
    settings = NetworkSettings("nasbench101", (8, 8, 1), 10, options)
    return StudyNetwork("nasbench101:resnet", template, template, settings, MatchSettings())


def study(templates=("base", "b"), seeds=(0, 1), **changes):
    runs = tuple(
        StudyRun(network(template), DIGITS, CONFIG, seed)
        for template in templates
        for seed in seeds
    )
    settings = {"scale": "small", "reductions": ("digits only",), **changes}
    return TrainingStudy("tiny", "Tiny study", runs=runs, **settings)
