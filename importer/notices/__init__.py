"""Tell people who do not look: by e-mail, chat or a web hook, in a digest.

    a round ─▶ News ─▶ Memory (on disk) ─due─▶ one message ─▶ a process of its own

(1) Nothing here stops or delays the work: it is kept and sent by a thread of its own,
    sent by a process of its own within a bounded time, and what fails is logged.
(2) News has counts, sums, and names of files; never an account number, a remitter,
    a text of the bank or of the ERP, or a token.
(3) Addresses hold secrets: they come from the environment or from a private file, go
    to the process that sends through a pipe, and are written nowhere.
(4) The same trouble is told once, until it changes; a message that could not be sent
    is kept and tried again, more and more rarely.
"""

from dataclasses import dataclass

from importer.settings import Subject

__all__ = ["News", "calm"]


@dataclass(frozen=True, slots=True)
class News:
    """One thing to tell.

    `about` is what it concerns: a file, the posting, the watcher.  Of each thing the
    last word counts.  It is told again when `sign` is another; a sign that is empty
    means that all is well, which is news only to who was told of trouble.
    """

    about: str
    subject: Subject
    text: str
    sign: str

    @property
    def is_urgent(self) -> bool:
        """Say whether it does not wait for the next digest."""
        return self.subject == "stopped"


def calm(about: str, text: str) -> News:
    """Return the news that a trouble is over."""
    return News(about, "done", text, "")
