"""Entry point of ``python -m ssemble``."""

from ._cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
