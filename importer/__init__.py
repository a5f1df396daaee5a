"""Read bank files, resolve them, and post each remittance at most once.

     bank file ─read─▶ Table ─transcribe─▶ Remittance ─resolve─▶ Pay | Hold | Skip
                                                                  │
                               journal: the intent is on disk ────┤
                                                                 post
                                                                  ▼
                                        Posted | Refused | NotSent | InDoubt ─settle

Rows import downward only (`tests/test_tidy.py` holds it):

    7  cli                      one module per command
    6  inbox                    the watched folder
    5  intake posting settling results review    the shell: clock, disk, network
       sandbox                  a stand-in for the ERPs; shares no code with erp
    4  readers erp journal books settings        the edges: one outside thing each
    3  mapping guess transcribe resolve identity the core; pure
    2  model table notation     the nouns, and how they are written
    1  money dates toml
    0  errors shipped

Two ideas carry it.  Every bank file is a table: a reader knows a format, never
a bank.  The journal is the truth: it guards against paying twice, recovers
after a crash, and both CSVs are written from it.
"""

__version__ = "0.1.0"
