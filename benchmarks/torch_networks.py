"""VGG-19, ResNet-20 and MobileNetV2 for 32x32 images in plain PyTorch, the peers of our own.

Written as anyone would by the papers' tables, with PyTorch's defaults; `throughput.py` compares the
numbers of trainable parameters with ours.

Sources: VGG (arXiv:1409.1556, table 1 E, with batch norm and one dense layer), ResNet
(arXiv:1512.03385, section 4.2, projections where the shape changes), MobileNetV2 (arXiv:1801.04381,
table 2, with strides for small images).
"""

import itertools

import torch
from torch import nn

VGG19 = (64, 64, "pool", 128, 128, "pool", *(256,) * 4, "pool", *(512,) * 4, "pool", *(512,) * 4)
# Expansion, filters, blocks, stride.
MOBILENET_V2 = (
    (1, 16, 1, 1), (6, 24, 2, 1), (6, 32, 3, 2), (6, 64, 4, 1), (6, 96, 3, 1), (6, 160, 3, 2),
    (6, 320, 1, 1),
)  # fmt: skip


def _conv_bn(source: int, filters: int, kernel: int, stride: int = 1, groups: int = 1) -> list:
    conv = nn.Conv2d(
        source, filters, kernel, stride, padding=kernel // 2, groups=groups, bias=False
    )
    return [conv, nn.BatchNorm2d(filters)]


def _head(source: int, num_classes: int) -> list:
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(source, num_classes)]


class Residual(nn.Module):
    """A body beside a shortcut, then an activation or none."""

    def __init__(self, body: list, shortcut: list, activation: nn.Module):
        super().__init__()
        self.body = nn.Sequential(*body)
        self.shortcut = nn.Sequential(*shortcut)
        self.activation = activation

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Returns the activated sum."""
        return self.activation(self.body(inputs) + self.shortcut(inputs))


def vgg19(num_classes: int) -> nn.Module:
    """Returns VGG-19 with batch norm and one dense layer."""
    parts, source = [], 3
    for filters in (*VGG19, "pool"):
        if filters == "pool":
            parts.append(nn.MaxPool2d(2))
        else:
            parts += [*_conv_bn(source, filters, 3), nn.ReLU(inplace=True)]
            source = filters
    return nn.Sequential(*parts, *_head(source, num_classes))


def resnet20(num_classes: int) -> nn.Module:
    """Returns ResNet-20."""
    parts, source = [*_conv_bn(3, 16, 3), nn.ReLU(inplace=True)], 16
    for filters, block in itertools.product((16, 32, 64), range(3)):
        stride = 2 if filters > 16 and not block else 1
        body = [
            *_conv_bn(source, filters, 3, stride),
            nn.ReLU(inplace=True),
            *_conv_bn(filters, filters, 3),
        ]
        shortcut = [] if source == filters else _conv_bn(source, filters, 1, stride)
        parts.append(Residual(body, shortcut, nn.ReLU(inplace=True)))
        source = filters
    return nn.Sequential(*parts, *_head(source, num_classes))


def mobilenet_v2(num_classes: int) -> nn.Module:
    """Returns MobileNetV2."""
    parts, source = [*_conv_bn(3, 32, 3, 2), nn.ReLU6(inplace=True)], 32
    for expansion, filters, blocks, first_stride in MOBILENET_V2:
        for block in range(blocks):
            stride = 1 if block else first_stride
            hidden = source * expansion
            body = []
            if expansion > 1:
                body += [*_conv_bn(source, hidden, 1), nn.ReLU6(inplace=True)]
            body += [
                *_conv_bn(hidden, hidden, 3, stride, groups=hidden),
                nn.ReLU6(inplace=True),
                *_conv_bn(hidden, filters, 1),
            ]
            is_residual = stride == 1 and source == filters
            parts.append(Residual(body, [], nn.Identity()) if is_residual else nn.Sequential(*body))
            source = filters
    parts += [*_conv_bn(source, 1280, 1), nn.ReLU6(inplace=True)]
    return nn.Sequential(*parts, *_head(1280, num_classes))


NETWORKS = {"vgg19": vgg19, "resnet20": resnet20, "mobilenet_v2": mobilenet_v2}
