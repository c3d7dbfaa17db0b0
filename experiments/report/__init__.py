"""The report: one HTML file that holds everything, loads nothing and runs nothing.

In reading order: ``data`` (what a report is made from), ``words`` (numbers and durations as
text), ``palette`` (colour ramps), ``published`` (figures of the papers), ``counts`` (data ->
tables of what data there were), ``sections`` (data -> what each section says), ``figures`` (data
-> geometry of the drawn figures), ``pictures`` (arrays -> PNG), ``page`` (the template filled and
written).
"""

from .data import Example, ReportData
from .page import render_report, write_report

__all__ = ["Example", "ReportData", "render_report", "write_report"]
