"""Conditions on cells as text: comparisons of numbers by name, joined by `and`, `or` and `not`.

    trainable_params < 5e6 and (conv3x3 >= 2 or maxpool3x3 == 0)
    final_validation_accuracy - final_test_accuracy > 0.01

The text is parsed by Python's own parser and only a list of its forms is carried out, on arrays;
nothing is ever evaluated as a program. A number that a cell lacks is NaN, which every comparison
but `!=` fails.
"""

import ast
import operator
from collections.abc import Callable

import numpy as np

from nasbench_templates.support.errors import RecordError

_COMPARISONS = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_ARITHMETIC = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
# Longer texts are no conditions that anybody wrote, and deep ones end the interpreter's stack.
_MOST_CHARACTERS = 10_000
_MOST_DEPTH = 100
_EXPECTED = "expected comparisons such as trainable_params < 5e6 joined by and, or, not"


def evaluate(condition: str, values_of: Callable[[str], np.ndarray]) -> np.ndarray:
    """Returns for each cell whether it meets a condition.

    Args:
        condition: the text.
        values_of: gives one number for each cell by name; raises `RecordError` for other names.

    Raises:
        RecordError: a malformed condition, or a name that `values_of` refuses.
    """
    return _Condition(condition, values_of).found()


class _Condition:
    """A parsed text."""

    def __init__(self, text: str, values_of: Callable[[str], np.ndarray]):
        self._text = text
        self._values_of = values_of

    def found(self) -> np.ndarray:
        try:
            if len(self._text) > _MOST_CHARACTERS:
                raise ValueError
            tree = ast.parse(self._text.strip(), mode="eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise self._error() from None
        with np.errstate(divide="ignore", invalid="ignore"):
            return self._truth(tree.body, 0)

    def _truth(self, node: ast.expr, depth: int) -> np.ndarray:
        if depth > _MOST_DEPTH:
            raise self._error()
        if isinstance(node, ast.BoolOp):
            parts = [self._truth(part, depth + 1) for part in node.values]
            joins = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
            return joins.reduce(parts)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return ~self._truth(node.operand, depth + 1)
        if isinstance(node, ast.Compare):
            # As in Python, a < b < c is a < b and b < c.
            terms = [self._number(term, depth + 1) for term in (node.left, *node.comparators)]
            return np.logical_and.reduce(
                [
                    self._compared(sign, left, right)
                    for sign, left, right in zip(node.ops, terms[:-1], terms[1:], strict=True)
                ]
            )
        raise self._error()

    def _compared(
        self, sign: ast.cmpop, left: np.ndarray | float, right: np.ndarray | float
    ) -> np.ndarray:
        if type(sign) not in _COMPARISONS:
            raise self._error()
        found = _COMPARISONS[type(sign)](left, right)
        if not isinstance(found, np.ndarray):
            raise RecordError(f"{_EXPECTED}, received one without names: {self._text[:200]!r}")
        return found

    def _number(self, node: ast.expr, depth: int) -> np.ndarray | float:
        if depth > _MOST_DEPTH:
            raise self._error()
        if isinstance(node, ast.Name):
            return self._values_of(node.id)
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            if isinstance(node.value, bool):
                raise self._error()
            return float(node.value)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
            value = self._number(node.operand, depth + 1)
            return -value if isinstance(node.op, ast.USub) else value
        if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
            left, right = self._number(node.left, depth + 1), self._number(node.right, depth + 1)
            try:
                return _ARITHMETIC[type(node.op)](left, right)
            except ZeroDivisionError:
                raise self._error() from None
        raise self._error()

    def _error(self) -> RecordError:
        return RecordError(f"{_EXPECTED}, received {self._text[:200]!r}")
