"""The figures of a finished run, as `result.json` has them: a dictionary that shows itself.

>>> RunResult(model="vgg11", template="b", dataset="digits", status="finished", test_accuracy=0.5)
RunResult(vgg11 b on digits: finished, test 50.00 %)
"""

from typing import Any

from nasbench_templates.support import tables


class RunResult(dict[str, Any]):
    """The figures by name; printed it is one line, in a notebook a table."""

    def __repr__(self) -> str:
        accuracy = self.get("test_accuracy")
        test = "not evaluated" if accuracy is None else f"{100 * accuracy:.2f} %"
        return f"RunResult({self._title}: {self.get('status')}, test {test})"

    @property
    def _title(self) -> str:
        return f"{self.get('model')} {self.get('template')} on {self.get('dataset')}"

    def _repr_html_(self) -> str:
        rows = [(name, value) for name, value in self.items() if value not in (None, [], {})]
        return tables.html(self._title, ("figure", "value"), rows, [False, False])
