"""Run `python -m importer` as the command `importer`."""

from importer.cli import main

if __name__ == "__main__":
    main()
