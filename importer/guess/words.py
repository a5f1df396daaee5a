"""Know what a column is called, in the languages that banks write.

A header cell is brought to bare words (`Buchungstag `, `postedDate`, `Débit`) and
looked up in the table below; the longest phrase that stands in it decides.  Words
only propose: `columns` believes them when the cells below agree.
"""

import re
import unicodedata
from enum import Enum
from functools import lru_cache


class Meaning(Enum):
    """What a column holds, as far as its name tells."""

    BOOKED = "the day the bank booked it"
    DAY = "a day"
    VALUE = "the day it counts"
    AMOUNT = "the amount"
    NET = "the amount after fees"
    DEBIT = "money out"
    CREDIT = "money in"
    FLAG = "in or out"
    BALANCE = "the balance"
    OTHER_MONEY = "other money"
    CURRENCY = "the currency"
    OTHER_CURRENCY = "another currency"
    REMITTER = "who paid"
    OTHER_NAME = "another name"
    TEXT = "the text"
    REFERENCE = "the reference"
    CHECK = "the check number"
    BANK_ID = "the bank's own id"
    KIND = "the kind of payment"
    PAYER_ACCOUNT = "the payer's account"
    OWN_ACCOUNT = "our account"
    INVOICE = "the invoice number"
    PAID = "paid on the invoice"
    DISCOUNT = "the discount"
    OTHER = "nothing that is needed"


_PHRASES = {
    Meaning.BOOKED: """
        posted date, date posted, post date, posting date, posted, booking date,
        booked, book date, date processed, processed date, process date, run date,
        entry date, fecha contable, fecha de registro, fecha registro,
        fecha operacion, fecha de operacion, buchungstag, buchungsdatum, buchung,
        date comptable, date de comptabilisation, date operation, date d operation,
        date de l operation, boekdatum, boekingsdatum, datum boeking, data movimento,
        data do movimento, data lancamento, data do lancamento, data mov,
        bokforingsdag, bokforingsdatum, bokfort, data ksiegowania,
        data zaksiegowania, datum zauctovani, 记账日期, 记账日, 入账日期, 交收日期""",
    Meaning.DAY: """
        date, day, datetime, timestamp, created, created at, transaction date,
        trans date, txn date, trade date, payment date, deposit date, check date,
        paid on, received on, completed date, fecha, fecha pago, fecha de pago,
        datum, tag, umsatzdatum, transaktionsdatum, jour, date de transaction,
        transactiedatum, data, data operacji, data transakcji, datum provedeni,
        datum operace, transaktionsdag, dato, 交易日期, 交易日, 交易时间, 日期, 时间,
        成交日期, 发生日期""",
    Meaning.VALUE: """
        value date, value, valuta, valutadatum, value dt, effective date,
        settlement date, settled, fecha valor, f valor, valor, wertstellung,
        wertstellungstag, wertstellungsdatum, date de valeur, date valeur,
        rentedatum, data valor, valutadag, data waluty, datum valuty, 起息日""",
    Meaning.AMOUNT: """
        amount, amt, transaction amount, amount total, payment amount, amount paid,
        total paid, check total, cheque total, cheque amount, payment total,
        total payment, remittance total, remittance amount, gross, gross amount,
        value amount, check amount, deposit amount, monto, importe, cantidad,
        cuantia, movimiento, betrag, umsatz, umsatzbetrag, summe, buchungsbetrag,
        montant, somme, bedrag, transactiebedrag, valor, quantia, montante,
        importancia, belopp, kwota, kwota operacji, castka, zauctovana castka, objem,
        belob, 金额, 交易金额, 发生额, 发生金额, 清算金额, 人民币金额, 入账币种 金额,
        入账金额""",
    Meaning.NET: "net, net amount, neto, importe neto, netto, nettobetrag, montant net",
    Meaning.DEBIT: """
        debit, debits, debit amount, withdrawal, withdrawals, withdrawal amount,
        paid out, money out, out, outflow, payments out, charge, charges, cargo,
        cargos, debe, debito, debitos, retiro, retiros, soll, belastung, lastschrift,
        ausgang, ausgaben, auszahlung, retrait, sortie, af, uit, afschrijving,
        uitgaven, saida, saidas, uttag, obciazenia, obciazenie, wyplaty, vydaj,
        vydaje, 支出, 支出金额, 取出金额, 借方, 借方金额, 转出, 转出金额, 支取""",
    Meaning.CREDIT: """
        credit, credits, credit amount, deposit, deposits, paid in, money in, in,
        inflow, receipts, abono, abonos, haber, credito, creditos, deposito,
        depositos, ingreso, ingresos, haben, gutschrift, eingang, einnahmen,
        einzahlung, versement, entree, bij, bijschrijving, inkomsten, entrada,
        entradas, insattning, uznania, uznanie, wplaty, prijem, prijmy, 收入,
        收入金额, 存入金额, 贷方, 贷方金额, 转入, 转入金额, 存入""",
    Meaning.FLAG: """
        debit credit, credit debit, d c, c d, d k, dr cr, cr dr, dc, cd,
        debet credit, debit credit indicator, credit debit indicator, sign,
        debe haber, cargo abono, tipo movimiento, soll haben, s h, af bij, bij af,
        debito credito, sens, senso, plus minus, 收 支, 借贷, 借贷标志, 收支""",
    Meaning.BALANCE: """
        balance, running balance, running bal, current balance, available balance,
        ledger balance, beginning balance, ending balance, closing balance, bal,
        saldo, saldo disponible, kontostand, saldo nach buchung, solde,
        saldo na mutatie, saldo na trn, saldo apos, saldo po operacji, zustatek,
        余额, 账户余额, 本次余额, 联机余额, 资金本次余额, 股份本次余额,
        资金本次剩余额, 剩余数量""",
    Meaning.OTHER_MONEY: """
        fee, fees, amount fee, fees comm, commission, tax, sales tax, price,
        quantity, exchange rate, exchange quantity, rate, tip, local amount,
        original amount, foreign amount, converted amount, instructed amount,
        accrued interest, cashback, summary amt, shipping and handling amount,
        insurance amount, option 1 value, option 2 value, transfer total,
        transfer fee, order price, order btc, comision, importe original,
        tipo de cambio, gebuhr, gebuhren, ursprungsbetrag, kurs, frais, cours,
        montant original, kosten, koers, taxa, cambio, oplata, avgift, kurz,
        puvodni castka, puvodni castka a mena, poplatek, 手续费, 印花税, 过户费,
        其他费, 交易地金额, 成交金额, 成交价格, 成交数量, 交易币种 金额, 数量, 价格""",
    Meaning.CURRENCY: """
        currency, ccy, curr, currency code, moneda, divisa, wahrung, waehrung,
        devise, monnaie, munt, valuta code, moeda, valuta, waluta, mena, mena uctu,
        币种, 货币, 交易货币""",
    Meaning.OTHER_CURRENCY: """
        local currency, original currency, foreign currency, exchange currency,
        transfer total currency, transfer fee currency, order currency,
        moneda original, ursprungswahrung, puvodni mena""",
    Meaning.REMITTER: """
        payee, payer, payor, remitter, counterparty, counterparty name, name, sender,
        from, originator, paid by, customer, customer name, client, beneficiary,
        merchant, beneficiary party, ordenante, nombre, remitente, cliente, pagador,
        beneficiario, auftraggeber, zahlungspflichtiger, beguenstigter, empfanger,
        beguenstigter zahlungspflichtiger, zahlungsempfanger,
        name zahlungsbeteiligter, auftraggeber empfanger, kunde, donneur d ordre,
        tiers, emetteur, payeur, naam, tegenpartij, naam tegenpartij,
        naam omschrijving, opdrachtgever, nome, remetente, ordenador, avsandare,
        mottagare, nadawca, odbiorca, kontrahent, nazev protiuctu, platce, 对方户名,
        对方名称, 交易对方, 商户名称, 对手信息, 交易对手名称, 付款人""",
    Meaning.OTHER_NAME: """
        username, member name, card member, account name, labels, to, nazev uctu,
        account type, category, kategorie, from email address, to email address""",
    Meaning.TEXT: """
        description, original description, details, detail, memo, note, notes,
        narrative, narration, remittance information, remittance info, message,
        particulars, transaction description, transaction details, action, text,
        concepto, descripcion, detalle, glosa, observaciones, verwendungszweck,
        buchungstext, zweck, libelle, intitule, communication, motif, omschrijving,
        mededelingen, mededeling, descricao, descritivo, historico, beskrivning,
        meddelande, opis, opis operacji, tytul, tytulem, popis, zprava, poznamka,
        zprava pro prijemce, 摘要, 附言, 交易摘要, 交易说明, 交易附言, 备注,
        客户摘要, 商品""",
    Meaning.REFERENCE: """
        reference, ref, reference number, reference no, ref no, ref number,
        customer reference, customer ref, bank reference, payment reference,
        end to end id, end to end reference, trace number, trace, trace no,
        remittance id, referencia, no referencia, numero de referencia, referenz,
        kundenreferenz, end to end referenz, mandatsreferenz, reference client,
        referentie, kenmerk, betalingskenmerk, referens, numer referencyjny, vs,
        variabilni symbol""",
    Meaning.CHECK: """
        check number, check no, check num, check, cheque number, cheque no, cheque,
        check or slip, checknumber, numero de cheque, cheque numero, scheck nr,
        numero cheque, payment number, payment no, eft number""",
    Meaning.BANK_ID: """
        id, transaction id, transaction number, transaction no, record id, fitid,
        unique id, bank id, entry id, transaktions id, id transaccion, id operacion,
        id transaction, transactie id, id da transacao, item id, 日志号, 日 志 号,
        流水号, 交易流水号, 交易订单号, 交易单号, id transakce""",
    Meaning.KIND: """
        type, transaction type, payment type, payment method, method, code, tipo,
        tipo de pago, forma de pago, umsatzart, transaktionsart, zahlungsart,
        type d operation, mode de paiement, mutatiesoort, tipo de operacao,
        rodzaj operacji, typ transakce, transaktionstyp, 交易类型""",
    Meaning.PAYER_ACCOUNT: """
        counterparty account, payer account, sender account, tegenrekening,
        contra account, remitter account, iban zahlungsbeteiligter, kontonummer iban,
        kontonummer gegenpartei, compte contrepartie, cuenta ordenante,
        cuenta origen, conta contraparte, rachunek kontrahenta, cislo protiuctu,
        protiucet, 对方账号, 对方账户, 交易对手账号""",
    Meaning.OWN_ACCOUNT: """
        account, account number, account no, account id, our account, iban, cuenta,
        numero de cuenta, konto, kontonummer, auftragskonto, auftraggeberkonto,
        compte, numero de compte, rekening, rekeningnummer, conta, rachunek,
        cislo uctu, 账号, 本方账号, 资金账号""",
    Meaning.INVOICE: """
        invoice, invoice number, invoice no, invoice num, inv no, inv number,
        invoice id, document number, document no, bill number, factura, no factura,
        numero de factura, num factura, rechnung, rechnungsnummer, rechnungs nr,
        belegnummer, facture, numero de facture, n facture, factuur, factuurnummer,
        fatura, numero da fatura, faktura, fakturanummer, numer faktury,
        cislo faktury""",
    Meaning.PAID: """
        paid, paid amount, invoice paid, amount applied, applied, net paid, paid amt,
        invoice payment, payment applied, pagado, importe pagado, bezahlt, gezahlt,
        zahlbetrag, paye, montant paye, betaald, pago""",
    Meaning.DISCOUNT: """
        discount, disc, discount taken, discount amount, deduction, descuento,
        skonto, rabatt, abzug, remise, escompte, korting, desconto, rabat, sleva""",
    Meaning.OTHER: """
        time, time zone, timezone, card no, card number, first bank card, symbol,
        status, transaction time, order id, invoice date, due date, invoice total,
        invoice amount, some other date, account currency,
        bankleitzahl auftraggeberkonto, iban auftraggeberkonto, ks, ss, emoji,
        address, receipt, receipt id, balance impact, date sold, release date,
        shipment date, order date, conversion date, reference txn id, doc no,
        交易地点, 交易渠道, 收 付款方式, 成交时间, 卡号末四位""",
}


def _meanings_of(words: tuple[str, ...]) -> tuple[Meaning, ...]:
    """Return every meaning of a whole phrase: `valor` is a day here, money there."""
    return tuple(meaning for meaning, phrases in _BY_MEANING if words in phrases)


_BY_MEANING = tuple(
    (meaning, frozenset(tuple(one.split()) for one in phrases.split(",")))
    for meaning, phrases in _PHRASES.items()
)
_TABLE = {
    phrase: _meanings_of(phrase) for _, phrases in _BY_MEANING for phrase in phrases
}
_IDEOGRAPH = re.compile(r"[\u4e00-\u9fff]")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
LONGEST_NAME = 60
LONGEST_PHRASE = 5
# "in" and "out" are columns of money, but not inside "code in payer system".
SHORTEST_PART = 4


@lru_cache(maxsize=1024)
def bare(name: str) -> str:
    """Bring a name to lower-case words without accents, marks or doubled blanks."""
    split = unicodedata.normalize("NFKD", _CAMEL.sub(" ", name.strip()))
    letters = (letter for letter in split if not unicodedata.combining(letter))
    return " ".join(re.findall(r"[^\W_]+", "".join(letters).casefold()))


@lru_cache(maxsize=1024)
def meanings(name: str) -> tuple[Meaning, ...]:
    """Say what a column of this name may hold; empty where no phrase stands in it.

    The whole name counts before a part of it, the longest part before others,
    and of two that are equally long the one that stands further left.
    """
    if len(name) > LONGEST_NAME:
        return ()
    words = tuple(bare(name).split())
    if words in _TABLE:
        return _TABLE[words]
    if _IDEOGRAPH.search(name):
        return _meanings_of_ideographs("".join(words))
    for length in range(min(len(words), LONGEST_PHRASE), 0, -1):
        for start in range(len(words) - length + 1):
            part = words[start : start + length]
            if part in _TABLE and len("".join(part)) >= SHORTEST_PART:
                return _TABLE[part]
    return ()


def _meanings_of_ideographs(name: str) -> tuple[Meaning, ...]:
    """Look for the longest phrase anywhere: this writing has no blanks."""
    found = [
        (len(written), -name.index(written), meanings)
        for phrase, meanings in _TABLE.items()
        if _IDEOGRAPH.search(written := "".join(phrase)) and written in name
    ]
    return max(found, key=lambda one: one[:2])[2] if found else ()
