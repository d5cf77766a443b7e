"""One HTML file that shows what was scored and what went wrong, on the images themselves."""

from mmnuc.evaluation.report.page import write_report

__all__ = ['write_report']
