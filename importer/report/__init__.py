"""The report: how much goes through by itself, what waits and why, on one page.

    journal ─walk─▶ Figures ─▶ HTML | JSON

(1) Currencies are never added to one another.
(2) Every text of a bank is escaped, and no account number is shown whole.
(3) Memory holds no row: only what is counted, and one line for each payer.
"""

from importer.report.document import document
from importer.report.figures import Figures, Scope, figures
from importer.report.page import page

__all__ = ["Figures", "Scope", "document", "figures", "page"]
