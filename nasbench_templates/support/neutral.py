"""Texts from others (names of classes, files, cells, runs) in tables that programs interpret.

Spreadsheets take a cell that begins with one of a few characters for a formula, and Markdown shows
HTML as such. Numbers stay as they are, whatever they begin with.
"""

import html

# The tab and the carriage return too: spreadsheets pass over them.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LATEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "±": r"$\pm$",
}  # fmt: skip


def csv_cell(value: object) -> object:
    """Returns a value for a cell of a CSV table; a text that a spreadsheet would compute is quoted.

    Example:
        >>> csv_cell("=1+2"), csv_cell("-0.5"), csv_cell(-0.5), csv_cell("a-b")
        ("'=1+2", '-0.5', -0.5, 'a-b')
    """
    if not isinstance(value, str):
        return value
    # The csv module leaves a carriage return unquoted, which readers take for the end of a row.
    text = value.replace("\r", " ")
    return f"'{text}" if _is_formula(value) else text


def markdown_cell(text: str) -> str:
    r"""Returns a text for a cell of a Markdown table, shown as it is.

    Example:
        >>> markdown_cell("<b>x|y</b>"), markdown_cell("=1"), markdown_cell("-0.5")
        ('&lt;b&gt;x\\|y&lt;/b&gt;', '\\=1', '-0.5')
    """
    shown = html.escape(" ".join(text.split("\n")), quote=False).replace("|", r"\|")
    return f"\\{shown}" if _is_formula(text) else shown


def latex_cell(text: str) -> str:
    r"""Returns a text for a cell of a LaTeX table, shown as it is.

    Example:
        >>> latex_cell("a_b & 5 %")
        'a\\_b \\& 5 \\%'
    """
    return "".join(_LATEX.get(character, character) for character in text)


def _is_formula(text: str) -> bool:
    if not text.startswith(_FORMULA) or text == "-":
        return False
    try:
        float(text.replace(",", ""))
    except ValueError:
        return True
    return False
