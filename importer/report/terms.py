"""What the words of the page mean; docs/operations.md says the same."""

MEANINGS = {
    "posted": "in the ERP",
    "ready": "decided, not yet sent",
    "held": "waits for a person",
    "in_doubt": "sent, and the answer is not known",
    "refused": "the ERP said no",
    "posting": "being sent",
    "duplicate": "was taken in before",
    "skipped": "is not customer money",
}
REASONS = {
    "unreadable": "a value of the row cannot be read",
    "rule": "a rule of the mapping wants a person to look",
    "no-plain-payment": (
        "the bank marks it: not booked yet, a reversal, several payments in one line"
    ),
    "no-customer": "nobody is known by this name or account",
    "two-customers": "the payer, or the quoted invoices, belong to several",
    "customer-by-number-alone": "only a quoted number speaks for the customer",
    "inactive-customer": "the customer is not active in the ERP",
    "no-invoice": "the customer is known, and no invoice is quoted",
    "invoice-not-open": "a quoted invoice is not open",
    "invoice-of-another-customer": "a quoted invoice is somebody else's",
    "invoice-after-payment": "the invoice is younger than the payment",
    "short": "less was paid than is open",
    "over": "more was paid than is open",
    "discount": "a discount was taken that the terms do not give",
    "credit-memo": "a credit is part of it, which the ERP cannot apply by itself",
    "sum-differs": "the parts do not make the amount, or something else fits exactly",
    "one-invoice-amount": "one open invoice has this amount, and none is quoted",
    "combination": "open invoices add up to it, and none is quoted",
    "on-account": "the customer is known, and nothing fits",
    "above-limit": "the payment, or all of the file, is above a limit",
    "month-closed": "its day lies in a month that accounting has closed",
    "currency": "the money is in another currency than [erp] currency",
    "already-paid-here": "an earlier row of the file pays this invoice",
    "possible-duplicate": "it may repeat a remittance that was taken in before",
    "possibly-entered-by-hand": "the ERP has a payment like it that we did not make",
    "not-payable": "the ERP cannot take it as it is",
    "not-found-in-erp": "it was sent, and the ERP does not show it",
    "differs-in-erp": "the ERP has it with another customer or amount",
    "not-approved": (
        "what would be sent is not what was approved: a setting has changed since"
    ),
    "in_doubt": MEANINGS["in_doubt"],
    "refused": MEANINGS["refused"],
}
DEFINITIONS = {
    "Straight through": "Posted, and no person has decided about it or approved it.",
    "of remittances": (
        "Held against all remittances but duplicates and what rules alone have "
        "skipped as no customer money. What a person has skipped counts as not "
        "straight through, for it has taken a person."
    ),
    "of invoices": (
        "The same remittances, each counted as often as its last plan or suggestion "
        "names an invoice; where none is named it counts once."
    ),
    "of money": (
        "The same remittances by what came in, each currency by itself. Money that "
        "goes out is not in it."
    ),
    "of lines": (
        "All rows of all files. Straight through are those that were posted, skipped "
        "or known as duplicates without any person."
    ),
}
