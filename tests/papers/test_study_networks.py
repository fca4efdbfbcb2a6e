"""The networks of the studies, held against the lists of docs/templates.md."""

from fractions import Fraction

from nasbench_templates.papers import paper_networks


def test_filters_found_on_one_set_are_used_on_another():
    on_cifar = paper_networks.classifier("resnet50", "c").plan()
    on_imagenet = paper_networks.classifier("resnet50", "c", (224, 224, 3), 1000).plan()
    assert on_cifar.filters == on_imagenet.filters
    assert on_imagenet.cost.trainable_params == 3_786_908


def test_printed_columns_b_and_c_of_table_6_are_exchanged():
    # docs/templates.md, section 5: "b" is [210, 137, 64], "c" [190, 190, 190].
    assert paper_networks.nasbench_network("best", "b").plan().filters == (210, 137, 64)
    assert paper_networks.nasbench_network("best", "c").plan().filters == (190, 190, 190)


def test_smallest_width_of_table_6_is_128_for_a_and_64_for_d():
    assert paper_networks.nasbench_network("best", "a").plan().filters == (128, 284, 440)
    assert paper_networks.nasbench_network("resnet50", "d").plan().filters == (64, 430, 64)


def test_plain_rule_has_step_one_and_the_first_stacks_width():
    filters = paper_networks.nasbench_network("best", "d", by_plain_rule=True).plan().filters
    assert (filters[0], filters[2]) == (128, 128)
    assert filters[1] % 10 != 0


def test_narrow_networks_keep_the_published_proportions():
    narrow = paper_networks.nasbench_network("best", "d", stem_filters=16).plan()
    assert (narrow.filters[0], narrow.filters[2]) == (8, 8)  # 64 of 128
    assert narrow.architecture.base_filters == (16, 32, 64)


def test_width_multiplier_scales_the_bases_own_widths():
    half = paper_networks.redistributed("vgg19", "base", width_multiplier=Fraction(1, 2)).plan()
    assert half.filters[:4] == (32, 32, 64, 64)
