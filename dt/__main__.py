"""``python -m dt`` is the dt command."""

from dt.cli import main

if __name__ == "__main__":
    main()
