"""``python -m studiocheck``."""

from studiocheck.cli.main import main

main()
