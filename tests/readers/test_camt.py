"""CAMT messages are read payment by payment, and proven by what they state."""

from decimal import Decimal
from pathlib import Path

import pytest

from importer import readers
from importer.errors import FileRefused
from importer.guess import guess
from importer.model import Remittance
from importer.transcribe import Standing, Transcript, transcribe

ACCOUNT = "<Acct><Id><IBAN>XX00TEST0001</IBAN></Id><Ccy>EUR</Ccy></Acct>"
DAYS = "<BookgDt><Dt>2026-03-18</Dt></BookgDt><ValDt><Dt>2026-03-19</Dt></ValDt>"


def entry(amount: str = "500.00", inside: str = "", side: str = "CRDT") -> str:
    return (
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>'
        f"<Sts>BOOK</Sts>{DAYS}{inside}</Ntry>"
    )


def details(*inside: str) -> str:
    found = "".join(f"<TxDtls>{one}</TxDtls>" for one in inside)
    return f"<NtryDtls>{found}</NtryDtls>"


def balance(code: str, amount: str, side: str = "CRDT") -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>'
        "<Dt><Dt>2026-03-18</Dt></Dt></Bal>"
    )


def message(*inside: str, kind: str = "Stmt", account: str = ACCOUNT) -> str:
    space = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{space}">'
        f"<BkToCstmrStmt><GrpHdr><MsgId>1</MsgId></GrpHdr>\n<{kind}><Id>1</Id>"
        f"<CreDtTm>2026-03-20T23:59:59+01:00</CreDtTm>{account}"
        + "\n".join(inside)
        + f"</{kind}></BkToCstmrStmt></Document>\n"
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bank.xml"


def cells(path: Path, *inside: str) -> list[dict[str, str]]:
    path.write_text(message(*inside), "utf-8")
    table = readers.read(path)
    assert table.format == "camt"
    return [dict(zip(table.header, row.cells, strict=True)) for row in table.rows()]


def read_all(path: Path) -> tuple[Transcript, list[Remittance]]:
    table = readers.read(path)
    transcript = transcribe(table, guess(table).mapping)
    return transcript, [one for one in transcript if isinstance(one, Remittance)]


def figures(path: Path) -> tuple[int, Decimal]:
    tallies = read_all(path)[0].tallies.values()
    return sum(t.count for t in tallies), sum((t.sum for t in tallies), Decimal(0))


def standing(path: Path) -> Standing:
    totals = read_all(path)[0].totals
    assert totals is not None
    return totals.standing


def refused(path: Path, text: str) -> str:
    path.write_text(text, "utf-8")
    with pytest.raises(FileRefused) as error:
        read_all(path)
    return "\n".join(str(fault) for fault in error.value.faults)


DETAIL = (
    "<Refs><AcctSvcrRef>B-1</AcctSvcrRef><EndToEndId>E-1</EndToEndId>"
    "<ChqNb>4471</ChqNb></Refs><RltdPties><Dbtr><Nm>ROSEWOOD FLORAL</Nm></Dbtr>"
    "<DbtrAcct><Id><IBAN>XX00TEST0002</IBAN></Id></DbtrAcct></RltdPties>"
    "<RmtInf><Ustrd>INVOICE 10233</Ustrd><Ustrd>and 10240</Ustrd></RmtInf>"
)


def test_a_payment_is_set_out_by_its_own_names(path: Path) -> None:
    (one,) = cells(path, entry(inside=details(DETAIL)))
    assert {name: value for name, value in one.items() if value} == {
        "entry": "1",
        "payment": "1.1",
        "account": "XX00TEST0001",
        "currency": "EUR",
        "booking date": "2026-03-18",
        "value date": "2026-03-19",
        "amount": "500.00",
        "kind": "check",
        "remitter": "ROSEWOOD FLORAL",
        "payer account": "XX00TEST0002",
        "bank reference": "B-1",
        "end to end id": "E-1",
        "check number": "4471",
        "text": "INVOICE 10233 and 10240",
        "status": "BOOK",
    }


def test_names_of_later_versions_stand_one_level_deeper(path: Path) -> None:
    detail = DETAIL.replace("<Dbtr><Nm>", "<Dbtr><Pty><Nm>")
    detail = detail.replace("</Nm></Dbtr>", "</Nm></Pty></Dbtr>")
    status = entry(inside=details(detail)).replace(
        "<Sts>BOOK</Sts>", "<Sts><Cd>BOOK</Cd></Sts>"
    )
    (one,) = cells(path, status)
    assert (one["remitter"], one["status"]) == ("ROSEWOOD FLORAL", "BOOK")


@pytest.mark.parametrize("prefix", ["", "ns2:"])
def test_the_namespace_does_not_matter(path: Path, prefix: str) -> None:
    text = message(entry(inside=details(DETAIL))).replace(' xmlns="', ' xmlns:ns2="')
    path.write_text(
        text.replace("<", f"<{prefix}")
        .replace(f"<{prefix}/", f"</{prefix}")
        .replace(f"<{prefix}?", "<?")
    )
    assert figures(path) == (1, Decimal("500.00"))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "iso-8859-1"])
def test_every_encoding_of_xml_is_read(path: Path, encoding: str) -> None:
    text = message(entry(inside=details("<RmtInf><Ustrd>Grüße</Ustrd></RmtInf>")))
    path.write_bytes(
        text.replace("UTF-8", encoding.removesuffix("-sig")).encode(encoding)
    )
    assert read_all(path)[1][0].text == "Grüße"


def test_details_that_make_the_entry_are_payments_of_their_own_sign(path: Path) -> None:
    one = '<Amt Ccy="EUR">700.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
    other = '<Amt Ccy="EUR">200.00</Amt><CdtDbtInd>DBIT</CdtDbtInd>'
    rows = cells(path, entry(inside=details(one, other)), entry("1.00"))
    assert [row["amount"] for row in rows] == ["700.00", "-200.00", "1.00"]
    assert [row["entry"] for row in rows] == ["1", "1", "2"]
    assert figures(path) == (2, Decimal("501.00"))


@pytest.mark.parametrize(
    "other",
    [
        '<Amt Ccy="EUR">200.00</Amt>',
        '<Amt Ccy="USD">-200.00</Amt>',
        "",
        '<Amt Ccy="EUR">x</Amt>',
    ],
)
def test_details_that_do_not_are_one_payment_with_all_texts(
    path: Path, other: str
) -> None:
    one = '<Amt Ccy="EUR">700.00</Amt><RmtInf><Ustrd>A 1</Ustrd></RmtInf>'
    other += "<RmtInf><Ustrd>B 2</Ustrd></RmtInf>"
    (row,) = cells(path, entry(inside=details(one, other)))
    assert (row["amount"], row["text"]) == ("500.00", "A 1 B 2")


@pytest.mark.parametrize(
    "own", ['<Amt Ccy="USD">9</Amt>', '<Amt Ccy="EUR">0</Amt>', ""]
)
def test_one_detail_takes_the_amount_of_its_entry(path: Path, own: str) -> None:
    (row,) = cells(path, entry(inside=details(own)))
    assert row["amount"] == "500.00"


def document(number: str, paid: str = "", discount: str = "") -> str:
    amounts = f'<RmtdAmt Ccy="EUR">{paid}</RmtdAmt>' if paid else ""
    if discount:
        amounts += f'<DscntApldAmt><Amt Ccy="EUR">{discount}</Amt></DscntApldAmt>'
    return (
        f"<Strd><RfrdDocInf><Nb>{number}</Nb></RfrdDocInf>"
        f"<RfrdDocAmt>{amounts}</RfrdDocAmt></Strd>"
    )


def test_documents_with_amounts_are_advice(path: Path) -> None:
    listed = document("10233", "490.00", "10.00") + document("10240", "10.00")
    path.write_text(
        message(entry(inside=details(f"<RmtInf>{listed}</RmtInf>")), entry("1.00"))
    )
    transcript, (first, second) = read_all(path)
    assert [(a.invoice, a.paid, a.discount) for a in first.advice] == [
        ("10233", Decimal("490.00"), Decimal("10.00")),
        ("10240", Decimal("10.00"), Decimal(0)),
    ]
    assert (first.amount, second.advice) == (Decimal("500.00"), ())
    assert transcript.remittances == 2
    assert figures(path) == (2, Decimal("501.00"))


def test_documents_without_all_amounts_are_text(path: Path) -> None:
    listed = document("10233", "490.00") + document("10240")
    credit = "<Strd><CdtrRefInf><Ref>RF18X</Ref></CdtrRefInf></Strd>"
    (row,) = cells(path, entry(inside=details(f"<RmtInf>{listed}{credit}</RmtInf>")))
    assert (row["text"], row["invoice"], row["reference"]) == (
        "10233 10240 RF18X",
        "",
        "RF18X",
    )


RETURNED = "<TxDtls><RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf></TxDtls>"


@pytest.mark.parametrize(
    ("old", "new", "caution"),
    [
        ("<Sts>BOOK", "<Sts>PDNG", "not booked"),
        ("<Sts>BOOK</Sts>", "<Sts><Cd>INFO</Cd></Sts>", "not booked"),
        ("<Sts>", "<RvslInd>true</RvslInd><Sts>", "reverses an earlier debit"),
        (
            "</NtryDtls>",
            "<TxDtls><RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf></TxDtls></NtryDtls>",
            "returned payment",
        ),
    ],
)
def test_what_is_no_plain_payment_waits_for_a_person(
    path: Path, old: str, new: str, caution: str
) -> None:
    (row,) = cells(path, entry(inside="<NtryDtls></NtryDtls>").replace(old, new))
    assert caution in row["caution"]


def test_a_pending_debit_is_of_no_interest(path: Path) -> None:
    (row,) = cells(path, entry(side="DBIT").replace("BOOK", "PDNG"))
    assert (row["amount"], row["caution"]) == ("-500.00", "")


@pytest.mark.parametrize(
    ("days", "day"),
    [
        ("<BookgDt><DtTm>2026-03-18T23:30:00-05:00</DtTm></BookgDt>", "2026-03-18"),
        ("<ValDt><Dt>2026-03-17</Dt></ValDt>", "2026-03-17"),
        ("", "2026-03-20"),
    ],
)
def test_the_day_is_the_civil_day_as_written(path: Path, days: str, day: str) -> None:
    (row,) = cells(path, entry().replace(DAYS, days))
    assert row["booking date"] == day


def test_balances_are_proven_statement_by_statement(path: Path) -> None:
    opening, closing = balance("OPBD", "100.00"), balance("CLBD", "600.00")
    path.write_text(message(opening, closing, balance("CLAV", "1.00"), entry()))
    assert standing(path) is Standing.PROVEN
    path.write_text(message(balance("CLBD", "1.00"), entry()))
    assert standing(path) is Standing.NOT_STATED
    assert "make 600.00, and it closes with 600.01" in refused(
        path, message(opening, balance("CLBD", "600.01"), entry())
    )
    assert "make the closing -400.00" not in refused(
        path, message(opening, balance("CLBD", "400.00", "DBIT"), entry())
    )
    pending = entry("9.00").replace("BOOK", "PDNG")
    path.write_text(message(opening, closing, entry(), pending))
    assert standing(path) is Standing.PROVEN


@pytest.mark.parametrize(("number", "total"), [("2", "700.00"), ("1", "501.00")])
def test_summaries_are_proven(path: Path, number: str, total: str) -> None:
    stated = (
        "<TxsSummry><TtlNtries><NbOfNtries>{}</NbOfNtries><Sum>{}</Sum></TtlNtries>"
        "<TtlCdtNtries><NbOfNtries>1</NbOfNtries></TtlCdtNtries></TxsSummry>"
    )
    entries = (entry(), entry("200.00", side="DBIT"))
    good = message(stated.format("2", "700.00"), *entries)
    path.write_text(good)
    assert standing(path) is Standing.PROVEN
    bad = message(stated.format(number, total), *entries)
    if bad != good:
        assert "is stated as" in refused(path, bad)


def test_an_amount_that_cannot_be_read_is_held_by_name(path: Path) -> None:
    path.write_text(message(entry("12..34"), entry()))
    transcript, found = read_all(path)
    assert (transcript.unreadable, len(found)) == (1, 1)
    assert "cannot be proven" in refused(
        path,
        message(balance("OPBD", "1"), balance("CLBD", "501"), entry("x"), entry()),
    )


def whole() -> str:
    return message(
        balance("OPBD", "0"), balance("CLBD", "500"), entry(inside=details(DETAIL))
    )


@pytest.mark.parametrize("end", range(200, len(whole()) - 1, 7))
def test_a_file_that_is_cut_off_is_refused(path: Path, end: int) -> None:
    assert "cut off" in refused(path, whole()[:end]) or "<" in whole()[end:][:1]


def changed(old: str, new: str) -> str:
    text = message(entry())
    assert old in text
    return text.replace(old, new)


FIRST = "<Id>1</Id>"
TAGS = "".join(f"<a{n}/>" for n in range(5000))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (changed("<Document", "<!DOCTYPE a [<!ENTITY b 'c'>]><Document"), "document"),
        (changed(FIRST, "<a>" * 3000 + "</a>" * 3000), "nested deeper"),
        (changed(FIRST, f"<Acct><Ccy>{'x' * 300_000}</Ccy></Acct>"), "more in one"),
        (changed(FIRST, f"<b>{'x' * 9_000_000}</b>"), "more in one"),
        (changed(FIRST, "<CreDtTm>xxxx</CreDtTm>" * 70_000), "more in one"),
        (changed(FIRST, "<b>xxxx</b>" * 800_000), "more in one"),
        (changed(FIRST, TAGS), "kinds of tags"),
        (changed(FIRST, f"<a b='{'x' * 3_000_000}'/>"), "does not end"),
        (message(kind="Elsewhere"), "no statement"),
        (changed("</Ntry>", "</Ntri>"), "XML is broken"),
    ],
    ids=range(10),
)
def test_what_no_bank_writes_is_refused(path: Path, text: str, sentence: str) -> None:
    assert sentence in refused(path, text)
