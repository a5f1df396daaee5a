"""One sound file of each format, all invented, and what is true of it."""

import io
import zipfile
from dataclasses import dataclass

import openpyxl


@dataclass(frozen=True)
class Seed:
    """A sound file: its bytes, its money lines, and whether it states its totals.

    `stated` says that a missing line cannot pass: totals, trailers or an end mark.
    """

    format: str
    content: bytes
    lines: int
    stated: bool


CSV = (
    "Posted,Description,Amount,Balance\n"
    "03/17/2026,ROSEWOOD FLORAL INV 10233,500.00,1500.00\n"
    '03/18/2026,"TULIP TIME, ""GARDEN"" CTR",-12.50,1487.50\n'
    "03/19/2026,KEY WEST BLOSSOMS,1250.75,2738.25\n"
    "03/23/2026,PALMETTO GROCERS 10240,99.00,2837.25\n"
)
SEMICOLONS = (
    "Kontoauszug;;\n\nBuchungstag;Verwendungszweck;Betrag\n"
    "17.03.2026;Blumen Müller Rechnung 118402;1.284,50\n"
    "18.03.2026;Entgelt;-12,90\n23.03.2026;Grüne Wiese;2.310,00\n"
)
OFX = (
    "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nENCODING:USASCII\nCHARSET:1252\n\n"
    "<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>USD<BANKACCTFROM><BANKID>1"
    "<ACCTID>2<ACCTTYPE>CHECKING</BANKACCTFROM><BANKTRANLIST><DTSTART>20260301"
    "<DTEND>20260331\n"
    "<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260318<TRNAMT>500.00<FITID>F1<NAME>ROSEWOOD"
    "<MEMO>INV 10233</STMTTRN>\n"
    "<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260319<TRNAMT>-12.50<FITID>F2<NAME>FEE"
    "</STMTTRN>\n</BANKTRANLIST><LEDGERBAL><BALAMT>100.00<DTASOF>20260331</LEDGERBAL>"
    "</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n"
)
OFX2 = (
    '<?xml version="1.0" encoding="UTF-8"?><?OFX OFXHEADER="200" VERSION="211"?><OFX>'
    "<BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>EUR</CURDEF><BANKACCTFROM><BANKID>1"
    "</BANKID><ACCTID>2</ACCTID></BANKACCTFROM><BANKTRANLIST>"
    "<STMTTRN><TRNTYPE>CREDIT</TRNTYPE><DTPOSTED>20260318120000[-5:EST]</DTPOSTED>"
    "<TRNAMT>500.00</TRNAMT><FITID>1</FITID><NAME>A &amp; B</NAME></STMTTRN>"
    "</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n"
)
MT940 = (
    "{1:F01TESTNL2AXXXX0000000000}{2:I940TESTNL2AXXXXN3020}{4:\n"
    ":20:START\n:25:TEST0001/42\n:28C:7/1\n:60F:C260317EUR100,00\n"
    ":61:2603180318CR500,00NTRFNONREF//B-1\n:86:166?00GUTSCHRIFT?20SVWZ+Rechnung "
    "10233?31DE00TEST?32ROSEWOOD\n:61:2603180318D12,50NCHG\nfee\n"
    ":62F:C260318EUR587,50\n:64:C260318EUR587,50\n-}\n"
)
CAMT = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:'
    'tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>1</MsgId></GrpHdr><Stmt>'
    "<Id>1</Id><Acct><Id><IBAN>XX00TEST0001</IBAN></Id></Acct>"
    '<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">100.00</Amt>'
    "<CdtDbtInd>CRDT</CdtDbtInd></Bal><Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry>"
    '</Tp><Amt Ccy="EUR">587.50</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>\n'
    '<Ntry><Amt Ccy="EUR">500.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>'
    "<BookgDt><Dt>2026-03-18</Dt></BookgDt><NtryDtls><TxDtls><Refs><EndToEndId>E1"
    "</EndToEndId></Refs><RmtInf><Ustrd>INVOICE 10233</Ustrd></RmtInf></TxDtls>"
    '</NtryDtls></Ntry>\n<Ntry><Amt Ccy="EUR">12.50</Amt><CdtDbtInd>DBIT</CdtDbtInd>'
    "<Sts>BOOK</Sts><BookgDt><Dt>2026-03-18</Dt></BookgDt></Ntry>\n"
    "</Stmt></BkToCstmrStmt></Document>\n"
)
BAI2 = (
    "01,121,FLORADA,260318,0900,1,80,,2/\n02,FLORADA,121,1,260318,0900,USD,2/\n"
    "03,0417,USD,010,10000,,/\n16,195,50000,V,260320,0900,B-1,C-1,WIRE IN\n"
    "88,OBI:=INVOICE 10233/X\n16,475,1250,,,4471,/\n"
    "49,61250,5/\n98,61250,1,7/\n99,61250,1,9/\n"
)
LOCKBOX = (
    "100FLORADA   BANK      2603180900\n"
    "2FLORADA   BANK      000000000040008000801\n"
    "50000000002208260318FLORADA   BANK      \n"
    "600100100000500002313801040001234555000000447103162"
    "6ROSEWOOD FLORAL               FLORADA\n"
    "40010016019INV 10233\n7001000000220826031800100000"
    "50000\n800000000022082603180001000"
    "0050000\n9000008\n"
)
QIF = (
    "!Type:Bank\nD12/19/2026\nT500.00\nN4471\nPROSEWOOD\nMINVOICE 10233\n^\n"
    "D12/21/2026\nT-12.50\nPFEE\nLBank\n^\n"
)
X12 = (
    "ISA*00*          *00*          *ZZ*PAYER          *ZZ*PAYEE          *260318*0900"
    "*U*00401*000000001*0*P*>~\nGS*RA*PAYER*PAYEE*20260318*0900*1*X*004010~\n"
    "ST*820*0001~\nBPR*C*500.00*C*ACH*CTX*01*123*DA*555*C1**01*231*DA*777*20260318~\n"
    "N1*PR*ROSEWOOD~\nRMR*IV*10233**400.00*410.00*10.00~\nRMR*IV*10240**100.00~\n"
    "SE*6*0001~\nGE*1*1~\nIEA*1*000000001~\n"
)
SHEET = (
    '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:'
    'spreadsheet"'
    ' xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="P">'
    '<Table><Row><Cell><Data ss:Type="String">Date</Data></Cell><Cell><Data '
    'ss:Type="String">Payer</Data></Cell><Cell><Data ss:Type="String">Amount</Data>'
    '</Cell></Row><Row><Cell><Data ss:Type="DateTime">2026-03-18T00:00:00.000</Data>'
    '</Cell><Cell><Data ss:Type="String">ROSEWOOD</Data></Cell><Cell><Data '
    'ss:Type="Number">500.25</Data></Cell></Row></Table></Worksheet></Workbook>\n'
)
HTML = (
    "<html><body><table><tr><th>Date</th><th>Payer</th><th>Amount</th></tr>"
    "<tr><td>2026-03-18</td><td>ROSEWOOD</td><td>500.25</td></tr>"
    "<tr><td>2026-03-19</td><td>A &amp; B</td><td>-7.00</td></tr></table></body></html>"
)


def nacha() -> str:
    first = f"101 231380104 1210428822603170900A094101{'Bank':23}{'Company':23}{'':8}"
    batch = (
        f"5200{'ROSEWOOD FLORAL':16}{'':20}1210428822CCDINVOICES  {'':6}260318"
        "   1121042880000001"
    )
    payee = f"231380104{'000123456789':17}"
    entries = [
        f"622{payee}0000050000{'INV 10233':15}{'FLORADA':22}  0121042880000001",
        f"705{'RMR*IV*10233**500.00':80}00010000001",
        f"627{payee}0000001250{'FEE':15}{'FLORADA':22}  0121042880000002",
    ]
    sums = f"{3:06}{46276020:010}{1250:012}{50000:012}"
    control = f"8200{sums}1210428822{'':25}121042880000001"
    last = f"9{1:06}{1:06}{3:08}{46276020:010}{1250:012}{50000:012}{'':39}"
    lines = [first, batch, *entries, control, last]
    return "\n".join([*lines, *["9" * 94] * (10 - len(lines))]) + "\n"


def xlsx() -> bytes:
    book = openpyxl.Workbook()
    sheet = book[book.sheetnames[0]]
    for row in (
        ("Date", "Payer", "Amount"),
        ("2026-03-18", "ROSEWOOD INV 10233", 500.25),
        ("2026-03-19", "FEE", -12.5),
        ("2026-03-20", "TULIP", 7),
    ):
        sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def rezipped(content: bytes, name: str, part: bytes) -> bytes:
    """Put another content into one part of a zip file."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for one in old.namelist():
            new.writestr(one, part if one == name else old.read(one))
    return out.getvalue()


def seeds() -> tuple[Seed, ...]:
    """Return all seeds."""
    return (
        Seed("csv", CSV.encode(), 4, stated=False),
        Seed("csv", SEMICOLONS.encode("cp1252"), 3, stated=False),
        Seed("ofx", OFX.encode(), 2, stated=True),
        Seed("ofx", OFX2.encode(), 1, stated=True),
        Seed("mt940", MT940.encode(), 2, stated=True),
        Seed("camt", CAMT.encode(), 2, stated=True),
        Seed("bai2", BAI2.encode(), 2, stated=True),
        Seed("lockbox", LOCKBOX.encode(), 1, stated=True),
        Seed("qif", QIF.encode(), 2, stated=False),
        Seed("nacha", nacha().encode(), 2, stated=True),
        Seed("x12", X12.encode(), 1, stated=True),
        Seed("spreadsheetml", SHEET.encode(), 1, stated=False),
        Seed("html", HTML.encode(), 2, stated=False),
        Seed("workbook", xlsx(), 3, stated=False),
    )
