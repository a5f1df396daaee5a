"""A stand-in for Komet Sales and CRM.COM, with their rules and their accidents.

    with Sandbox(folder / "sandbox.db", seed) as sandbox:
        sandbox.accident("drop", times=2)
        ...  # requests to sandbox.url with sandbox.token, or to .url_of("crmcom")
        sandbox.book()["payments"]

It is a real HTTP server on loopback that checks every documented rule and keeps
its own book in a file, one for all ERPs.  It shares no code with the clients that it
judges.  Where the documents say nothing it has a switch (`rules.Switches`, and
`crmcom_rules.Switches`), whose default is the more dangerous of the two choices:
what is safe here is safe there.

Of CRM.COM's answers all codes and texts but "OK" are invented.  All Komet's texts of
refusal are invented, but these, which are quoted from Komet:
"success", "OK", "Orders not found.", "The payment was successfully
synchronized", "The payment was cancelled" and "The payment doesn't exist".
Invented, too, are the HTTP statuses of refusals, the answer of
payment.method.list and all that invoice lists say after `subtotal`.
"""

from importer.sandbox.server import Sandbox
from importer.sandbox.way import Way

__all__ = ["Sandbox", "Way"]
