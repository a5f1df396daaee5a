"""Each observation means exactly one thing, and only proof is proof."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.erp import komet_answers
from importer.erp.komet_messages import ListedCustomer, ListedPayment
from importer.erp.secret import Secret
from importer.erp.transport import Answer, Exchange, NeverLeft, Unknown
from importer.errors import ImporterError, SettingsRefused, StoppedEarly
from importer.model import InDoubt, NotSent, Outcome, Posted, Refused

CANARY = "CANARY-7f3a91c2"
HIDE = Secret(CANARY).hide
GOOD = b'{"status":"1","message":"success","controlNumber":"88041"}'
NO = b'{"status":"0","message":"The customer does not exist."}'
PAGE = b"<html><body>Service unavailable</body></html>"

POSTED = [
    GOOD,
    b'{"status":1,"message":"success","controlNumber":88041}',
    b'{"controlNumber":88041,"status":1}',
    b'{"status":1,"message":null,"controlNumber":88041,"more":[1.5]}',
]
REFUSED = [
    NO,
    b'{"message":"No.","status":0}',
    b'{"message":"No.","status":0,"controlNumber":""}',
    b'{"message":"No.","status":0,"controlNumber":null}',
    b'{"message":"No.","status":0,"controlNumber":0}',
]
NOTHING = [
    *(b"", b"{}", b"[]", b"null", b"1", b'"success"', PAGE, GOOD[:-1], GOOD + b"x"),
    *(GOOD + GOOD, b"\xef\xbb\xbf" + GOOD, GOOD.decode().encode("utf-16")),
    b'{"status":1,"message":"success"}',
    b'{"status":1,"controlNumber":null}',
    b'{"status":1,"controlNumber":0}',
    b'{"status":1,"controlNumber":-5}',
    b'{"status":1,"controlNumber":true}',
    b'{"status":1,"controlNumber":"A5"}',
    b'{"status":1,"controlNumber":88041.5}',
    b'{"status":1,"controlNumber":[88041]}',
    b'{"status":1,"controlNumber":NaN}',
    b'{"status":1,"controlNumber":123456789012345678901}',
    b'{"status":true,"controlNumber":88041}',
    b'{"status":1.0,"controlNumber":88041}',
    b'{"status":2,"controlNumber":88041}',
    b'{"status":"ok","controlNumber":88041}',
    b'{"status":null,"controlNumber":88041}',
    b'{"controlNumber":88041}',
    b'{"status":1,"status":0,"controlNumber":88041}',
    b'{"status":0,"message":"No.","controlNumber":88041}',
    b'{"status":0}',
    b'{"status":0,"message":""}',
    b'{"status":0,"message":" "}',
    b'{"status":0,"message":["No."]}',
]
REFUSING = [400, 401, 403, 404, 405, 411, 412, 413, 414, 415, 422]
DOUBTFUL = [
    *(100, 101, 300, 301, 302, 303, 304, 307, 308, 402, 406, 407, 408, 409, 410),
    *(423, 425, 426, 429, 431, 451, 499, 500, 501, 502, 503, 504, 520, 599, 600),
]


def outcome(exchange: Exchange) -> Outcome:
    return komet_answers.outcome(exchange, HIDE)


@pytest.mark.parametrize("status", [200, 201])
@pytest.mark.parametrize("body", POSTED)
def test_a_documented_success_with_a_control_number_is_posted(
    status: int, body: bytes
) -> None:
    assert outcome(Answer(status, body)) == Posted("88041")


@pytest.mark.parametrize("status", [200, *REFUSING])
@pytest.mark.parametrize("body", REFUSED)
def test_a_documented_refusal_is_refused(status: int, body: bytes) -> None:
    assert isinstance(outcome(Answer(status, body)), Refused)


@pytest.mark.parametrize("body", NOTHING, ids=lambda body: repr(body[:50]))
def test_what_is_neither_proves_nothing(body: bytes) -> None:
    for status in (200, 201, 202, 204, 206, *REFUSING):
        assert isinstance(outcome(Answer(status, body)), InDoubt), status


@pytest.mark.parametrize("status", DOUBTFUL)
def test_a_status_that_may_come_from_a_gateway_proves_nothing(status: int) -> None:
    for body in (*POSTED, *REFUSED, *NOTHING):
        assert isinstance(outcome(Answer(status, body)), InDoubt), body


@pytest.mark.parametrize("status", REFUSING)
@pytest.mark.parametrize("body", POSTED)
def test_success_under_a_failing_status_proves_nothing(
    status: int, body: bytes
) -> None:
    assert isinstance(outcome(Answer(status, body)), InDoubt)


def test_what_never_left_may_be_sent_again_and_what_may_have_may_not() -> None:
    assert outcome(NeverLeft("the connection was refused")) == NotSent(
        "the connection was refused"
    )
    assert outcome(Unknown("no answer came in time")) == InDoubt(
        "no answer came in time"
    )


@given(st.integers(100, 999), st.binary(max_size=200))
def test_bytes_by_chance_prove_nothing(status: int, body: bytes) -> None:
    assert isinstance(outcome(Answer(status, body)), InDoubt)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@given(st.integers(100, 999), JSON, JSON, JSON)
def test_only_the_documented_shape_is_posted(
    http: int, status: object, control: object, message: object
) -> None:
    document = {"status": status, "controlNumber": control, "message": message}
    match outcome(Answer(http, json.dumps(document).encode())):
        case Posted(number):
            assert 200 <= http < 300
            assert status in (1, "1")
            assert not isinstance(status, bool)
            assert int(number) == int(str(control)) > 0
        case Refused(said):
            assert http in (*range(200, 300), *REFUSING)
            assert status in (0, "0")
            assert said.strip()


def test_no_outcome_repeats_the_token() -> None:
    body = b'{"status":0,"message":"Token CANARY-7f3a91c2 is not valid."}'
    refused = outcome(Answer(200, body))
    assert refused == Refused("Token *** is not valid.")
    for status in (200, 500):
        page = f"<html>{CANARY}\x1b[31m</html>".encode()
        doubt = outcome(Answer(status, page))
        assert isinstance(doubt, InDoubt)
        assert CANARY not in doubt.why
        assert "\x1b" not in doubt.why


def listed(exchange: Exchange) -> tuple[ListedPayment, ...]:
    return komet_answers.rows(exchange, "payment.list", "payments", ListedPayment, HIDE)


PAYMENT = (
    b'{"id":297405,"controlNumber":"54443","date":"2015-09-24",'
    b'"customer":"ABC Wholesale","method":"Check","checkReference":"00999",'
    b'"appliedCredits":0.00,"appliedAmount":1300.23,"paymentTotal":1300.23,'
    b'"notes":"Customer in Past Due","externalSystemSynced":1,'
    b'"syncDate":"2017-11-13T16:05:35","invoices":[{"id":1055599,"number":436544,'
    b'"date":"2015-09-20","customerPONumber":"PO999","amount":1300.23,'
    b'"payment":1300.23}]}'
)


def test_the_published_sample_of_a_list_reads_exactly() -> None:
    body = b'{"message":"OK","status":1,"payments":[' + PAYMENT + b"]}"
    (row,) = listed(Answer(200, body))
    assert row.control_number == 54443
    assert str(row.payment_total) == "1300.23"
    assert row.check_reference == "00999"
    assert row.invoices is not None
    assert [(paid.number, str(paid.payment)) for paid in row.invoices] == [
        (436544, "1300.23")
    ]


@pytest.mark.parametrize(
    "body",
    [
        *(
            b'{"status":1,"message":"OK","payments":[]}',
            b'{"status":"1","payments":[]}',
        ),
        *(b'{"status":1,"message":"Orders not found."}',),
        *(b'{"status":"0","message":"Orders not found."}',),
        *(b'{"status":0,"message":"Payments not found"}',),
        *(b'{"status":0,"message":"No payments were found."}',),
        *(b'{"status":0,"message":"payments not found.","payments":[]}',),
        *(b'{"status":0,"message":"Payments not found.","payments":null}',),
    ],
)
def test_an_empty_list_is_empty_in_a_known_shape(body: bytes) -> None:
    assert listed(Answer(200, body)) == ()


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{}", b"[]", PAGE, b'{"status":1}', b'{"status":1,"message":"OK"}'),
        *(
            b'{"message":"Orders not found."}',
            b'{"status":2,"message":"Orders not found."}',
        ),
        b'{"status":0,"message":"An error occurred: payments not found in cache."}',
        b'{"status":0,"message":"Company not found."}',
        b'{"status":0,"message":"Unexpected error.","payments":[]}',
        b'{"status":0,"message":"OK","payments":[' + PAYMENT + b"]}",
        b'{"status":1,"message":"OK","payments":{}}',
        b'{"status":1,"message":"OK","payments":[null]}',
        b'{"status":1,"message":"OK","payments":[{}]}',
        b'{"status":1,"message":"OK","payments":[' + PAYMENT + b",{}]}",
        b'{"status":1,"message":"OK","payments":[' + PAYMENT[:-9] + b"]}",
        b'{"status":1,"message":"OK","payments":['
        + PAYMENT.replace(b'"paymentTotal":1300.23', b'"paymentTotal":"1,300.23"')
        + b"]}",
        b'{"status":1,"message":"OK","payments":['
        + PAYMENT.replace(b'"2015-09-24"', b'"24/09/2015"')
        + b"]}",
        b'{"status":0,"message":"The daily limit of requests was reached."}',
        b'{"status":0,"message":"The range cannot exceed 31 days."}',
    ],
    ids=lambda body: repr(body[-50:]),
)
def test_an_error_is_never_read_as_an_empty_list(body: bytes) -> None:
    with pytest.raises(StoppedEarly):
        listed(Answer(200, body))


@pytest.mark.parametrize(
    ("exchange", "error"),
    [
        (NeverLeft("the connection was refused"), StoppedEarly),
        (Unknown("no answer came in time"), StoppedEarly),
        (Answer(401, NO), SettingsRefused),
        (Answer(403, PAGE), SettingsRefused),
        (Answer(403, b'{"status":0,"message":"Daily limit reached."}'), StoppedEarly),
        (Answer(404, PAGE), SettingsRefused),
        (Answer(307, b""), SettingsRefused),
        (Answer(429, PAGE), StoppedEarly),
        (Answer(500, PAGE), StoppedEarly),
        (Answer(500, b'{"status":1,"payments":[]}'), StoppedEarly),
        (Answer(200, b'{"status":0,"message":"Invalid token."}'), SettingsRefused),
        (Answer(200, b'{"status":"0","message":"Not authorized."}'), SettingsRefused),
        (Answer(200, b'{"status":0,"message":"Token not found."}'), SettingsRefused),
    ],
)
def test_who_must_act_is_told_by_the_kind_of_error(
    exchange: Exchange, error: type[ImporterError]
) -> None:
    with pytest.raises(error):
        listed(exchange)


def test_the_words_of_the_erp_are_quoted_without_the_token() -> None:
    body = b'{"status":0,"message":"Token CANARY-7f3a91c2 is not valid."}'
    with pytest.raises(SettingsRefused) as caught:
        listed(Answer(200, body))
    assert "Token *** is not valid." in str(caught.value)
    assert "[erp]" in str(caught.value)


def test_customers_come_with_texts_or_numbers() -> None:
    body = (
        b'{"status":"1","customers":[{"id":"4107","name":"Orchid House LLC",'
        b'"code":"ORCH","active":"1"},{"id":4108,"name":"Old","code":12,"active":0}]}'
    )
    exchange = Answer(200, body)
    first, second = komet_answers.rows(
        exchange, "customer.list", "customers", ListedCustomer, HIDE
    )
    assert (first.id, first.active) == (4107, True)
    assert (second.id, second.code, second.active) == (4108, "12", False)
