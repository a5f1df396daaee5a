"""The tables of the journal, in SQL that SQLite and PostgreSQL both speak.

`file`, `remittance` and `event` are append-only.  `standing`, `control` and
`call` are derived from them or count: `standing` is where each remittance
stands after its last event, so that what is ready is found without reading all;
`control` says which payment has a control number of the ERP, and `erp` which ERP
that is (`belonging`).

`event` is chained: `hash` is the SHA-256 of `prev`, the hash before it, and of
the event (`chained`), so that a change, a gap or a new order is seen.
"""

from hashlib import sha256
from json.encoder import encode_basestring_ascii

VERSION = 3

TABLES = (
    """create table if not exists file (
        number   integer primary key,
        sha256   text    not null unique,
        body     text    not null
    )""",
    """create table if not exists remittance (
        id       text    not null primary key,
        file     integer not null references file (number),
        place    integer not null,
        account  text    not null,
        booked   text    not null,
        amount   text    not null,
        currency text    not null,
        readable integer not null,
        repeats  text    not null,
        body     text    not null,
        unique (file, place)
    )""",
    "create index if not exists remittance_day on remittance (account, booked)",
    """create table if not exists event (
        position   integer primary key,
        remittance text    not null references remittance (id),
        seq        integer not null,
        at         text    not null,
        host       text    not null,
        actor      text    not null,
        program    text    not null,
        kind       text    not null,
        status     text    not null,
        body       text    not null,
        prev       text    not null,
        hash       text    not null,
        unique (remittance, seq)
    )""",
    "create index if not exists event_kind on event (kind, at)",
    """create table if not exists standing (
        remittance text    not null primary key references remittance (id),
        version    integer not null,
        status     text    not null,
        at         text    not null
    )""",
    "create index if not exists standing_status on standing (status, at)",
    """create table if not exists control (
        number     text    not null primary key,
        remittance text    not null references remittance (id),
        part       integer not null
    )""",
    """create table if not exists call (
        erp    text    not null,
        day    text    not null,
        method text    not null,
        calls  integer not null,
        primary key (erp, day, method)
    )""",
    "create table if not exists erp (name text not null primary key)",
)
APPEND_ONLY = ("file", "remittance", "event")
GUARDS = tuple(
    f"""create trigger if not exists {table}_no_{deed} before {deed} on {table}
    begin select raise(abort, '{table} is append-only'); end"""
    for table in APPEND_ONLY
    for deed in ("update", "delete")
)


def chained(*parts: str | int) -> str:
    """Return the hash of an event: of the hash before it, and of all that it says.

    They are written as one JSON array, each text in ASCII, without a blank.
    """
    said = [
        encode_basestring_ascii(one) if isinstance(one, str) else str(one)
        for one in parts
    ]
    return sha256(f"[{','.join(said)}]".encode()).hexdigest()
