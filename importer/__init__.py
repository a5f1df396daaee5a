"""Read bank files, resolve them, and post each remittance at most once.

     bank file ─read─▶ Table ─transcribe─▶ Remittance ─resolve─▶ Pay | Hold | Skip
                                                                  │
                               journal: the intent is on disk ────┤
                                                                 post
                                                                  ▼
                                        Posted | Refused | NotSent | InDoubt ─settle

Rows import downward only (`tests/test_tidy.py` holds it):

    10  cli                       one module per command
     9  rounds                    one round of work over some files
     8  intake inspection settling review ledger inbox
     7  results posting           the shell: clock, disk, network
        sandbox                   a stand-in for the ERP; shares no code with erp
     6  journal books locks       the edges: one outside thing each
     5  readers erp settings
     4  transcribe guess resolve repeats lookup     the core; pure
     3  notation mapping identity
     2  model table               the nouns
     1  money dates toml
     0  errors shipped

Two ideas carry it.  Every bank file is a table: a reader knows a format, never
a bank.  The journal is the truth: it guards against paying twice, recovers
after a crash, and both CSVs are written from it.
"""

__version__ = "0.1.0"
