"""What the bank does not say of an entry is never made up; what it says is proven."""

import tracemalloc
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer import readers
from importer.errors import Fault, FileRefused
from importer.readers import camt_pieces, camt_walk
from importer.table import Row, Table

SPACE = "urn:iso:std:iso:20022:tech:xsd:"
ROOTS = {
    "camt.052": ("BkToCstmrAcctRpt", "Rpt"),
    "camt.053": ("BkToCstmrStmt", "Stmt"),
    "camt.054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
}
DAY = "<BookgDt><Dt>2026-03-18</Dt></BookgDt>"


def entry(amount: str, *payments: str, side: str = "CRDT", more: str = DAY) -> str:
    listed = "\n".join(f"<TxDtls>{one}</TxDtls>" for one in payments)
    return (
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>{more}'
        f"<NtryDtls>{listed}</NtryDtls></Ntry>"
    )


def payment(amount: str, side: str = "CRDT", more: str = "") -> str:
    return f'<Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>{more}'


def balance(code: str, amount: str, day: str = "2026-03-18") -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='EUR'>{amount}"
        f"</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def remitted(*documents: str) -> str:
    found = "".join(f"<Strd>{one}</Strd>" for one in documents)
    return f"<RmtInf><Ustrd>as agreed</Ustrd>{found}</RmtInf>"


def document(number: str, amounts: str, kind: str = "CINV") -> str:
    return (
        f"<RfrdDocInf><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Nb>{number}</Nb>"
        f"</RfrdDocInf><RfrdDocAmt>{amounts}</RfrdDocAmt>"
    )


def message(*inside: str, version: str = "camt.053.001.08", head: str = "") -> str:
    root, statement = ROOTS[version[:8]]
    suffix = "V01" if version.endswith(".01") else ""
    body = "\n".join(inside)
    return (
        f'<Document xmlns="{SPACE}{version}"><{root}{suffix}><GrpHdr>{head}</GrpHdr>\n'
        f"<{statement}><Acct><Id><IBAN>XX00TEST0001</IBAN></Id></Acct>\n{body}\n"
        f"</{statement}></{root}{suffix}></Document>\n"
    )


class Bank:
    """Writes a file, and reads it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def table(self, text: str) -> Table:
        self.path.write_text(text, "utf-8")
        return readers.read(self.path)

    def read(self, text: str) -> tuple[Table, list[Row]]:
        table = self.table(text)
        return table, list(table.rows())

    def rows(self, *inside: str) -> list[dict[str, str]]:
        table, rows = self.read(message(*inside))
        return [dict(zip(table.header, row.cells, strict=True)) for row in rows]

    def said(self, *inside: str, head: str = "") -> tuple[list[str], list[str], str]:
        """Return what was proven, what is contradicted, and the notes."""
        table, _ = self.read(message(*inside, head=head))
        faults = [str(one) for one in table.checked if isinstance(one, Fault)]
        proven = [one for one in table.checked if isinstance(one, str)]
        return proven, faults, "\n".join(table.notes)

    def refused(self, text: str) -> str:
        with pytest.raises(FileRefused) as error:
            self.read(text)
        return str(error.value.faults[0])


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    return Bank(tmp_path / "bank.xml")


@pytest.mark.parametrize("number", range(1, 14))
@pytest.mark.parametrize("kind", ROOTS)
def test_all_versions_are_read_alike(bank: Bank, kind: str, number: int) -> None:
    version = f"{kind}.001.{number:02}"
    text = message(entry("5.00", payment("5.00")), version=version)
    table, (row,) = bank.read(text)
    assert table.format == "camt"
    cells = dict(zip(table.header, row.cells, strict=True))
    assert (cells["amount"], cells["account"]) == ("5.00", "XX00TEST0001")


def test_the_first_version_has_payments_right_in_the_entry(bank: Bank) -> None:
    old = "<RmtInf><Strd><RfrdDocInf><RfrdDocNb>10233</RfrdDocNb></RfrdDocInf></Strd>"
    whole = entry("5.00").replace(
        "<NtryDtls></NtryDtls>", f"<TxDtls>{old}</RmtInf></TxDtls>"
    )
    assert bank.rows(whole)[0]["text"] == "10233"


@pytest.mark.parametrize("side", ["CRDT", "DBIT", "", "CR"])
@pytest.mark.parametrize("amount", ["-5.00", "+5.00", "5,00", "5.00-", "12..34", "1e3"])
def test_an_amount_with_a_sign_of_its_own_is_not_read(
    bank: Bank, amount: str, side: str
) -> None:
    (row,) = bank.rows(entry(amount, side=side))
    assert row["amount"].startswith(amount)
    assert row["amount"].endswith("?")


def test_an_entry_that_stands_where_none_may_is_not_lost(bank: Bank) -> None:
    text = message(entry("5.00"))
    astray = text.replace("<GrpHdr>", f"{entry('9.00')}<GrpHdr>")
    assert "outside a statement" in bank.refused(astray)
    deep = text.replace("</Ntry>", f"<Odd>{entry('9.00')}</Odd></Ntry>", 1)
    assert "outside a statement" in bank.refused(deep)


def test_payments_stand_on_their_own_lines(bank: Bank) -> None:
    text = message(entry("5.00"), entry("7.00", payment("3.00"), payment("4.00")))
    _, rows = bank.read(text)
    lines = text.splitlines()
    assert "<Ntry>" in lines[rows[0].line - 1]
    assert ["3.00" in lines[rows[1].line - 1], "4.00" in lines[rows[2].line - 1]] == [
        True,
        True,
    ]


def test_a_lump_says_that_its_payments_do_not_make_it(bank: Bank) -> None:
    lump = entry(
        "7.00",
        payment("3.00", more="<RmtInf><Ustrd>A 1</Ustrd></RmtInf>"),
        payment("5.00", more=remitted(document("B 2", "<RmtdAmt>5.00</RmtdAmt>"))),
    )
    (row,) = bank.rows(lump)
    assert (row["amount"], row["text"], row["invoice"]) == (
        "7.00",
        "A 1 as agreed B 2",
        "",
    )
    assert "do not make" in row["caution"]
    assert "(entries: 1, the first on line 3)" in bank.said(lump)[2]


def test_a_lump_without_its_payments_waits_for_a_person(bank: Bank) -> None:
    batch = "<Btch><NbOfTxs>94</NbOfTxs></Btch>"
    lump = entry("7.00", payment("7.00")).replace("<NtryDtls>", f"<NtryDtls>{batch}")
    assert "94 payments" in bank.rows(lump)[0]["caution"]
    assert not bank.rows(lump.replace("CRDT", "DBIT"))[0]["caution"]
    assert not bank.rows(lump.replace("94", "1"))[0]["caution"]


def test_what_a_lump_says_is_cut_where_nobody_would_read_on(bank: Bank) -> None:
    texts = (f"<RmtInf><Ustrd>{n:0100}</Ustrd></RmtInf>" for n in range(500))
    (row,) = bank.rows(entry("7.00", *texts))
    assert row["text"].endswith(" …")
    assert len(row["text"]) < 11_000


def test_charges_leave_what_was_booked_and_what_was_instructed(bank: Bank) -> None:
    instructed = '<AmtDtls><InstdAmt><Amt Ccy="USD">9</Amt></InstdAmt></AmtDtls>'
    charged = "<Chrgs><TtlChrgsAndTaxAmt>0.50</TtlChrgsAndTaxAmt></Chrgs>"
    less, other, same = bank.rows(
        entry("7.50", payment("8.00", more=charged)),
        entry("7.50", payment("7.50", more=instructed)),
        entry("7.50", payment("7.50")),
    )
    names = ("amount", "original amount", "original currency", "charges")
    assert [less[name] for name in names] == ["7.50", "8.00", "EUR", "0.50"]
    assert [other[name] for name in names] == ["7.50", "9", "USD", ""]
    assert [same[name] for name in names] == ["7.50", "", "", ""]


def euro(tag: str, amount: str) -> str:
    return f'<{tag} Ccy="EUR">{amount}</{tag}>'


@pytest.mark.parametrize(
    ("listed", "advice"),
    [
        (document("1", euro("RmtdAmt", "5")), [("1", "5", "")]),
        (document("1", euro("CdtNoteAmt", "5"), "CREN"), [("1", "-5", "")]),
        (document("1", euro("RmtdAmt", "5"), "CREN"), [("1", "-5", "")]),
        (
            document("1", euro("RmtdAmt", "5") + euro("DscntApldAmt", "1") * 2),
            [("1", "5", "2.00")],
        ),
        (document("1", '<RmtdAmt Ccy="USD">5</RmtdAmt>'), [("", "", "")]),
        (document("1", euro("DuePyblAmt", "5")), [("", "", "")]),
    ],
)
def test_documents_are_advice_in_the_money_of_the_payment(
    bank: Bank, listed: str, advice: Sequence[tuple[str, str, str]]
) -> None:
    rows = bank.rows(entry("5.00", payment("5.00", more=remitted(listed))))
    assert [(r["invoice"], r["paid"], r["discount"]) for r in rows] == advice
    assert rows[0]["text"] == ("as agreed" if advice[0][0] else "as agreed 1")


def test_a_day_that_the_bank_does_not_give_waits_for_a_person(bank: Bank) -> None:
    value = "<ValDt><Dt>2026-03-17</Dt></ValDt>"
    opening = balance("CLBD", "1", "2026-03-19")
    of_value, of_closing = bank.rows(
        opening, entry("1", more=value), entry("1", more="")
    )
    assert (of_value["booking date"], of_value["caution"]) == ("2026-03-17", "")
    assert of_closing["booking date"] == "2026-03-19"
    assert "2026-03-19 is inferred" in of_closing["caution"]
    notes = bank.said(opening, entry("1", more=value), entry("1", more=""))[2]
    assert "its value date" in notes
    assert "statement's day" in notes


@pytest.mark.parametrize("code", ["RRTN", "UPDD", "UPCQ"])
@pytest.mark.parametrize("side", ["CRDT", "DBIT"])
def test_what_came_back_is_told_by_its_code(bank: Bank, code: str, side: str) -> None:
    family = f"<Fmly><Cd>RCDT</Cd><SubFmlyCd>{code}</SubFmlyCd></Fmly>"
    told = f"{DAY}<BkTxCd><Domn><Cd>PMNT</Cd>{family}</Domn></BkTxCd>"
    (row,) = bank.rows(entry("1", side=side, more=told))
    assert row["caution"] == "a returned payment"
    assert row["transaction code"] == f"PMNT/RCDT/{code}"


def pages(number: int, last: str) -> str:
    return f"<StmtPgntn><PgNb>{number}</PgNb><LastPgInd>{last}</LastPgInd></StmtPgntn>"


@pytest.mark.parametrize(
    ("paging", "is_page"),
    [
        (pages(1, "true"), False),
        (pages(1, "false"), True),
        (pages(2, "true"), True),
        ("", False),
    ],
)
def test_a_page_is_not_contradicted_by_what_stands_on_others(
    bank: Bank, paging: str, is_page: object
) -> None:
    inside = (paging, balance("OPBD", "1"), balance("CLBD", "9"), entry("5"))
    proven, faults, notes = bank.said(*inside)
    assert (not proven, not faults) == (True, bool(is_page))
    assert ("one page of several" in notes) is is_page
    tied = bank.said(paging, balance("OPBD", "1"), balance("CLBD", "6"), entry("5"))
    assert (len(tied[0]), tied[1]) == (1, [])


def test_pages_of_the_message_are_noted_too(bank: Bank) -> None:
    head = pages(3, "true").replace("StmtPgntn", "MsgPgntn")
    assert "one page of several" in bank.said(entry("5"), head=head)[2]


def test_a_copy_of_a_statement_is_noted(bank: Bank) -> None:
    assert "a duplicate" in bank.said("<CpyDplctInd>DUPL</CpyDplctInd>", entry("5"))[2]


def test_several_days_are_proven_from_the_first_to_the_last(bank: Bank) -> None:
    newest = (balance("OPBD", "6", "2026-03-19"), balance("CLBD", "11", "2026-03-19"))
    oldest = (balance("OPBD", "1", "2026-03-18"), balance("CLBD", "6", "2026-03-18"))
    proven, faults, _ = bank.said(*newest, *oldest, entry("5"), entry("5"))
    assert (len(proven), faults) == (1, [])


def summary(inside: str) -> str:
    return f"<TxsSummry><TtlNtries>{inside}</TtlNtries></TxsSummry>"


@pytest.mark.parametrize(
    ("stated", "is_so"),
    [
        ("<NbOfNtries>2</NbOfNtries><Sum>9.00</Sum>", True),
        ("<NbOfNtries>3</NbOfNtries>", True),
        ("<NbOfNtries>4</NbOfNtries>", False),
        ("<Sum>5.00</Sum>", True),
        ("<Sum>8.99</Sum>", False),
        (
            "<TtlNetNtryAmt>5</TtlNetNtryAmt><CdtDbtInd>CRDT</CdtDbtInd>",
            True,
        ),
        (
            "<TtlNetNtry><Amt>5</Amt><CdtDbtInd>CRDT</CdtDbtInd></TtlNetNtry>",
            True,
        ),
        (
            "<TtlNetNtry><Amt>5</Amt><CdtDbtInd>DBIT</CdtDbtInd></TtlNetNtry>",
            False,
        ),
    ],
)
def test_summaries_are_held_against_entries(
    bank: Bank, stated: str, is_so: object
) -> None:
    entries = (
        entry("7.00", payment("3.00"), payment("4.00")),
        entry("2.00", side="DBIT"),
    )
    proven, faults, _ = bank.said(summary(stated), *entries)
    assert (bool(proven), bool(faults)) == (is_so, not is_so)


def test_a_summary_may_leave_out_what_is_not_booked(bank: Bank) -> None:
    pending = entry("2.00", more=f"<Sts>PDNG</Sts>{DAY}")
    stated = summary("<NbOfNtries>1</NbOfNtries><Sum>7.00</Sum>")
    proven, faults, _ = bank.said(stated, entry("7.00"), pending)
    assert (len(proven), faults) == (2, [])


def test_a_statement_of_no_entries_is_none_the_less_one(bank: Bank) -> None:
    proven, faults, _ = bank.said(balance("OPBD", "1"), balance("CLBD", "1"))
    assert (len(proven), faults) == (1, [])


def test_a_wrong_message_is_refused_by_its_name(bank: Bank) -> None:
    wrong = "<Document><CstmrCdtTrfInitn><!-- camt.053. --></CstmrCdtTrfInitn>"
    assert "<Document>" in bank.refused(f"{wrong}</Document>")
    order = f'<Document xmlns="{SPACE}pain.001.001.03"><CstmrCdtTrfInitn/></Document>'
    assert "payment order" in bank.refused(order)


def test_an_envelope_around_the_message_does_not_matter(bank: Bank) -> None:
    text = f"<Envelope><AppHdr><Id>1</Id></AppHdr>{message(entry('5'))}</Envelope>"
    assert len(bank.read(text)[1]) == 1


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "cp1250", "utf-8"])
def test_what_an_encoding_declares_is_read(bank: Bank, encoding: str) -> None:
    named = "windows-1250" if encoding == "cp1250" else encoding[:6].rstrip("-")
    text = message(entry("5", payment("5", more="<AddtlTxInf>Łódź</AddtlTxInf>")))
    text = f'<?xml version="1.0" encoding="{named}"?>\n{text}'
    bank.path.write_bytes(text.encode(encoding))
    table = readers.read(bank.path)
    (row,) = table.rows()
    assert row.cells[table.header.index("text")] == "Łódź"


def test_rows_may_be_read_twice(bank: Bank) -> None:
    text = message(balance("OPBD", "1"), balance("CLBD", "6"), entry("5", more=""))
    table = bank.table(text)
    first = (list(table.rows()), list(table.checked), list(table.notes))
    assert first == (list(table.rows()), list(table.checked), list(table.notes))
    assert all(first)


def test_a_batch_does_not_fill_the_memory(bank: Bank) -> None:
    listed = [
        payment("1.00", more=f"<RmtInf><Ustrd>INVOICE {n}</Ustrd></RmtInf>")
        for n in range(4000)
    ]
    table = bank.table(message(entry("4000.00", *listed)))
    tracemalloc.start()
    count = sum(1 for _ in table.rows())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == len(listed)
    # Unpacked, each would take more than a kilobyte.
    assert peak < 2_000_000


def test_tags_without_end_around_a_message_are_refused(bank: Bank) -> None:
    flood = message(entry("5")).replace("<BkTo", f"{'<a>' * 20_000}<BkTo")
    assert "around the message" in bank.refused(flood)


def test_an_entry_larger_than_memory_is_refused(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(camt_pieces, "LARGEST_ENTRY", 1000)
    many = message(entry("50.00", *[payment("1.00")] * 50))
    assert "more payments than" in bank.refused(many)


@pytest.mark.parametrize(
    ("flood", "sentence"),
    [
        ("<Bal/>" * 20_000, "more balances"),
        ("</Stmt><Stmt>" * 200_000, "more statements"),
        (entry("5", f"<RmtInf>{'<Strd/>' * 1_300_000}</RmtInf>"), "more in one place"),
        ("".join(f'<b a{n}="1"/>' for n in range(5000)), "more kinds"),
    ],
    ids=range(4),
)
def test_floods_are_refused(bank: Bank, flood: str, sentence: str) -> None:
    assert sentence in bank.refused(message(flood, entry("5")))


AMOUNTS = st.decimals("0.01", "99999.99", places=2)
SIDES = st.sampled_from(["CRDT", "DBIT"])


@given(
    entries=st.lists(
        st.lists(st.tuples(AMOUNTS, SIDES), min_size=1, max_size=4),
        min_size=1,
        max_size=6,
    ),
    off=st.integers(0, 5),
    chunk=st.integers(1, 300),
)
def test_wherever_the_file_is_cut_into_chunks_its_money_is_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    entries: list[list[tuple[Decimal, str]]],
    off: int,
    chunk: int,
) -> None:
    """The amounts of all rows make the entries, tied or not, and all is proven."""
    inside, total = [], Decimal(0)
    for number, listed in enumerate(entries):
        made = sum((-a if side == "DBIT" else a for a, side in listed), Decimal(0))
        made += number == off
        total += made
        side = "DBIT" if made < 0 else "CRDT"
        payments = (payment(str(a), own) for a, own in listed)
        inside.append(entry(str(abs(made)), *payments, side=side))
    closing = balance("CLBD", str(total + 10**7))
    bank = Bank(tmp_path_factory.mktemp("chunks") / "bank.xml")
    table = bank.table(message(balance("OPBD", str(10**7)), closing, *inside))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(camt_walk, "CHUNK", chunk)
        rows = list(table.rows())
    place = table.header.index("amount")
    assert sum(Decimal(row.cells[place]) for row in rows) == total
    assert len({row.cells[0] for row in rows}) == len(entries)
    assert [type(one) for one in table.checked] == [str]
